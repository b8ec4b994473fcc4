import { daysOf, dayText } from "../../text/months.ts";
import { BarPlot } from "./BarPlot.tsx";

/** A count of each day of a month as bars. Says how much of the month's total no day has. */
export const DayBars = ({
  what,
  month,
  byDay,
  total,
  tone = "",
}: {
  /** What is counted, in the plural. */
  readonly what: string;
  readonly month: string;
  readonly byDay: readonly number[];
  readonly total: number;
  readonly tone?: "" | "accent";
}) => {
  const counted = byDay.reduce((sum, count) => sum + count, 0);
  const missing = Math.max(total - counted, 0);
  const bars = Array.from({ length: daysOf(month) }, (_, index) => ({
    label: dayText(month, index + 1),
    value: byDay[index] ?? 0,
  }));
  const busiest = bars.reduce((top, bar) => (bar.value > top.value ? bar : top), { label: "", value: 0 });
  const text = `${total.toLocaleString()} ${what} in the month${busiest.value === 0 ? "" : `, most on ${busiest.label}: ${busiest.value.toLocaleString()}`}.`;
  return (
    <>
      <p>{text}</p>
      {counted === 0 && total > 0 ? null : (
        <BarPlot name={`${what} a day. ${text}`} bars={bars} columns={["Day (UTC)", what]} tone={tone} />
      )}
      {missing === 0 ? null : (
        <p class="small muted">
          The day of {missing.toLocaleString()} of them is not known. Layerhook keeps days for this month and the one
          before.
        </p>
      )}
    </>
  );
};
