import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../../app/deps.ts";
import type { SiteSummary } from "../../../app/show/documentSummaries.ts";
import { heldStates } from "../../../app/stored/records.ts";
import { isoTime } from "../../../app/time.ts";
import type { siteSchema } from "../../../contract/resources/siteSchemas.ts";
import { shownOf } from "../../../core/layer/settings.ts";
import { DEPLOY_EVENTS } from "../../../core/site/deployEvent.ts";
import { notificationsWork } from "../../../core/site/followDeploy.ts";
import { hookKindOf } from "../../../core/site/hookKind.ts";
import { BUILD, pacingOf } from "../../../core/site/pacing.ts";
import type { Site } from "../../../core/site/site.ts";
import { siteSettings } from "../../../core/site/siteSettings.ts";
import { own } from "../../../core/slot/slot.ts";
import { siteStage } from "../../../core/stage/buildStage.ts";
import { ownerStatus, slotStatus } from "../../../core/stage/shownStatus.ts";
import type { Scope } from "../../access/scope.ts";
import { buildView, deployView } from "./buildView.ts";
import { pageView } from "./proofView.ts";
import { siteStandingView } from "./standingView.ts";
import { actorView } from "./syncView.ts";

/** How the end of a site's deploys becomes known. `token`: there is a token for Netlify's API. */
export const followedBy = (
  { isHeard, isAtNetlify }: Pick<SiteSummary, "isHeard" | "isAtNetlify">,
  token: boolean,
): z.input<typeof siteSchema>["following"] => {
  if (isHeard) return "notifications";
  return token && isAtNetlify ? "token" : "none";
};

/** A site's ETag covers its settings only, so that a build or a deploy does not make a change of them fail. */
export const siteEtag = ({ settingsRev }: Pick<Site, "settingsRev">): string => `"${settingsRev}"`;

/** A site. Its build hook is a credential and stays masked for everybody. `scope` is what the reader may see. */
export const siteView = (
  site: Site,
  { netlify }: Pick<Deps, "netlify">,
  scope: Scope | null = null,
): z.input<typeof siteSchema> => {
  const { slot } = site;
  const states = heldStates(site);
  const show = (id: string | undefined) => {
    const state = id === undefined ? undefined : states.get(id);
    return state === undefined ? null : buildView(state, site, scope);
  };
  const standing = siteStage(site);
  const pending = show(slot.pending?.syncId);
  const retrying = show(own(slot.retry, BUILD)?.syncId);
  return {
    id: site.id,
    name: site.name,
    buildHook: site.buildHookHint,
    kind: hookKindOf(site),
    pacing: pacingOf(site),
    netlifySiteId: site.netlifySiteId ?? null,
    ...shownOf(siteSettings, site),
    page: pageView(site),
    following: followedBy(
      { isHeard: notificationsWork(site), isAtNetlify: site.netlifySiteId !== undefined },
      netlify !== undefined,
    ),
    deployNotifications: {
      enabled: site.deployNotifications !== undefined,
      heardAt: site.deploys === undefined ? null : isoTime(site.deploys.heardAt),
      events: DEPLOY_EVENTS.map(({ kind, title }) => {
        const heardAt = own(site.deploys?.heard ?? {}, kind);
        return { event: title, heardAt: heardAt === undefined ? null : isoTime(heardAt) };
      }),
    },
    locked: site.deploys?.locked === true,
    liveDeployId: site.deploys?.live?.id ?? null,
    deploys: (site.deploys?.recent ?? []).map(deployView),
    createdAt: isoTime(site.createdAt),
    createdBy: actorView(site.createdBy),
    updatedAt: isoTime(site.updatedAt),
    build: {
      status: ownerStatus(slotStatus(slot), standing?.stage),
      ...siteStandingView(standing, site.createdAt),
      waitingFor: (pending ?? retrying)?.waitingFor ?? null,
      running: show(slot.running?.lead),
      pending,
      retrying,
    },
  };
};
