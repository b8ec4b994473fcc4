import type { ComponentChildren } from "preact";
import type { Build, Stage, SyncStatus } from "../../api/types.ts";
import { clockSecondsText, lengthText } from "../../text/times.ts";
import { statusWords } from "../../text/words.ts";
import { toneOf } from "../Status.tsx";

export const WIDE = 1000;
/** The vertical lines of each lane. */
export const MARKS = 6;

/** A period of time (ms). */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Something that waits, runs and ends. */
export interface Span extends Pick<Build, "id" | "queuedAt" | "startedAt" | "finishedAt"> {
  readonly status: SyncStatus;
  readonly stage: Stage;
  readonly href: string;
  /** What it is, in words. */
  readonly what: string;
}

/** A span in one sentence. */
export const spanText = ({ what, stage, queuedAt, startedAt, finishedAt }: Span, now: number): string => {
  const begin = Date.parse(startedAt ?? queuedAt);
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  const waited = startedAt === null ? "" : `, after waiting ${lengthText(begin - Date.parse(queuedAt))}`;
  return `${what}: ${statusWords[stage].toLowerCase()}, ${clockSecondsText(begin)}, ${lengthText(end - begin)}${waited}`;
};

const placeOf = (begin: number, end: number, { from, to }: Period): { left: string; width: string } | null => {
  if (end < from || begin > to) return null;
  const [left, right] = [Math.max(begin, from), Math.min(end, to)].map((ms) => ((ms - from) / (to - from)) * 100);
  return { left: `${Math.min(left ?? 0, 99.4)}%`, width: `${(right ?? 0) - (left ?? 0)}%` };
};

export const Grid = () => {
  const path = Array.from({ length: MARKS + 1 }, (_, index) => `M${((index / MARKS) * WIDE).toFixed(1)} 0V1`).join("");
  return (
    <svg class="lane-grid" viewBox={`0 0 ${WIDE} 1`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
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
