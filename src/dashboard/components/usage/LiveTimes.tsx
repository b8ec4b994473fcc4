import { LIVE_BOUNDS } from "../../../core/usage/liveTimes.ts";
import type { Usage } from "../../api/types.ts";
import { lengthText } from "../../text/times.ts";
import { plural } from "../../text/words.ts";
import { BarPlot, type PlotMark } from "./BarPlot.tsx";

/** Every class, so that pictures of two months can be compared. */
const LIVE_CLASSES = [...LIVE_BOUNDS, null];

type Times = Usage["publishToLive"];
type Class = Times["histogram"][number];

const boundText = (upToSeconds: number | null): string =>
  upToSeconds === null ? "longer" : lengthText(upToSeconds * 1000);

const marksOf = (shown: readonly Class[], { p50Seconds, p95Seconds }: Times): readonly PlotMark[] => {
  const at = (seconds: number | null): number =>
    (shown.findIndex(({ upToSeconds }) => upToSeconds === seconds) + 1) / shown.length;
  if (p50Seconds === p95Seconds) return [{ at: at(p50Seconds), text: "p50, p95" }];
  return [
    { at: at(p50Seconds), text: "p50" },
    { at: at(p95Seconds), text: "p95" },
  ];
};

/** How long half of the publishes took, and 95 of 100, in a sentence. */
export const liveSentence = ({ count, p50Seconds, p95Seconds }: Omit<Times, "histogram">): string => {
  const all = plural(count, "measured publish", "measured publishes");
  if (p50Seconds === null) return `More than half of ${all} took longer than 2 hours.`;
  const half = `Half of ${all} took at most ${lengthText(p50Seconds * 1000)}`;
  return p95Seconds === null
    ? `${half}, more than 5 of 100 longer than 2 hours.`
    : `${half}, 95 of 100 at most ${lengthText(p95Seconds * 1000)}.`;
};

/** How long publishes took until visitors saw them: a histogram with the time of half of them, and of 95 of 100. */
export const LiveTimes = ({ times }: { readonly times: Times }) => {
  const { count, histogram } = times;
  if (count === 0) {
    return (
      <p class="muted">
        No publish was measured in this month. Layerhook measures a publish when the build that shows it is live, so{" "}
        <a href="/sites">the site's deploy status</a> must be connected.
      </p>
    );
  }
  const shown = LIVE_CLASSES.map((upToSeconds, at) => ({ upToSeconds, count: histogram[at]?.count ?? 0 }));
  const text = liveSentence(times);
  return (
    <>
      <p>{text}</p>
      <BarPlot
        name={`Publishes by their time to live. ${text}`}
        bars={shown.map(({ upToSeconds, count: value }) => ({ label: boundText(upToSeconds), value }))}
        columns={["Up to", "Publishes"]}
        marks={marksOf(shown, times)}
        tone="accent"
      />
    </>
  );
};
