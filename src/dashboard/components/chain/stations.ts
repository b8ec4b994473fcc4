import type { Build, Stage, Sync } from "../../api/types.ts";

/** What is in a station of the chain from a publish to the live site. */
export interface Station {
  readonly state: Stage | "done" | "empty";
  readonly since?: string | null;
  /** When the state is expected to end. */
  readonly until?: string | null;
  readonly reason?: string | null;
  /** How long the work took. */
  readonly took?: { readonly from: string; readonly to: string } | null;
}

/** The stations of one site. */
export interface SiteStations {
  readonly waits: Station;
  readonly builds: Station;
  readonly live: Station;
}

/** Where something stands, as the API says. */
export interface Standing {
  readonly stage: Stage;
  readonly since: string;
  readonly until: string | null;
  readonly reason: string | null;
}

export const EMPTY: Station = { state: "empty" };
export const NO_STATIONS: SiteStations = { waits: EMPTY, builds: EMPTY, live: EMPTY };

export const stationOf = ({ stage, since, until, reason }: Standing): Station => ({
  state: stage,
  since,
  until,
  reason,
});

const tookOf = (from: string | null, to: string | null): { readonly from: string; readonly to: string } | null =>
  from === null || to === null ? null : { from, to };

type BuildLife = Pick<Build, "status" | "queuedAt" | "startedAt" | "finishedAt" | "error">;

const waited = (build: BuildLife | null): Station =>
  build === null || build.startedAt === null ? EMPTY : { state: "done", took: tookOf(build.queuedAt, build.startedAt) };

/** How a build ended by itself. A publish can be live although its own build failed: a later deploy shows it too. */
export const built = (build: BuildLife | null): Station => {
  if (build === null || build.startedAt === null) return EMPTY;
  const { status, error, startedAt, finishedAt } = build;
  const isOwnEnd = status === "failed" || status === "superseded";
  return { state: isOwnEnd ? status : "done", reason: isOwnEnd ? error : null, took: tookOf(startedAt, finishedAt) };
};

/** The stations of a site that stands at `standing`. `build` is null if its record is not known. */
export const siteStations = (standing: Standing, build: BuildLife | null): SiteStations => {
  const here = stationOf(standing);
  switch (standing.stage) {
    case "waiting":
      return { waits: here, builds: EMPTY, live: EMPTY };
    case "building":
    case "retrying":
    case "failed":
    case "superseded":
      return { waits: waited(build), builds: here, live: EMPTY };
    case "held":
      // A build that ended is held where visitors see another deploy; one that did not is held before it starts.
      return build !== null && build.finishedAt !== null
        ? { waits: waited(build), builds: built(build), live: here }
        : { waits: here, builds: EMPTY, live: EMPTY };
    case "live":
    case "asked":
      return { waits: waited(build), builds: built(build), live: here };
    default:
      return NO_STATIONS;
  }
};

/** The station of a sync by itself, whatever its sites came to. */
export const syncStation = (sync: Sync): Station => {
  const { status, stage, queuedAt, startedAt, finishedAt, dataSources, sites } = sync;
  if (finishedAt === null) {
    if (startedAt === null) return stage === "pending" ? stationOf(sync) : { state: "pending", since: queuedAt };
    const isRetried = dataSources.some((source) => source.status === "retrying");
    if (isRetried) return stage === "retrying" ? stationOf(sync) : { state: "retrying", since: startedAt };
    return { state: "syncing", since: startedAt };
  }
  const took = tookOf(startedAt ?? queuedAt, finishedAt);
  const hasFailed =
    dataSources.some((source) => source.status === "failed") || (sites.length === 0 && stage === "failed");
  if (hasFailed) return { state: "failed", since: finishedAt, reason: sync.error ?? sync.reason, took };
  if (status === "superseded") return { state: "superseded", since: finishedAt };
  return { state: "done", took };
};
