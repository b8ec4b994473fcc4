import type { z } from "@hono/zod-openapi";
import { heldStates } from "../../app/records.ts";
import { isoTime } from "../../app/time.ts";
import { pacingOf, type Site } from "../../core/site.ts";
import { slotStatus } from "./layerView.ts";
import type { siteSchema } from "./siteSchemas.ts";
import { actorView, buildView } from "./syncView.ts";

/** A site; its build hook is a credential and stays masked for everybody. `sees`: which layers may be named. */
export const siteView = (site: Site, sees?: (layerId: string) => boolean): z.input<typeof siteSchema> => {
  const { slot } = site;
  const states = heldStates(site);
  const show = (id: string | undefined) => {
    const state = id === undefined ? undefined : states.get(id);
    return state === undefined ? null : buildView(state, site, sees);
  };
  const { preset, quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds } = pacingOf(site);
  return {
    id: site.id,
    name: site.name,
    buildHook: site.buildHookHint,
    pacing: { preset, quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds },
    createdAt: isoTime(site.createdAt),
    createdBy: actorView(site.createdBy),
    updatedAt: isoTime(site.updatedAt),
    build: {
      status: slotStatus(slot),
      running: show(slot.running?.lead),
      pending: show(slot.pending?.syncId),
    },
  };
};
