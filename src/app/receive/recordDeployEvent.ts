import { MINUTE } from "../../core/durations.ts";
import { nextLook } from "../../core/proof/look.ts";
import type { DeployEvent } from "../../core/site/deployEvent.ts";
import { followDeploy } from "../../core/site/followDeploy.ts";
import { siteParts } from "../../core/site/pacing.ts";
import type { Site } from "../../core/site/site.ts";
import { nextDue } from "../../core/slot/nextDue.ts";
import type { Deps } from "../deps.ts";
import { PUBLISH, updateSite } from "../stored/documents.ts";

export type DeployEventRecorded =
  /** `wake`: the pending build may start now or within a minute, or the site's pages are to be looked at. */
  { readonly kind: "recorded"; readonly wake: boolean } | { readonly kind: "unknown-site" };

/** A worker waits up to this long for a build that is about to start (ms). Later builds are left to the tick. */
const SOON = MINUTE;

const beginsSoon = (site: Site, now: number): boolean =>
  site.slot.running === null && nextDue(site.slot, siteParts(site)) <= now + SOON;

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
  const { result } = await updateSite<DeployEventRecorded>(
    deps,
    siteId,
    (site, { now, rev }) => {
      if (site?.kind !== "site") return { kind: "keep", result: { kind: "unknown-site" } };
      const next = followDeploy(site, event, { now, rev, id });
      const result = { kind: "recorded", wake: beginsSoon(next, now) || nextLook(next) <= now } as const;
      return next === site ? { kind: "keep", result } : { kind: "write", document: next, result };
    },
    PUBLISH,
  );
  return result;
};
