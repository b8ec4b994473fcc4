import type { z } from "@hono/zod-openapi";
import { findLayer } from "../../../app/manage/layers.ts";
import { type Activity, activityOf } from "../../../app/show/activity.ts";
import { layerToken, overviewToken } from "../../../app/show/changeTokens.ts";
import type { LayerSummary, SiteSummary } from "../../../app/show/documentSummaries.ts";
import { overviewOf, type Placed, withTrouble } from "../../../app/show/overview.ts";
import { type OverviewRequest, type OverviewRoom, overviewPage } from "../../../app/show/overviewPage.ts";
import { deliveriesWithPages } from "../../../app/show/shownPages.ts";
import { Stages } from "../../../app/show/stages.ts";
import { listDocuments } from "../../../app/show/summaries.ts";
import { bytesOf } from "../../../app/show/takeFitting.ts";
import { isoTime, timeOrNull } from "../../../app/time.ts";
import {
  ATTENTION,
  activityQuery,
  activitySchema,
  overviewQuery,
  overviewSchema,
} from "../../../contract/records/overviewSchemas.ts";
import { HOUR } from "../../../core/durations.ts";
import type { Layer } from "../../../core/layer/layer.ts";
import { OVERVIEW_BYTES } from "../../../core/limits.ts";
import { searchText } from "../../../core/searchText.ts";
import { ownerStatus } from "../../../core/stage/shownStatus.ts";
import { needsAttention, verdictOf } from "../../../core/stage/verdict.ts";
import { scopeOf, seesLayer } from "../../access/scope.ts";
import type { Call } from "../call.ts";
import { none, type Route } from "../definition.ts";
import { notFound } from "../problems.ts";
import { route } from "../route.ts";
import { buildView, causesOf } from "../views/buildView.ts";
import { deliveryView } from "../views/deliveryView.ts";
import { layerItemView, layerView } from "../views/layerView.ts";
import { followedBy } from "../views/siteView.ts";
import { syncView } from "../views/syncView.ts";

/** The room in an answer for what is beside its items. */
const HEAD_BYTES = 1024;

type OverviewView = z.input<typeof overviewSchema>;

const lastView = (last: SiteSummary["lastBuild"]): OverviewView["sites"][number]["lastBuild"] =>
  last === null ? null : { id: last.id, status: last.status, at: isoTime(last.at) };

const overviewLayerView = ({ summary, standing }: Placed<LayerSummary>): OverviewView["dataLayers"][number] => ({
  ...layerItemView(summary, standing),
  siteIds: summary.siteIds,
  lastDeliveryAt: timeOrNull(summary.lastDeliveryAt),
  lastSync: lastView(summary.lastSync),
});

const overviewSiteView = (
  { deps }: Pick<Call<unknown, unknown>, "deps">,
  { summary, standing }: Placed<SiteSummary>,
): OverviewView["sites"][number] => ({
  id: summary.id,
  name: summary.name,
  status: ownerStatus(summary.slot, standing?.stage),
  following: followedBy(summary, deps.netlify !== undefined),
  preset: summary.preset,
  lastBuild: lastView(summary.lastBuild),
  hasBuilt: summary.hasBuilt,
});

/** Which layers a query wants; null: all. */
const wantedBy = ({ q, status }: z.output<typeof overviewQuery>): OverviewRequest["wanted"] => {
  if (q === undefined && status === undefined) return null;
  const text = searchText(q ?? "");
  return (placed) => {
    const { name, description, id, ...shown } = layerItemView(placed.summary, placed.standing);
    if (!searchText(`${name} ${description} ${id}`).includes(text)) return false;
    return status === undefined || (status === ATTENTION ? needsAttention(shown) : verdictOf(shown) === status);
  };
};

