import { exactText, lengthText, relativeText } from "../text/times.ts";
import { useNow } from "../text/useNow.ts";

/** A time in the reader's zone, seen from now; the exact one on hover. */
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

/** How long something has taken, or takes so far. */
export const Length = ({ from, to }: { readonly from: string | null; readonly to: string | null }) => {
  const now = useNow();
  if (from === null) return <span class="muted">not begun</span>;
  return <>{lengthText((to === null ? now : Date.parse(to)) - Date.parse(from))}</>;
};
