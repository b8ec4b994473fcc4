import { changedNothing, successorOf, syncError } from "../slot/ending.ts";
import type { Slot } from "../slot/slot.ts";
import type { Sync } from "../slot/sync.ts";
import type { RecordState } from "./buildStage.ts";
import { type Standing, sentenceOf, worstOf } from "./stage.ts";

export const PAUSED = "The data layer is paused.";
export const NO_SITE = "No site is connected.";
const UNCHANGED_LIVE = "Nothing changed. Visitors already see the current content.";
const UNCHANGED = "Nothing changed, so no build was needed.";
const NOT_BUILT_FOR = "Changed settings start no build. The next publish does.";
const CANCELLED = "Someone cancelled the sync.";
const REMOVED = "The data source was removed before it was synced.";
const NOT_KEPT = "The record of the sync is no longer kept.";

/** What is known of a sync. */
export interface SyncFacts {
  readonly state: RecordState;
  /** The slot of the sync's layer. */
  readonly slot: Slot;
  /** Where the builds stand that the sync requested. */
  readonly builds: readonly Standing[];
  /** Where the layer's sites stand that can be read. They decide for a sync that changed nothing. */
  readonly sites: readonly Standing[];
}

const retryingSince = ({ id, startedAt, queuedAt }: Sync, { retry }: Slot): Standing => {
  const mine = Object.values(retry).filter(({ syncId }) => syncId === id);
  const [next] = mine.sort((a, b) => a.due - b.due);
  const since = startedAt ?? queuedAt;
  if (next === undefined) return { stage: "retrying", since };
  return { stage: "retrying", since, until: next.due, reason: sentenceOf(next.error) };
};

/** A sync that succeeded and requested no build. */
const withoutBuild = (sync: Sync, sites: readonly Standing[]): Standing => {
  const standing = { stage: "asked", since: sync.finishedAt ?? sync.queuedAt } as const;
  if (changedNothing(sync)) {
    const isLive = sites.length > 0 && sites.every(({ stage }) => stage === "live");
    return isLive ? { ...standing, stage: "live", reason: UNCHANGED_LIVE } : { ...standing, reason: UNCHANGED };
  }
  const isConfiguration = sync.trigger.type === "configuration" && sites.length > 0;
  return { ...standing, reason: isConfiguration ? NOT_BUILT_FOR : NO_SITE };
};

/** Where a sync stands. After its own end the worst of its sites' builds counts. */
export const syncStage = ({ state, slot, builds, sites }: SyncFacts): Standing => {
  if (state.kind === "pending") {
    const { filledAt, notBefore } = state.pending;
    const standing = { stage: "pending", since: filledAt } as const;
    if (slot.paused) return { ...standing, reason: PAUSED };
    return slot.running === null ? { ...standing, until: notBefore } : standing;
  }
  const { sync, status } = state;
  const ended = { since: sync.finishedAt ?? sync.queuedAt };
  switch (status) {
    case "failed":
      return { ...ended, stage: "failed", reason: sentenceOf(syncError(sync) ?? "The sync failed") };
    case "cancelled":
      return { ...ended, stage: "failed", reason: sync.cancelled === true ? CANCELLED : REMOVED };
    case "superseded":
      return { ...ended, stage: "superseded" };
    case "retrying":
      return worstOf([retryingSince(sync, slot), ...builds]) ?? retryingSince(sync, slot);
    case "succeeded": {
      const build = worstOf(builds);
      // A build that waited already has waited for this sync since the sync's end.
      return build === null ? withoutBuild(sync, sites) : { ...build, since: Math.max(build.since, ended.since) };
    }
    default:
      return { stage: "syncing", since: sync.startedAt ?? sync.queuedAt };
  }
};

/** The sync that took over a superseded one; null: none did. */
export const syncedInstead = (state: RecordState | null): string | null =>
  state?.kind === "claimed" && state.status === "superseded" ? successorOf(state.sync) : null;

/**
 * The time after which a deploy shows what a sync is about (ms). What a source syncs is there when the sync has ended;
 * a build layer's content was there before the sync began. Each time is by the clock of another instance, and one that is
 * slow must not make an older deploy show the sync: the latest counts.
 */
export const shownAfter = ({ parts, trigger, startedAt, finishedAt, queuedAt }: Sync): number =>
  Math.max(
    queuedAt,
    trigger.at,
    startedAt ?? 0,
    Object.keys(parts).length === 0 ? 0 : (finishedAt ?? Number.MAX_SAFE_INTEGER),
  );

/** What the log says of a delivery. */
export interface DeliveryFacts {
  readonly outcome: "queued" | "coalesced" | "refused" | "ignored";
  readonly receivedAt: number;
  readonly cause: string | null;
}

/** Where a delivery stands: where the sync stands that covers it. `sync` is null if its record is no longer kept. */
export const deliveryStage = ({ outcome, receivedAt, cause }: DeliveryFacts, sync: Standing | null): Standing => {
  if (outcome === "refused" || outcome === "ignored") {
    return { stage: outcome, since: receivedAt, ...(cause === null ? {} : { reason: sentenceOf(cause) }) };
  }
  // A delivery that joined what waited already waits since it arrived.
  return sync === null
    ? { stage: "asked", since: receivedAt, reason: NOT_KEPT }
    : { ...sync, since: Math.max(sync.since, receivedAt) };
};
