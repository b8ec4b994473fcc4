import type { Delivery } from "../../api/types.ts";
import { outcomeWords, plural } from "../../text/words.ts";

const OUTCOMES = ["queued", "coalesced", "ignored", "refused"] as const;
const WIDE = 1000;

/** How many of each outcome, with the refusals of a flood that were not logged. */
const countOutcomes = (deliveries: readonly Delivery[]) =>
  OUTCOMES.map((outcome) => ({
    outcome,
    count: deliveries.reduce((sum, one) => sum + (one.outcome === outcome ? 1 + one.unlogged : 0), 0),
  }));

const percent = (part: number, all: number): string => {
  const share = (part / all) * 100;
  if (share > 99 && share < 100) return "over 99%";
  return share > 0 && share < 1 ? "under 1%" : `${Math.round(share)}%`;
};

/** What became of the deliveries that a list shows, as a bar and in words: the share of refused ones above all. */
export const OutcomeShare = ({
  deliveries,
  isAll,
}: {
  readonly deliveries: readonly Delivery[];
  readonly isAll: boolean;
}) => {
  const counts = countOutcomes(deliveries);
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const refused = counts.find(({ outcome }) => outcome === "refused")?.count ?? 0;
  const share = refused === 0 ? "none" : `${refused.toLocaleString()} (${percent(refused, all)})`;
  const name = `${isAll ? "Of" : "Of the newest"} ${plural(all, "delivery", "deliveries")}, ${share} ${refused > 1 ? "were" : "was"} refused.`;
  let at = 0;
  return (
    <div class="outcomes">
      <p>{name}</p>
      <svg viewBox={`0 0 ${WIDE} 8`} preserveAspectRatio="none" aria-hidden="true">
        {counts.map(({ outcome, count }) => {
          const x = at;
          at += (count / all) * WIDE;
          return <rect key={outcome} class={outcome} x={x} width={at - x} height="8" />;
        })}
      </svg>
      <ul class="legend">
        {counts.map(({ outcome, count }) => (
          <li key={outcome}>
            <span class={`key ${outcome}`} aria-hidden="true" />
            {outcomeWords[outcome]}: {count.toLocaleString()}
          </li>
        ))}
      </ul>
    </div>
  );
};
