import type { Layer } from "../layer/layer.ts";
import { troubleOf } from "./shownStatus.ts";
import { type Standing, sentenceOf, worstOf } from "./stage.ts";
import { NO_SITE, PAUSED } from "./syncStage.ts";

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
    ...(pending === null ? [] : [{ stage: "pending", since: pending.filledAt } as const]),
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

/** What a layer's own document says of where the layer stands. The rest is up to its connected sites. */
export interface OwnStage {
  /** Where its slot stands; empty: the slot is idle. */
  readonly own: readonly Standing[];
  readonly hasEnded: boolean;
  /** Since when an idle layer stands where its sites do (ms). */
  readonly since: number;
  /** Since when a paused layer waits (ms); null: the layer is not paused. */
  readonly pausedSince: number | null;
}

export const ownStage = (layer: Layer): OwnStage => {
  const { slot, lastEnded, createdAt, updatedAt } = layer;
  const ended = lastEnded?.sync ?? null;
  return {
    own: ownStandings(layer),
    hasEnded: ended !== null,
    since: ended?.finishedAt ?? createdAt,
    pausedSince: slot.paused ? (slot.pending?.filledAt ?? updatedAt) : null,
  };
};

/**
 * Where a layer stands: the worst of its own slot and of its connected sites. Null: nothing was published yet, and no
 * site is in trouble.
 */
export const layerStage = (
  { own, hasEnded, since, pausedSince }: OwnStage,
  sites: readonly ConnectedSite[],
): Standing | null => {
  const all = [...own, ...connectedStandings(sites, since)];
  const troubles = all.filter(({ stage }) => troubleOf(stage) !== null);
  if (pausedSince !== null) {
    const paused = { stage: "pending", since: pausedSince, reason: PAUSED } as const;
    return worstOf([...troubles, paused]);
  }
  if (!hasEnded && own.length === 0) return worstOf(troubles);
  return worstOf(all) ?? { stage: "asked", since, reason: NO_SITE };
};
