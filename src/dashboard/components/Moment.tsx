import { exactText, lengthText, momentText, relativeText } from "../text/times.ts";
import { useNow } from "../text/useNow.ts";

/** A time relative to now. On hover shows the exact time in the reader's time zone. */
export const Moment = ({ at }: { readonly at: string | null }) => {
  const now = useNow();
  if (at === null) return <span class="muted">never</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={exactText(ms)} class="nowrap">
      {relativeText(ms, now)}
    </time>
  );
};

/** A time as a date and a clock, for a sentence that says until when something works. */
export const ExactMoment = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={exactText(Date.parse(at))} class="nowrap">
    {momentText(Date.parse(at))}
  </time>
);

/** The time between `from` and `to`. If `to` is null, the time until now. */
export const Length = ({ from, to }: { readonly from: string | null; readonly to: string | null }) => {
  const now = useNow();
  if (from === null) return <span class="muted">not begun</span>;
  return <>{lengthText((to === null ? now : Date.parse(to)) - Date.parse(from))}</>;
};
