import type { Layer } from "../layer/layer.ts";
import { type Standing, sentenceOf, worstOf } from "./stage.ts";
import { NO_SITE, PAUSED } from "./syncStage.ts";

const NOTHING_YET = "Nothing was published yet.";
export const CANNOT_READ = "The site's stored document cannot be read.";

/** A connected site of a layer: where it stands (null: nothing was built yet), or why nobody can say. */
export type ConnectedSite =
  | { readonly kind: "known"; readonly siteId: string; readonly standing: Standing | null }
  | { readonly kind: "deleted" | "unreadable"; readonly siteId: string };

const connectedStandings = (sites: readonly ConnectedSite[], since: number): Standing[] =>
  sites.flatMap((site): Standing[] => {
    const { siteId } = site;
    if (site.kind === "known") return site.standing === null ? [] : [site.standing];
    if (site.kind === "unreadable") return [{ stage: "asked", since, reason: CANNOT_READ, siteId }];
    const reason = `Site ${siteId} was deleted. Remove it from the layer's connected sites.`;
    return [{ stage: "failed", since, reason, siteId }];
  });

/** Where the layer's own slot stands; empty: the slot is idle. */
const ownStandings = ({ slot, lastEnded }: Layer): Standing[] => {
  const { running, build, pending } = slot;
  const [retry] = Object.values(slot.retry).sort((a, b) => a.due - b.due);
  const active = running?.startedAt ?? build?.since;
  const ended = lastEnded?.sync;
  return [
    ...(active === undefined ? [] : [{ stage: "syncing", since: active } as const]),
    ...(pending === null
      ? []
      : [{ stage: "pending", since: pending.filledAt, ...(slot.paused ? { reason: PAUSED } : {}) } as const]),
    ...(retry === undefined
      ? []
      : [{ stage: "retrying", since: retry.since, until: retry.due, reason: sentenceOf(retry.error) } as const]),
    ...(ended?.status === "failed"
      ? [
          {
            stage: "failed",
            since: ended.finishedAt ?? ended.queuedAt,
            reason: sentenceOf(ended.error ?? "The last sync failed"),
          } as const,
        ]
      : []),
  ];
};

/** Where a layer stands: the worst of its own slot and of its connected sites. */
export const layerStage = (layer: Layer, sites: readonly ConnectedSite[]): Standing => {
  const ended = layer.lastEnded?.sync;
  const since = ended?.finishedAt ?? layer.createdAt;
  const worst = worstOf([...ownStandings(layer), ...connectedStandings(sites, since)]);
  if (worst !== null) return worst;
  return { stage: "asked", since, reason: ended == null ? NOTHING_YET : NO_SITE };
};

const STATUS_OF_SITES = ["failed", "held", "retrying"] as const;

/** The worst of a layer's sites in the words of a layer's status; null: none fails, is held or is tried again. */
export const statusOfSites = (
  layer: Layer,
  sites: readonly ConnectedSite[],
): (typeof STATUS_OF_SITES)[number] | null => {
  const worst = worstOf(connectedStandings(sites, layer.createdAt));
  return STATUS_OF_SITES.find((status) => status === worst?.stage) ?? null;
};
