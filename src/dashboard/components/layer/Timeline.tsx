import type { Activity, Stage, SyncStatus } from "../../api/types.ts";
import { clockText, dayText, lengthText } from "../../text/times.ts";
import { deliveryWords, plural, statusWords } from "../../text/words.ts";
import { toneOf } from "../Status.tsx";

const WIDE = 1000;
const MARKS = 6;

interface Span {
  readonly id: string;
  readonly status: SyncStatus;
  readonly stage?: Stage;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

const Bar = ({
  span,
  from,
  to,
  href,
  what,
}: {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly href: string;
  readonly what: string;
}) => {
  const begin = Date.parse(span.startedAt ?? span.queuedAt);
  const end = span.finishedAt === null ? to : Date.parse(span.finishedAt);
  if (end < from) return null;
  const left = (Math.max(begin, from) - from) / (to - from);
  const width = (Math.min(end, to) - Math.max(begin, from)) / (to - from);
  const text = `${what}: ${statusWords[span.stage ?? span.status].toLowerCase()}, ${clockText(begin)}, ${lengthText(end - begin)}`;
  return (
    <li class="bar-place" style={{ left: `${Math.min(left * 100, 99.4)}%`, width: `${width * 100}%` }}>
      <a class={`bar ${toneOf(span.stage ?? span.status)}`} href={href} title={text}>
        <span class="hidden-text">{text}</span>
      </a>
    </li>
  );
};

/**
 * Deliveries as ticks above syncs and builds as bars, on one time axis that shows which delivery led to which build.
 */
export const Timeline = ({
  activity: { layer, arrived, syncs, sites },
  from,
  to,
  hours,
}: {
  readonly activity: Activity;
  readonly from: number;
  readonly to: number;
  readonly hours: number;
}) => {
  const at = (ms: number): number => ((ms - from) / (to - from)) * WIDE;
  const marks = Array.from({ length: MARKS + 1 }, (_, index) => index / MARKS);
  const grid = marks.map((mark) => `M${(mark * WIDE).toFixed(1)} 0V1`).join("");
  const ticks = [...new Set(arrived.map((one) => Date.parse(one.at)).filter((ms) => ms >= from))];
  const path = ticks.map((ms) => `M${at(ms).toFixed(1)} .15V.85`).join("");
  const Grid = () => (
    <svg class="lane-grid" viewBox={`0 0 ${WIDE} 1`} preserveAspectRatio="none" aria-hidden="true">
      <path d={grid} />
    </svg>
  );
  return (
    <div class="timeline">
      <span class="lane-name">Deliveries</span>
      <div class="lane" role="img" aria-label={plural(ticks.length, "delivery", "deliveries")}>
        <Grid />
        <svg viewBox={`0 0 ${WIDE} 1`} preserveAspectRatio="none" aria-hidden="true">
          <path d={path} />
        </svg>
      </div>
      <span class="lane-name">Syncs</span>
      <div class="lane">
        <Grid />
        <ul class="bars" aria-label={`Syncs: ${plural(syncs.length, "sync")}`}>
          {syncs.map((sync) => (
            <Bar
              key={sync.id}
              span={sync}
              from={from}
              to={to}
              href={`/layers/${layer.id}/syncs/${sync.id}`}
              what={`Sync of ${deliveryWords(sync)}`}
            />
          ))}
        </ul>
      </div>
      {sites.map(({ siteId, name, builds }) => [
        <span class="lane-name" key={`${siteId} name`} title={name}>
          Builds of {name}
        </span>,
        <div class="lane" key={siteId}>
          <Grid />
          <ul class="bars" aria-label={`Builds of ${name}: ${builds.length}`}>
            {builds.map((build) => (
              <Bar
                key={build.id}
                span={build}
                from={from}
                to={to}
                href={`/sites/${siteId}/builds/${build.id}`}
                what={`Build for ${plural(build.requests, "request")}`}
              />
            ))}
          </ul>
        </div>,
      ])}
      <div class="axis" aria-hidden="true">
        {marks.map((mark, index) => {
          const ms = from + mark * (to - from);
          const text = index === MARKS ? "now" : hours > 48 ? dayText(ms) : clockText(ms);
          return (
            <span key={mark} class={index % 3 === 0 ? "" : "inner"} style={{ left: `${mark * 100}%` }}>
              {text}
            </span>
          );
        })}
      </div>
    </div>
  );
};
