import type { z } from "@hono/zod-openapi";
import { findLayer } from "../../../app/manage/layers.ts";
import { type Activity, activityOf } from "../../../app/show/activity.ts";
import { overviewOf } from "../../../app/show/overview.ts";
import { Stages } from "../../../app/show/stages.ts";
import { isoTime } from "../../../app/time.ts";
import { activityQuery, activitySchema, overviewSchema } from "../../../contract/records/overviewSchemas.ts";
import { HOUR } from "../../../core/durations.ts";
import type { SyncSummary } from "../../../core/lastEnded.ts";
import { pacingOf } from "../../../core/site/pacing.ts";
import { ownerStatus } from "../../../core/stage/shownStatus.ts";
import { scopeOf, seesLayer } from "../../access/scope.ts";
import { none, type Route } from "../definition.ts";
import { notFound } from "../problems.ts";
import { route } from "../route.ts";
import { buildView, causesOf } from "../views/buildView.ts";
import { deliveryView } from "../views/deliveryView.ts";
import { layerItemView, layerView } from "../views/layerView.ts";
import { followedBy } from "../views/siteView.ts";
import { syncView } from "../views/syncView.ts";

const lastView = (last: SyncSummary | null): z.input<typeof overviewSchema>["sites"][number]["lastBuild"] =>
  last === null ? null : { id: last.id, status: last.status, at: isoTime(last.finishedAt ?? last.queuedAt) };

const overview = route({
  operationId: "getOverview",
  method: "get",
  path: "/overview",
  summary: "Shows all data layers and sites with their latest activity",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The whole list", schema: overviewSchema } },
  scoped: true,
  async handle(call) {
    const { deps, member } = call;
    const scope = await scopeOf(call);
    const overview = await overviewOf(
      deps,
      (id) => seesLayer(member, id),
      (id) => scope?.siteIds.has(id) ?? true,
    );
    return call.read(overviewSchema, {
      dataLayers: overview.layers.map(({ staged, lastDeliveryAt, lastSync }) => ({
        ...layerItemView(staged),
        siteIds: staged.layer.connectedSites.map(({ siteId }) => siteId),
        lastDeliveryAt: lastDeliveryAt === null ? null : isoTime(lastDeliveryAt),
        lastSync: lastView(lastSync),
      })),
      sites: overview.sites.map(({ site, standing, lastBuild }) => ({
        id: site.id,
        name: site.name,
        status: ownerStatus(site.slot, standing?.stage),
        following: followedBy(site, deps.netlify !== undefined),
        preset: pacingOf(site).preset,
        lastBuild: lastView(lastBuild),
        hasBuilt: Object.values(site.slot.usage ?? {}).some(({ builds = 0 }) => builds > 0),
      })),
      unreadable: { dataLayers: [...overview.unreadable.layers], sites: [...overview.unreadable.sites] },
    });
  },
});

/** The layers that requested these builds. */
const layersNamed = (sites: Activity["sites"]): ReadonlySet<string> =>
  new Set(sites.flatMap(({ builds }) => builds.flatMap((state) => causesOf(state).map((cause) => cause.dataLayerId))));

const activity = route({
  operationId: "getActivity",
  method: "get",
  path: "/data-layers/{layerId}/activity",
  summary: "Shows a data layer with the deliveries, syncs and builds of the last hours; its ETag covers all of it",
  allowed: "members",
  query: activityQuery,
  body: none,
  answers: { 200: { description: "The activity", schema: activitySchema } },
  async handle(call) {
    const { deps, query } = call;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { arrived, deliveries, syncs, sites, cut } = await activityOf(
      deps,
      layer,
      deps.clock.now() - query.hours * HOUR,
    );
    const scope = await scopeOf(call, layersNamed(sites));
    const stages = new Stages(deps, {
      sites: sites.map(({ site }) => site),
      records: [{ owner: layer, states: syncs }, ...sites.map(({ site, builds }) => ({ owner: site, states: builds }))],
    });
    const [staged, stagedDeliveries, stagedSyncs] = await Promise.all([
      stages.ofLayer(layer),
      Promise.all(deliveries.map((delivery) => stages.ofDelivery(layer, delivery))),
      Promise.all(syncs.map((sync) => stages.ofSync(layer, sync))),
    ]);
    const showing = { layerId: layer.id, sealer: deps.sealer, writer: call.writer, now: call.deps.clock.now() };
    return call.read(activitySchema, {
      // Without secrets, because an open page requests this every two seconds.
      layer: layerView(deps, staged, { writer: call.writer, secrets: false }),
      arrived: arrived.map(({ id, at }) => ({ id, at: isoTime(at) })),
      deliveries: stagedDeliveries.map((one) => deliveryView(one, showing)),
      syncs: stagedSyncs.map((sync) => syncView(sync)),
      sites: sites.map(({ site, builds }) => ({
        siteId: site.id,
        name: site.name,
        builds: builds.map((state) => buildView(state, site, scope)),
      })),
      cut,
    });
  },
});

export const overviewRoutes: readonly Route[] = [overview, activity];
