import { findLayer } from "../../../app/manage/layers.ts";
import { Stages } from "../../../app/show/stages.ts";
import { findDelivery, listDeliveries } from "../../../app/stored/deliveryLog.ts";
import { deliveryDetailSchema, deliveryListSchema } from "../../../contract/records/deliverySchemas.ts";
import { ID_POSITION, pageQuery } from "../../../contract/schemas.ts";
import { scopeOf } from "../../access/scope.ts";
import { none, type Route } from "../definition.ts";
import { notFound, recordNotFound } from "../problems.ts";
import { route } from "../route.ts";
import { causesOf } from "../views/buildView.ts";
import { deliveryDetailView, deliveryView } from "../views/deliveryView.ts";

const list = route({
  operationId: "listDeliveries",
  method: "get",
  path: "/data-layers/{layerId}/deliveries",
  summary: "Lists what reached a data layer's working webhooks, newest first, as far as the log keeps it",
  allowed: "members",
  query: pageQuery(ID_POSITION),
  body: none,
  answers: { 200: { description: "A page of them", schema: deliveryListSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { items, nextCursor } = await listDeliveries(call.deps, layer, call.query);
    const stages = new Stages(call.deps);
    const staged = await Promise.all(items.map((delivery) => stages.ofDelivery(layer, delivery)));
    return call.read(deliveryListSchema, { items: staged.map(deliveryView), nextCursor });
  },
});

const get = route({
  operationId: "getDelivery",
  method: "get",
  path: "/data-layers/{layerId}/deliveries/{deliveryId}",
  summary: "Shows a delivery with what followed: its sync, and each site's build and deploy",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The delivery", schema: deliveryDetailSchema } },
  async handle(call) {
    const { deps } = call;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const delivery = await findDelivery(deps, layer, call.param("deliveryId"));
    if (delivery === null) return recordNotFound("DELIVERY", deps.retention.deliveries);
    const staged = await new Stages(deps).ofDelivery(layer, delivery, true);
    const causes = (staged.sync?.sites ?? []).flatMap(({ build }) => (build === null ? [] : causesOf(build)));
    const scope = await scopeOf(call, new Set(causes.map(({ dataLayerId }) => dataLayerId)));
    return call.read(deliveryDetailSchema, deliveryDetailView(staged, scope));
  },
});

export const deliveryRoutes: readonly Route[] = [list, get];
