import { findLayer } from "../../../app/manage/layers.ts";
import { cancelSync, requestByHand, retrySync } from "../../../app/manage/syncs.ts";
import { Stages } from "../../../app/show/stages.ts";
import { countDeliveries } from "../../../app/stored/deliveryLog.ts";
import { findState, listStates, type SyncState, stateId } from "../../../app/stored/records.ts";
import { acceptedSchema, syncRequestSchema, syncSchema } from "../../../contract/records/syncSchemas.ts";
import { ID_POSITION, pageQuery, pageSchema } from "../../../contract/schemas.ts";
import { problem } from "../../problem.ts";
import type { Call } from "../call.ts";
import { none, type Route } from "../definition.ts";
import { isRefused, notFound, recordNotFound, refuse } from "../problems.ts";
import { route } from "../route.ts";
import { acceptedView, syncLocation } from "../views/acceptedView.ts";
import { syncDetailView } from "../views/syncDetailView.ts";
import { syncView } from "../views/syncView.ts";

const path = "/data-layers/{layerId}/syncs";
const onePath = `${path}/{syncId}`;
const itemsSchema = pageSchema(syncSchema).openapi("SyncList");

/** Between when the deliveries of a sync arrived. */
const momentsOf = (state: SyncState): Parameters<typeof countDeliveries>[2] =>
  state.kind === "claimed"
    ? state.sync
    : { id: state.pending.syncId, queuedAt: state.pending.filledAt, startedAt: null };

const list = route({
  operationId: "listSyncs",
  method: "get",
  path,
  summary: "Lists a data layer's syncs, newest first, including the pending and the running sync",
  allowed: "members",
  query: pageQuery(ID_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: itemsSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { items, nextCursor } = await listStates(call.deps, layer, call.query);
    const stages = new Stages(call.deps);
    const staged = await Promise.all(items.map((state) => stages.ofSync(layer, state)));
    return call.read(itemsSchema, { items: staged.map((sync) => syncView(sync)), nextCursor });
  },
});

const request = route({
  operationId: "requestSync",
  method: "post",
  path,
  summary: "Starts a sync of one data source or of all",
  allowed: "writers",
  query: none,
  body: syncRequestSchema,
  bodyOptional: true,
  answers: { 202: { description: "The sync is stored, like a publish", schema: acceptedSchema } },
  problems: { 422: ["UNKNOWN_DATA_SOURCE"] },
  async handle(call) {
    const layerId = call.param("layerId");
    const result = await requestByHand(call.deps, call.member.actor, layerId, call.body.dataSource ?? null);
    if (isRefused(result)) return refuse(result);
    if (result.kind === "unknown-source") {
      const detail = "dataSource: this data layer has no data source with this slug.";
      return problem({ status: 422, code: "UNKNOWN_DATA_SOURCE", title: "No such data source", detail });
    }
    call.committed({ kind: "layer", id: layerId }, result.wake);
    const headers = { location: syncLocation(layerId, result.syncId) };
    return call.answer(202, acceptedSchema, acceptedView(result), headers);
  },
});

const get = route({
  operationId: "getSync",
  method: "get",
  path: onePath,
  summary: "Shows a sync, by any id that an answer contained",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The sync", schema: syncSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const state = await findState(call.deps, layer, call.param("syncId"));
    if (state === null) return recordNotFound("SYNC", call.deps.retention.syncs);
    const [staged, counted] = await Promise.all([
      new Stages(call.deps).ofSync(layer, state, true),
      countDeliveries(call.deps, layer, momentsOf(state)),
    ]);
    return call.read(syncSchema, syncDetailView(staged, counted));
  },
});

const actedOn = async (
  call: Call<unknown, unknown>,
  result: Awaited<ReturnType<typeof cancelSync>>,
): Promise<Response> => {
  const layerId = call.param("layerId");
  if (isRefused(result)) return refuse(result);
  switch (result.kind) {
    case "unknown-sync":
      return recordNotFound("SYNC", call.deps.retention.syncs);
    case "ended": {
      const detail = "This sync has ended, so it cannot be cancelled.";
      return problem({ status: 409, code: "SYNC_ENDED", title: "The sync has ended", detail });
    }
    case "nothing-to-retry": {
      const detail = "No data source of this sync failed or waits for a retry. Start a new sync instead.";
      return problem({ status: 409, code: "NOTHING_TO_RETRY", title: "Nothing to retry", detail });
    }
    case "done": {
      call.committed({ kind: "layer", id: layerId }, result.wake);
      const headers = { location: syncLocation(layerId, stateId(result.state)) };
      const staged = await new Stages(call.deps).ofSync(result.layer, result.state);
      return call.answer(202, syncSchema, syncView(staged), headers);
    }
  }
};

const cancel = route({
  operationId: "cancelSync",
  method: "post",
  path: `${onePath}/cancel`,
  summary: "Cancels a sync that has not ended. Calls that were already sent are not undone",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 202: { description: "The cancelled sync", schema: syncSchema } },
  problems: { 409: ["SYNC_ENDED"] },
  handle: async (call) =>
    actedOn(call, await cancelSync(call.deps, call.member.actor, call.param("layerId"), call.param("syncId"))),
});

const retry = route({
  operationId: "retrySync",
  method: "post",
  path: `${onePath}/retry`,
  summary: "Retries now: the waiting retries of a sync, or the failed data sources of a sync that has ended",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 202: { description: "The sync that retries", schema: syncSchema } },
  problems: { 409: ["NOTHING_TO_RETRY"] },
  handle: async (call) =>
    actedOn(call, await retrySync(call.deps, call.member.actor, call.param("layerId"), call.param("syncId"))),
});

export const syncRoutes: readonly Route[] = [list, request, get, cancel, retry];
