import { findLayer } from "../../../app/manage/layers.ts";
import { searchDeliveries } from "../../../app/show/searchDeliveries.ts";
import { Stages } from "../../../app/show/stages.ts";
import { findDelivery } from "../../../app/stored/deliveryLog.ts";
import {
  deliveriesQuery,
  deliveryDetailSchema,
  deliveryListSchema,
} from "../../../contract/records/deliverySchemas.ts";
import { scopeOf } from "../../access/scope.ts";
import { none, type Route } from "../definition.ts";
import { invalidInput, notFound, recordNotFound } from "../problems.ts";
import { route } from "../route.ts";
import { causesOf } from "../views/buildView.ts";
import { deliveryDetailView, deliveryView } from "../views/deliveryView.ts";
import { cursorOf, positionIn } from "./filteredCursor.ts";

const list = route({
  operationId: "listDeliveries",
  method: "get",
  path: "/data-layers/{layerId}/deliveries",
  summary: "Lists what reached a data layer's working webhooks, newest first, as far as the log keeps it",
  details:
    "Filters are combined. A filtered page looks at 500 deliveries at most, by `stage` at 200, so it may be short, or empty, and have a `nextCursor`. A cursor belongs to the filters of its list.",
  allowed: "members",
  query: deliveriesQuery,
  body: none,
  answers: { 200: { description: "A page of them", schema: deliveryListSchema } },
  async handle(call) {
    const { limit, cursor: given, ...filter } = call.query;
    const cursor = positionIn(given, filter);
    if (cursor === undefined) {
      const message = "is of a list with other filters; begin that list again without a cursor";
      return invalidInput("query", [{ path: "cursor", message }]);
    }
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { items, nextCursor } = await searchDeliveries(call.deps, layer, filter, { limit, cursor });
    const views = items.map((delivery) => deliveryView(delivery, call.writer));
    return call.read(deliveryListSchema, { items: views, nextCursor: cursorOf(nextCursor, filter) });
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
    return call.read(deliveryDetailSchema, deliveryDetailView(staged, scope, call.writer));
  },
});

export const deliveryRoutes: readonly Route[] = [list, get];
