import type { Activity, Build, Layer } from "../../api/types.ts";
import {
  built,
  EMPTY,
  NO_STATIONS,
  type SiteStations,
  type Station,
  siteStations,
  stationOf,
  syncStation,
} from "./stations.ts";

type SiteBuild = Pick<
  Build,
  "status" | "stage" | "since" | "until" | "reason" | "queuedAt" | "startedAt" | "finishedAt" | "error" | "waitingUntil"
>;
type Owner = Pick<Layer, "stage" | "since" | "until" | "reason" | "createdAt" | "connectedSites">;

const waitingStation = (build: SiteBuild | undefined): Station => {
  if (build === undefined) return EMPTY;
  if (build.stage === "waiting" || build.stage === "held") return stationOf(build);
  return { state: "waiting", since: build.queuedAt, until: build.waitingUntil };
};

const buildingStation = (active: SiteBuild | undefined, ended: SiteBuild | undefined): Station => {
  if (active === undefined) return built(ended ?? null);
  if (active.stage === "retrying" || active.stage === "held") return stationOf(active);
  return { state: "building", since: active.startedAt ?? active.queuedAt };
};

/** The deploy that visitors see, or why nobody knows. */
const liveStation = (builds: readonly SiteBuild[], ended: SiteBuild | undefined): Station => {
  const live = builds.find(({ stage }) => stage === "live");
  if (ended?.stage === "held") return stationOf(ended);
  if (live !== undefined) return stationOf(live);
  return ended?.stage === "asked" ? stationOf(ended) : EMPTY;
};

/**
 * What is in the stations of one of a layer's sites, newest build first. Without a build in the period, the layer's own
 * standing tells of its only site.
 */
export const connectedStations = (layer: Owner, builds: readonly SiteBuild[]): SiteStations => {
  const { stage, since, until, reason } = layer;
  if (builds.length === 0) {
    if (stage === null || layer.connectedSites.length > 1) return NO_STATIONS;
    return siteStations({ stage, since: since ?? layer.createdAt, until, reason }, null);
  }
  const pending = builds.find(({ status }) => status === "pending");
  const active = builds.find((build) => build.finishedAt === null && build !== pending);
  const ended = builds.find(({ finishedAt }) => finishedAt !== null);
  return {
    waits: waitingStation(pending),
    builds: buildingStation(active, ended),
    live: liveStation(builds, ended),
  };
};

/** How long a build of a site usually takes (ms): the median of those in the period. Null: none ended well. */
export const usualLength = (builds: readonly SiteBuild[]): number | null => {
  const lengths = builds
    .flatMap(({ error, startedAt, finishedAt }) =>
      error === null && startedAt !== null && finishedAt !== null
        ? [Date.parse(finishedAt) - Date.parse(startedAt)]
        : [],
    )
    .sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)] ?? null;
};

/** What is in the station of a layer's syncs: what runs, what waits, what is tried again, or the last one. */
export const layerSyncStation = ({ layer, syncs }: Activity): Station => {
  const { running, pending, retrying } = layer.sync;
  if (running !== null) return { state: "syncing", since: running.startedAt ?? running.queuedAt };
  if (pending !== null) return syncStation(pending);
  const [next] = retrying;
  if (next !== undefined) return { state: "retrying", until: next.due, reason: `${next.slug}: ${next.error}` };
  const last = syncs.find(({ finishedAt }) => finishedAt !== null);
  return last === undefined ? EMPTY : syncStation(last);
};
