import type { Usage } from "../../api/types.ts";
import { creditsText } from "../../text/creditsText.ts";

const WIDE = 1000;

/**
 * The credits of a month: for builds, for Layerhook itself, and until the end of the month at this pace, on a bar as long
 * as the plan, or longer if the forecast is.
 */
export const BudgetBar = ({ usage: { plan, estimatedCredits, forecast } }: { readonly usage: Usage }) => {
  const { builds, running, total } = estimatedCredits;
  const end = Math.max(plan.credits, total, forecast?.credits ?? 0);
  const at = (credits: number): number => (credits / end) * WIDE;
  const isOver = (forecast?.credits ?? total) > plan.credits;
  const text = `${creditsText(total)} of ${plan.credits.toLocaleString()} credits are used.`;
  const lines = [
    ["builds", `Builds: ${creditsText(builds)}`],
    ["running", `Layerhook itself: ${creditsText(running)}`],
    ...(forecast === null ? [] : [["forecast", `The month at this pace: ${creditsText(forecast.credits)}`] as const]),
    [
      "plan",
      `The plan: ${plan.credits.toLocaleString()}${plan.isKnown ? "" : " (Free, because nobody has said which plan it is)"}`,
    ],
  ] as const;
  return (
    <div class="budget">
      <p class="sum">
        <strong>{text}</strong> {forecast?.text}
      </p>
      <svg
        viewBox={`0 0 ${WIDE} 28`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${text} ${forecast?.text ?? ""}`.trim()}
      >
        <rect class="whole" x="0" y="4" width={WIDE} height="20" />
        {forecast === null ? null : (
          <rect
            class={isOver ? "forecast over" : "forecast"}
            x={at(total)}
            y="4"
            width={Math.max(0, at(forecast.credits) - at(total))}
            height="20"
          />
        )}
        <rect class="builds" x="0" y="4" width={at(builds)} height="20" />
        <rect class="running" x={at(builds)} y="4" width={at(running)} height="20" />
        <path class="plan" d={`M${Math.min(at(plan.credits), WIDE - 1)} 0V28`} />
      </svg>
      <ul class="legend">
        {lines.map(([key, line]) => (
          <li key={key}>
            <span class={`key ${key}${key === "forecast" && isOver ? " over" : ""}`} aria-hidden="true" />
            {line}
          </li>
        ))}
      </ul>
    </div>
  );
};
