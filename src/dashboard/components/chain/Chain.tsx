import type { ComponentChildren } from "preact";
import { clockSecondsText, exactText, lengthText, relativeText } from "../../text/times.ts";
import { useNow } from "../../text/useNow.ts";
import { statusWords } from "../../text/words.ts";
import { CircleCheck, CircleDashed } from "../icons.tsx";
import { Length } from "../Moment.tsx";
import { StatusIcon, toneOf } from "../Status.tsx";
import type { SiteStations, Station } from "./stations.ts";

/** A time of day with seconds, and the date on hover. */
export const ExactTime = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={exactText(Date.parse(at))} class="nowrap">
    {clockSecondsText(Date.parse(at))}
  </time>
);

/** A countdown within this time (ms) counts seconds. */
const HOUR = 3_600_000;

const untilWords: Partial<Record<Station["state"], string>> = {
  retrying: "Next attempt",
  held: "Next attempt",
};

const Until = ({ state, until }: { readonly state: Station["state"]; readonly until: string }) => {
  const now = useNow();
  const ms = Date.parse(until);
  return (
    <p>
      {untilWords[state] ?? "Starts"}{" "}
      <time dateTime={until} title={exactText(ms)} class="nowrap">
        {ms <= now ? "now" : ms - now < HOUR ? `in ${lengthText(ms - now)}` : relativeText(ms, now)}
      </time>
    </p>
  );
};

const ACTIVE: ReadonlySet<Station["state"]> = new Set(["syncing", "building"]);

const Lines = ({ station: { state, since, until, reason, took } }: { readonly station: Station }) => (
  <>
    {took ? <p>Took {lengthText(Date.parse(took.to) - Date.parse(took.from))}</p> : null}
    {ACTIVE.has(state) && since ? (
      <p>
        For <Length from={since} to={null} />
      </p>
    ) : null}
    {until && !ACTIVE.has(state) ? <Until state={state} until={until} /> : null}
    {reason ? <p class="muted">{reason}</p> : null}
  </>
);

const Mark = ({ state }: { readonly state: Station["state"] }) => {
  if (state === "empty") return <CircleDashed class="icon" />;
  if (state === "done") return <CircleCheck class="icon" />;
  return <StatusIcon of={state} />;
};

const stateText = (state: Station["state"]): string =>
  state === "empty" ? "Nothing here" : state === "done" ? "Done" : statusWords[state];

const toneOfStation = (state: Station["state"]): string =>
  state === "empty" ? "blank" : state === "done" ? "done" : toneOf(state);

/** The states that a station's name says already. */
const NAMED: Readonly<Record<string, Station["state"]>> = {
  Sync: "syncing",
  Waits: "waiting",
  Builds: "building",
  Live: "live",
};

/** One station of the chain: its name, its state in an icon and a word, and what is known of it. */
export const StationItem = ({
  name,
  station,
  href,
  thin = false,
  children,
}: {
  readonly name: string;
  readonly station: Station;
  /** The page of what is in the station. */
  readonly href?: string | null;
  /** The station has nothing to do in this layer. */
  readonly thin?: boolean;
  readonly children?: ComponentChildren;
}) => {
  const { state } = station;
  const isQuiet = state === "empty" || state === "done" || state === NAMED[name];
  return (
    <li class={`station ${toneOfStation(state)}${thin ? " thin" : ""}`}>
      <div class="station-mark">
        <Mark state={state} />
      </div>
      <div class="station-body">
        <p class="station-head">
          {href ? <a href={href}>{name}</a> : <span>{name}</span>}
          <span class={isQuiet ? "hidden-text" : "station-state"}> {stateText(state)}</span>
        </p>
        {children}
        <Lines station={station} />
      </div>
    </li>
  );
};

/** The three stations of a site. */
export interface ChainSite {
  readonly siteId: string;
  readonly name: string;
  /** Null: the site was deleted, or no build of it is known. */
  readonly href: string | null;
  readonly buildHref: string | null;
  readonly stations: SiteStations;
  readonly waitsMore?: ComponentChildren;
  readonly buildsMore?: ComponentChildren;
  readonly liveMore?: ComponentChildren;
}

/** When the last publish arrived that visitors see. */
export const ShowsUntil = ({ at }: { readonly at: string }) => (
  <p class="muted">
    Shows every publish until <ExactTime at={at} />
  </p>
);

const SiteItem = ({ site, named }: { readonly site: ChainSite; readonly named: boolean }) => {
  const { stations, href, name, buildHref, waitsMore, buildsMore, liveMore } = site;
  return (
    <li>
      {named ? <p class="chain-site-name">{href === null ? name : <a href={href}>{name}</a>}</p> : null}
      <ol class="chain-site" aria-label={name}>
        <StationItem name="Waits" station={stations.waits}>
          {named || href === null ? null : (
            <p>
              <a href={href}>{name}</a>
            </p>
          )}
          {waitsMore}
        </StationItem>
        <StationItem name="Builds" station={stations.builds} href={buildHref}>
          {buildsMore}
        </StationItem>
        <StationItem name="Live" station={stations.live}>
          {liveMore}
        </StationItem>
      </ol>
    </li>
  );
};

/** The chain from a publish to the live site: what arrived, the sync, and the stations of each site. */
export const Chain = ({
  arrived,
  sync,
  sites,
}: {
  readonly arrived: ComponentChildren;
  readonly sync: ComponentChildren;
  readonly sites: readonly ChainSite[];
}) => (
  <ol class="chain" aria-label="From publish to live">
    {arrived}
    {sync}
    <li class="chain-sites">
      <ul>
        {sites.map((site) => (
          <SiteItem key={site.siteId} site={site} named={sites.length > 1} />
        ))}
      </ul>
    </li>
  </ol>
);
