import type { Attempt } from "../document.ts";
import { built, handOver, type News, type Settled, settle } from "../slot/settle.ts";
import type { SlotDecision } from "../slot/slot.ts";
import type { Purge, SiteAsk } from "../slot/sync.ts";
import { partsOf, type SlotOwner } from "../slotOwner.ts";
import { claimantOf, type WorkerClaim } from "./claimWork.ts";

/** Writes nothing for an outdated worker, or if an earlier write of the same worker has landed. */
const recorded = (settled: Settled): SlotDecision<Settled> => {
  const stands = settled.kind === "fenced" || (settled.kind === "ended" && settled.next.kind === "mine");
  if (stands) return { change: null, result: settled };
  return { change: { slot: settled.slot, ended: settled.kind === "ended" ? settled.ended : [] }, result: settled };
};

/** Renews the lease of a run and records what its worker learned. The write that ends the run claims the next one. */
export const recordNews = (
  owner: SlotOwner,
  fence: number,
  news: News,
  next: WorkerClaim,
  attempt: Attempt,
): SlotDecision<Settled> =>
  recorded(settle(owner.slot, fence, news, claimantOf(owner, next, attempt), attempt.now, partsOf(owner)));

/**
 * Leaves out missing sites that were disconnected meanwhile: nobody wants them built, so nothing failed. A missing site
 * that is still connected fails the sync.
 */
const stillWanted = (asked: readonly SiteAsk[], owner: SlotOwner): SiteAsk[] =>
  asked.filter(
    ({ siteId, outcome }) =>
      outcome !== "missing" || (owner.kind === "layer" && owner.connectedSites.some((site) => site.siteId === siteId)),
  );

/** Records the requested builds and the purge, which ends the run and claims the next one. */
export const recordBuilt = (
  owner: SlotOwner,
  fence: number,
  { asked, purge }: { readonly asked: readonly SiteAsk[]; readonly purge: Purge | null },
  next: WorkerClaim,
  attempt: Attempt,
): SlotDecision<Settled> =>
  recorded(
    built(
      owner.slot,
      fence,
      stillWanted(asked, owner),
      claimantOf(owner, next, attempt),
      attempt.now,
      partsOf(owner),
      purge,
    ),
  );

/** Hands a run over to any other worker; false: the run is no longer this worker's. */
export const recordHandOver = (owner: SlotOwner, fence: number): SlotDecision<boolean> => {
  const slot = handOver(owner.slot, fence);
  return { change: slot === null ? null : { slot, ended: [] }, result: slot !== null };
};
