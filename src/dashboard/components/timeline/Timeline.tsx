import { useState } from "preact/hooks";
import type { Activity } from "../../api/types.ts";
import { clockSecondsText, clockText, dayText } from "../../text/times.ts";
import { deliveryWords, plural } from "../../text/words.ts";
import { toneOf } from "../Status.tsx";
import { BarLane } from "./BarLane.tsx";
import { Grid, MARKS, WIDE } from "./Grid.tsx";
import { type Focus, type Linked, linkedEvents } from "./linkedEvents.ts";
import type { Range } from "./ranges.ts";
import { type Period, type Span, spanText } from "./span.ts";

/** A pointer within this share of the width of a tick points at it. */
const NEAR = 0.012;

const syncSpans = ({ layer, syncs }: Activity): readonly Span[] =>
  syncs.map((sync) => ({
    ...sync,
    href: `/layers/${layer.id}/syncs/${sync.id}`,
    what: `Sync of ${deliveryWords(sync)}`,
  }));

const buildSpans = ({ siteId, builds }: Activity["sites"][number]): readonly Span[] =>
  builds.map((build) => ({
    ...build,
    href: `/sites/${siteId}/builds/${build.id}`,
    what: `Build for ${plural(build.requests, "request")}`,
  }));

const lookIn =
  (linked: ReadonlySet<string> | undefined) =>
  (id: string): string =>
    linked === undefined ? "" : linked.has(id) ? "linked" : "faint";

const Ticks = ({
  arrived,
  period: { from, to },
  linked,
  onPoint,
}: {
  readonly arrived: Activity["arrived"];
  readonly period: Period;
  readonly linked: ReadonlySet<string> | undefined;
  readonly onPoint: (id: string | null) => void;
}) => {
  const shown = arrived
    .map(({ id, at }) => ({ id, share: (Date.parse(at) - from) / (to - from) }))
    .filter(({ share }) => share >= 0);
  const pathOf = (ticks: typeof shown): string =>
    [...new Set(ticks.map(({ share }) => (share * WIDE).toFixed(1)))].map((x) => `M${x} .15V.85`).join("");
  const point = (event: MouseEvent): void => {
    if (!(event.currentTarget instanceof Element)) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = (event.clientX - left) / width;
    const near = shown.filter(({ share }) => Math.abs(share - at) < NEAR);
    const [nearest] = near.sort((a, b) => Math.abs(a.share - at) - Math.abs(b.share - at));
    onPoint(nearest?.id ?? null);
  };
  const isLinked = ({ id }: { readonly id: string }): boolean => linked?.has(id) === true;
  return (
    <>
      <span class="lane-name">Deliveries</span>
      <div
        class="lane"
        role="img"
        aria-label={plural(shown.length, "delivery", "deliveries")}
        onMouseMove={point}
        onMouseLeave={() => onPoint(null)}
      >
        <Grid />
        <svg viewBox={`0 0 ${WIDE} 1`} preserveAspectRatio="none" aria-hidden="true">
          <path class={linked === undefined ? "" : "faint"} d={pathOf(shown.filter((tick) => !isLinked(tick)))} />
          <path class="linked" d={pathOf(shown.filter(isLinked))} />
        </svg>
      </div>
    </>
  );
};

const KEYS = [
  ["good", "Succeeded or live"],
  ["live", "Running or building"],
  ["warn", "Waiting, held or retrying"],
  ["bad", "Failed"],
  ["none", "Superseded, cancelled or unconfirmed"],
] as const;

/** What the marks mean. Only the colours that the timeline shows. */
const Legend = ({ spans }: { readonly spans: readonly Span[] }) => {
  const tones = new Set(spans.map(({ stage }) => toneOf(stage)));
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <span class="key tick" aria-hidden="true" />
        Delivery
      </li>
      {spans.length === 0 ? null : (
        <li>
          <span class="key wait" aria-hidden="true" />
          Waits
        </li>
      )}
      {KEYS.filter(([tone]) => tones.has(tone)).map(([tone, text]) => (
        <li key={tone}>
          <span class={`key bar ${tone}`} aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  );
};

const Axis = ({ period: { from, to }, range }: { readonly period: Period; readonly range: Range }) => (
  <div class="axis" aria-hidden="true">
    {Array.from({ length: MARKS + 1 }, (_, index) => {
      const ms = from + (index / MARKS) * (to - from);
      const text = range.name === "week" ? dayText(ms) : range.name === "10min" ? clockSecondsText(ms) : clockText(ms);
      return (
        <span key={index} class={index % 3 === 0 ? "" : "inner"} style={{ left: `${(index / MARKS) * 100}%` }}>
          {index === MARKS ? "now" : text}
        </span>
      );
    })}
  </div>
);

/** What a person points at, in a sentence, with how much belongs to it. */
const pointedText = (focus: Focus, linked: Linked, spans: readonly Span[], now: number): string => {
  const span = spans.find(({ id }) => id === focus.id);
  const counts = [
    plural(linked.deliveries.size, "delivery", "deliveries"),
    plural(linked.syncs.size, "sync"),
    plural(linked.builds.size, "build"),
  ].join(" → ");
  return span === undefined ? counts : `${spanText(span, now)}. ${counts}.`;
};

/**
 * Deliveries as ticks above syncs and builds as bars, on one time axis. What belongs to the bar or tick that a person
 * points at stands out.
 */
export const Timeline = ({
  activity,
  period,
  range,
}: {
  readonly activity: Activity;
  readonly period: Period;
  readonly range: Range;
}) => {
  const [focus, setFocus] = useState<Focus | null>(null);
  const linked = focus === null ? undefined : linkedEvents(activity, focus);
  const point =
    (kind: Focus["kind"]) =>
    (id: string | null): void =>
      setFocus((before) => (id === null ? null : before?.id === id ? before : { kind, id }));
  const isShown = ({ finishedAt }: Span): boolean => finishedAt === null || Date.parse(finishedAt) >= period.from;
  const syncs = syncSpans(activity).filter(isShown);
  const sites = activity.sites.map((site) => ({ ...site, spans: buildSpans(site).filter(isShown) }));
  const spans = [...syncs, ...sites.flatMap((site) => site.spans)];
  return (
    <>
      <div class="timeline">
        <Ticks arrived={activity.arrived} period={period} linked={linked?.deliveries} onPoint={point("delivery")} />
        <BarLane name="Syncs" spans={syncs} period={period} lookOf={lookIn(linked?.syncs)} onPoint={point("sync")} />
        {sites.map((site) => (
          <BarLane
            key={site.siteId}
            name={`Builds of ${site.name}`}
            spans={site.spans}
            period={period}
            lookOf={lookIn(linked?.builds)}
            onPoint={point("build")}
          />
        ))}
        <Axis period={period} range={range} />
      </div>
      <Legend spans={spans} />
      <p class="small muted pointed">
        {focus === null || linked === undefined
          ? "Point at a tick or a bar to see what belongs to it."
          : pointedText(focus, linked, spans, period.to)}
      </p>
    </>
  );
};
