import { defined } from "../../core/defined.ts";
import { MINUTE } from "../../core/durations.ts";
import { nextLook } from "../../core/proof/look.ts";
import type { DeployEvent } from "../../core/site/deployEvent.ts";
import { followDeploy } from "../../core/site/followDeploy.ts";
import { BUILD, siteParts } from "../../core/site/pacing.ts";
import type { Site } from "../../core/site/site.ts";
import { nextDue } from "../../core/slot/nextDue.ts";
import { own } from "../../core/slot/slot.ts";
import { buildStage } from "../../core/stage/buildStage.ts";
import type { Standing } from "../../core/stage/stage.ts";
import type { Deps } from "../deps.ts";
import { PUBLISH, updateSite } from "../stored/documents.ts";
import { heldStates } from "../stored/records.ts";

export type DeployEventRecorded =
  /** `wake`: the pending build may start now or within a minute, or the site's pages are to be looked at. */
  { readonly kind: "recorded"; readonly wake: boolean } | { readonly kind: "unknown-site" };

/** A worker waits up to this long for a build that is about to start (ms). Later builds are left to the tick. */
const SOON = MINUTE;

const beginsSoon = (site: Site, now: number): boolean =>
  site.slot.running === null && nextDue(site.slot, siteParts(site)) <= now + SOON;

/** Where the builds stand that an event ended, or whose attempt it ended. */
const endsOf = (before: Site, after: Site): Standing[] => {
  const known = new Set(before.owed.map(({ id }) => id));
  const attempt = own(before.slot.running?.parts ?? {}, BUILD)?.syncId;
  return [...heldStates(after)].flatMap(([id, state]) => {
    if (state.kind === "pending" || known.has(id)) return [];
    const isOver = state.sync.finishedAt !== null || (id === attempt && state.status === "retrying");
    return isOver ? [buildStage(after, id, state, state.sync.startedAt ?? state.sync.queuedAt)] : [];
  });
};

/**
 * Records a deploy notification whose secret and signature the caller has checked. A repeated notification changes
 * nothing. Throws `StoreUnavailable`.
 */
export const recordDeployEvent = async (
  deps: Deps,
  siteId: string,
  event: DeployEvent,
): Promise<DeployEventRecorded> => {
  const id = deps.ids.timeOrdered();
  let ended: readonly Standing[] = [];
  const { result } = await updateSite<DeployEventRecorded>(
    deps,
    siteId,
    (site, { now, rev }) => {
      if (site?.kind !== "site") return { kind: "keep", result: { kind: "unknown-site" } };
      const next = followDeploy(site, event, { now, rev, id });
      ended = next === site ? [] : endsOf(site, next);
      const result = { kind: "recorded", wake: beginsSoon(next, now) || nextLook(next) <= now } as const;
      return next === site ? { kind: "keep", result } : { kind: "write", document: next, result };
    },
    PUBLISH,
  );
  for (const { buildId = "", stage, reason } of ended) {
    deps.report({
      kind: "build.ended",
      target: { kind: "site", id: siteId },
      build: buildId,
      stage,
      ...defined({ reason }),
    });
  }
  return result;
};