const overview = route({
  operationId: "getOverview",
  method: "get",
  path: "/overview",
  summary: "Shows all data layers and sites with their latest activity, or a page of them",
  details:
    "Poll it with `If-None-Match`: while nothing has changed, the answer is `304` and costs two lists of the store. After more than 1,000 changes the answer is partial, and `left` says how many items are missing. Ask again for these. A page, and an answer that would be too long, begins with what needs attention, and continues by the latest activity. Each page has the sites that its layers connect; sites that no layer connects come last. A layer in which something happens between two pages moves to the front, so ask for the first page again.",
  allowed: "members",
  query: overviewQuery,
  body: none,
  answers: { 200: { description: "The whole list, or a page of it", schema: overviewSchema } },
  scoped: true,
  async handle(call) {
    const { deps, member, query } = call;
    const scope = await scopeOf(call);
    const listed = await listDocuments(
      deps,
      (id) => seesLayer(member, id),
      (id) => scope?.siteIds.has(id) ?? true,
    );
    const room: OverviewRoom = {
      bytes: OVERVIEW_BYTES - HEAD_BYTES,
      ofLayer: (placed) => bytesOf(overviewLayerView(placed)) + 1,
      ofSite: (placed) => bytesOf(overviewSiteView(call, placed)) + 1,
    };
    const view = async (): Promise<OverviewView> => {
      const all = await overviewOf(deps, listed);
      const page = overviewPage(all, { ...query, wanted: wantedBy(query) }, room);
      return {
        dataLayers: (await withTrouble(deps, page.layers)).map(overviewLayerView),
        sites: page.sites.map((site) => overviewSiteView(call, site)),
        unreadable: { dataLayers: [...page.unreadable.layers], sites: [...page.unreadable.sites] },
        left: all.left,
        nextCursor: page.nextCursor,
        totals: page.totals,
      };
    };
    return call.readSince(overviewSchema, overviewToken(deps, listed), view, ({ left }) => left === 0);
  },
});

/** The layers that requested these builds. */
const layersNamed = (sites: Activity["sites"]): ReadonlySet<string> =>
  new Set(sites.flatMap(({ builds }) => builds.flatMap((state) => causesOf(state).map((cause) => cause.dataLayerId))));

const activityView = async (
  call: Call<unknown, unknown>,
  layer: Layer,
  hours: number,
): Promise<z.input<typeof activitySchema>> => {
  const { deps, writer } = call;
  const now = deps.clock.now();
  const { arrived, deliveries, syncs, sites, cut } = await activityOf(deps, layer, now - hours * HOUR);
  const scope = await scopeOf(call, layersNamed(sites));
  const stages = new Stages(deps, {
    sites: sites.map(({ site }) => site),
    records: [{ owner: layer, states: syncs }, ...sites.map(({ site, builds }) => ({ owner: site, states: builds }))],
  });
  const [staged, stagedDeliveries, stagedSyncs] = await Promise.all([
    stages.ofLayer(layer),
    deliveriesWithPages(deps, layer, stages, deliveries),
    Promise.all(syncs.map((sync) => stages.ofSync(layer, sync))),
  ]);
  const showing = { layerId: layer.id, sealer: deps.sealer, writer, now };
  return {
    // Without secrets, because an open page requests this every two seconds.
    layer: layerView(deps, staged, { writer, secrets: false }),
    arrived: arrived.map(({ id, at }) => ({ id, at: isoTime(at) })),
    deliveries: stagedDeliveries.map((one) => deliveryView(one, showing)),
    syncs: stagedSyncs.map((sync) => syncView(sync)),
    sites: sites.map(({ site, builds }) => ({
      siteId: site.id,
      name: site.name,
      builds: builds.map((state) => buildView(state, site, scope)),
    })),
    cut,
  };
};

const activity = route({
  operationId: "getActivity",
  method: "get",
  path: "/data-layers/{layerId}/activity",
  summary: "Shows a data layer with the deliveries, syncs and builds of the last hours; its ETag covers all of it",
  details:
    "Poll it with `If-None-Match`: while nothing has changed, the answer is `304` and costs the store two requests, and one more for each connected site. What became of a build of a site that is no longer connected shows within five minutes.",
  allowed: "members",
  query: activityQuery,
  body: none,
  answers: { 200: { description: "The activity", schema: activitySchema } },
  async handle(call) {
    const { deps, query } = call;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    return call.readSince(activitySchema, await layerToken(deps, layer), () => activityView(call, layer, query.hours));
  },
});

export const overviewRoutes: readonly Route[] = [overview, activity];
