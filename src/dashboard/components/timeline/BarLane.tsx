import type { ComponentChildren } from "preact";
import { toneOf } from "../Status.tsx";
import { Grid } from "./Grid.tsx";
import { type Period, type Span, spanText } from "./span.ts";

const placeOf = (begin: number, end: number, { from, to }: Period): { left: string; width: string } | null => {
  if (end < from || begin > to) return null;
  const [left, right] = [Math.max(begin, from), Math.min(end, to)].map((ms) => ((ms - from) / (to - from)) * 100);
  return { left: `${Math.min(left ?? 0, 99.4)}%`, width: `${(right ?? 0) - (left ?? 0)}%` };
};

const Bar = ({
  span,
  period,
  look,
  onPoint,
}: {
  readonly span: Span;
  readonly period: Period;
  readonly look: string;
  readonly onPoint: (id: string | null) => void;
}) => {
  const queued = Date.parse(span.queuedAt);
  const begin = span.startedAt === null ? null : Date.parse(span.startedAt);
  const end = span.finishedAt === null ? period.to : Date.parse(span.finishedAt);
  const wait = placeOf(queued, begin ?? end, period);
  const run = begin === null ? placeOf(queued, end, period) : placeOf(begin, end, period);
  return (
    <>
      {begin === null || wait === null ? null : <li class={`bar-wait ${look}`} style={wait} aria-hidden="true" />}
      {run === null ? null : (
        <li class="bar-place" style={run}>
          <a
            class={`bar ${toneOf(span.stage)} ${look}`}
            href={span.href}
            onMouseEnter={() => onPoint(span.id)}
            onMouseLeave={() => onPoint(null)}
            onFocus={() => onPoint(span.id)}
            onBlur={() => onPoint(null)}
          >
            <span class="hidden-text">{spanText(span, period.to)}</span>
          </a>
        </li>
      )}
    </>
  );
};

/** A lane of bars with its name. A thin line before a bar is the time that it waited. */
export const BarLane = ({
  name,
  spans,
  period,
  lookOf,
  onPoint,
}: {
  readonly name: ComponentChildren;
  readonly spans: readonly Span[];
  readonly period: Period;
  /** How a bar looks while a person points at something: `linked`, `faint` or nothing. */
  readonly lookOf: (id: string) => string;
  readonly onPoint: (id: string | null) => void;
}) => (
  <>
    <span class="lane-name" title={String(name)}>
      {name}
    </span>
    <div class="lane">
      <Grid />
      <ul class="bars" aria-label={`${name}: ${spans.length.toLocaleString()}`}>
        {spans.map((span) => (
          <Bar key={span.id} span={span} period={period} look={lookOf(span.id)} onPoint={onPoint} />
        ))}
      </ul>
    </div>
  </>
);
