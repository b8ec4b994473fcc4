import { z } from "zod";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, nothing, passed } from "../check.ts";
import { hasEnded, listOf, syncSchema, until } from "../liveSite.ts";

const PAGE = "/theme.js";
const DOCUMENT = "/api/v1/openapi.json";
const WITHIN = 2 * MINUTE;
const deliverySchema = z.object({ id: z.string(), userAgent: z.string().nullable() });
const buildSchema = z.object({ status: z.string(), error: z.string().nullable() });

/** A probe of the site's own file and a build hook that is a layer of the site: calls out, without a host of one's own. */
export const ownCalls: Check = {
  name: "own-calls",
  title: "a probe reads its URL, and a build hook is called",
  proves: "functions can call out, names are resolved and the checked address is connected to",
  lacks: nothing,
  async run({ outside, site }) {
    const hook = await site.createListener("Verify: build hook");
    const siteId = await site.create("/sites", {
      name: "Verify: built site",
      buildHook: hook.url,
      kind: "other",
      pacing: { preset: "instant" },
    });
    const page = await site.ask("GET", PAGE);
    const path = page.status === 200 ? PAGE : DOCUMENT;
    const layer = await site.create("/data-layers", {
      name: "Verify: own calls",
      dataSources: [{ slug: "page", type: "probe", url: new URL(path, hook.url).href }],
      connectedSites: [{ siteId }],
    });
    const { syncId } = await site.publish(layer);
    const look = { withinMs: WITHIN, everyMs: 2 * SECOND };
    const sync = await until(outside, look, async () => {
      const seen = await site.read(`/data-layers/${layer}/syncs/${syncId}`, syncSchema);
      const tried = (seen.dataSources[0]?.attempts ?? 0) > 0;
      return hasEnded(seen) || (seen.status === "retrying" && tried) ? seen : null;
    });
    if (sync?.status !== "succeeded") {
      const error = sync?.dataSources[0]?.error ?? sync?.error ?? "no end";
      return failed(`the probe of ${path} ended as ${sync?.status ?? "pending"}: ${error}`, { path });
    }
    const buildId = sync.sites[0]?.buildId;
    if (buildId === null || buildId === undefined) return failed("the probe's sync asked for no build", { path });
    const build = await until(outside, look, async () => {
      const seen = await site.read(`/sites/${siteId}/builds/${buildId}`, buildSchema);
      return seen.status === "pending" || seen.status === "running" ? null : seen;
    });
    if (build?.status !== "succeeded") {
      return failed(`the build ended as ${build?.status ?? "pending"}: ${build?.error ?? "no end"}`, { path });
    }
    const heard = await until(outside, { withinMs: 20 * SECOND, everyMs: SECOND }, async () => {
      const { items } = await site.read(`/data-layers/${hook.id}/deliveries`, listOf(deliverySchema));
      return items.length > 0 ? true : null;
    });
    if (heard === null) return failed("the build counts as succeeded, and its hook heard nothing", { path });
    return passed(`the probe read ${path}, and the build hook was called`, { path });
  },
};
