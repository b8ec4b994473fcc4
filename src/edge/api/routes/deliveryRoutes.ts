import { findLayer } from "../../../app/manage/layers.ts";
import { type LoggedDelivery, listDeliveries } from "../../../app/stored/deliveryLog.ts";
import { isoTime } from "../../../app/time.ts";
import { deliveryListSchema } from "../../../contract/records/deliverySchemas.ts";
import { ID_POSITION, pageQuery } from "../../../contract/schemas.ts";
import { none, type Route } from "../definition.ts";
import { notFound } from "../problems.ts";
import { route } from "../route.ts";

/** A delivery, as it is shown. */
export const deliveryView = ({ receivedAt, unlogged = 0, formerUrl = false, ...delivery }: LoggedDelivery) => ({
  ...delivery,
  receivedAt: isoTime(receivedAt),
  formerUrl,
  unlogged,
});

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
    return call.read(deliveryListSchema, { items: items.map(deliveryView), nextCursor });
  },
});

export const deliveryRoutes: readonly Route[] = [list];
