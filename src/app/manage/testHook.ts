import type { NoRoom } from "../../core/layer/decideOnce.ts";
import { notificationsWork } from "../../core/site/followDeploy.ts";
import { isOtherService } from "../../core/site/hookKind.ts";
import { BUILD, siteParts } from "../../core/site/pacing.ts";
import { beginTestBuild, recordTest, type TestBegun } from "../../core/site/testBuild.ts";
import { FOLLOW } from "../../core/slot/deploy.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import { callBuildHook, type HookCall } from "../netlify/callBuildHook.ts";
import { WORK } from "../stored/documents.ts";
import { updateSlot } from "../stored/slots.ts";
import { changeSite, type UnknownSite } from "./changes.ts";

export interface HookTested {
  readonly kind: "tested";
  readonly buildId: string;
  readonly call: HookCall;
  /** Whether the build hook is of another service than Netlify. */
  readonly isOther: boolean;
  /** Whether a worker is needed, because a publish asked for a build meanwhile. */
  readonly wake: boolean;
}
export interface SiteBusy {
  readonly kind: "busy";
}

/**
 * Calls a site's build hook once and records the call as a build. The build runs in the site's slot like any other, so
 * no second build can start beside it. If this process dies, the build is taken over. Throws `StoreUnavailable`.
 */
export const testHook = async (
  deps: Deps,
  actor: Actor,
  siteId: string,
): Promise<HookTested | SiteBusy | UnknownSite | NoRoom> => {
  const began = deps.clock.now();
  const begun = await changeSite<TestBegun>(deps, actor, siteId, (site, { by }) => {
    const result = beginTestBuild(site, by);
    return result.kind === "begun" && !result.isWritten
      ? { kind: "write", document: result.site, result }
      : { kind: "keep", result };
  });
  if (begun.kind !== "begun") return begun;
  const { site, run } = begun;
  const part = run.parts[BUILD];
  if (part === undefined) throw new RangeError("a test of a build hook claimed no build");
  const call = await callBuildHook(deps, site, part, new AbortController().signal);
  const deadline = call.outcome.kind === "ok" && notificationsWork(site) ? began + FOLLOW : null;
  const recorded = await updateSlot(
    deps,
    { kind: "site", id: siteId },
    ({ slot }, { now }) =>
      recordTest(slot, siteParts(site), { fence: run.fence, outcome: call.outcome, deadline, now }),
    WORK,
  );
  return { kind: "tested", buildId: run.lead, call, isOther: isOtherService(site), wake: recorded?.result === true };
};
