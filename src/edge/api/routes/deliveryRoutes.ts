import type { Deps } from "../../../app/deps.ts";
import { findLayer } from "../../../app/manage/layers.ts";
import { resendDelivery, type SentAgain } from "../../../app/manage/syncs.ts";
import { pageFor } from "../../../app/proof/checkContent.ts";
import { sealTitle, titleOf } from "../../../app/proof/titleOf.ts";
import { layerToken } from "../../../app/show/changeTokens.ts";
import { searchDeliveries } from "../../../app/show/searchDeliveries.ts";
import { pagesOfDelivery } from "../../../app/show/shownPages.ts";
import { Stages } from "../../../app/show/stages.ts";
import { findDelivery, type LoggedDelivery, logDeliveries, RESENT } from "../../../app/stored/deliveryLog.ts";
import {
  deliveriesQuery,
  deliveryDetailSchema,
  deliveryListSchema,
} from "../../../contract/records/deliverySchemas.ts";
import { acceptedSchema } from "../../../contract/records/syncSchemas.ts";
import { defined } from "../../../core/defined.ts";
import type { Layer } from "../../../core/layer/layer.ts";
import { onPages, withPages } from "../../../core/stage/onPages.ts";
import { isResendable } from "../../../core/webhook/isResendable.ts";
import type { AcceptedDelivery } from "../../../core/webhook/takeDelivery.ts";
import { scopeOf } from "../../access/scope.ts";
import { bodyTextOf, selectorsOf } from "../../hooks/deliveryParts.ts";
import { openRequest } from "../../hooks/keptRequest.ts";
import { problem } from "../../problem.ts";
import { queryOf } from "../../senders/arrived.ts";
import type { Call } from "../call.ts";
import { none, type Route } from "../definition.ts";
import { invalidInput, isRefused, notFound, recordNotFound, refuse } from "../problems.ts";
import { route } from "../route.ts";
import { acceptedView, syncLocation } from "../views/acceptedView.ts";
import { causesOf } from "../views/buildView.ts";
import { deliveryDetailView, deliveryView } from "../views/deliveryView.ts";
import { cursorOf, positionIn } from "./filteredCursor.ts";

const list = route({
  operationId: "listDeliveries",
  method: "get",
  path: "/data-layers/{layerId}/deliveries",
  summary: "Lists the deliveries to a data layer's working webhooks, newest first",
  details:
    "Filters are combined. A filtered page reads at most 500 deliveries (200 with `stage`), so it may be short or empty and still have a `nextCursor`. A cursor belongs to the filters of its list.",
  allowed: "members",
  query: deliveriesQuery,
  body: none,
  answers: { 200: { description: "A page of the list", schema: deliveryListSchema } },
  async handle(call) {
    const { limit, cursor: given, ...filter } = call.query;
    const cursor = positionIn(given, filter);
    if (cursor === undefined) {
      const message = "belongs to a list with other filters; start the list again without a cursor";
      return invalidInput("query", [{ path: "cursor", message }]);
    }
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    return call.readSince(deliveryListSchema, await layerToken(call.deps, layer), async () => {
      const { items, nextCursor } = await searchDeliveries(call.deps, layer, filter, { limit, cursor });
      const showing = { layerId: layer.id, sealer: call.deps.sealer, writer: call.writer, now: call.deps.clock.now() };
      const views = items.map((one) => deliveryView(one, showing));
      return { items: views, nextCursor: cursorOf(nextCursor, filter) };
    });
  },
});

/** The page that is looked at for a delivery; null: none, or its URL is not for this member. */
const pageUrlOf = ({ deps, writer }: Call<unknown, unknown>, layer: Layer, delivery: LoggedDelivery): string | null => {
  if (!writer || layer.live == null) return null;
  const page = pageFor(deps, layer.id, layer.live, delivery);
  return "url" in page ? page.url : null;
};

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
    const showing = { layerId: layer.id, sealer: deps.sealer, writer: call.writer, now: call.deps.clock.now() };
    const found = await pagesOfDelivery(deps, layer, staged);
    const standing = withPages(staged.standing, onPages([...found.values()], false));
    const pageUrl = pageUrlOf(call, layer, delivery);
    return call.read(
      deliveryDetailSchema,
      deliveryDetailView({ ...staged, standing }, showing, scope, { found, pageUrl }),
    );
  },
});

/** What a logged delivery asked for. Without its request, what the log says it named. */
const sentAgain = (call: Call<unknown, unknown>, layerId: string, delivery: LoggedDelivery): SentAgain => {
  const { id: deliveryId, dataSource, request, bytes } = delivery;
  const arrived = openRequest(call.deps.sealer, layerId, request);
  const named = { header: dataSource, query: null, alias: null };
  if (arrived === null) return { deliveryId, selectors: named, body: bytes === 0 ? null : undefined };
  const selectors = selectorsOf(arrived.headers, queryOf(arrived));
  return { deliveryId, selectors, body: bodyTextOf(arrived, arrived.body) };
};

/**
 * The line of the log for a delivery that a person sent again: of the same webhook, and with the same title and request
 * if the layer and the webhook still keep such.
 */
const resentLine = (
  { sealer }: Deps,
  layer: Layer,
  { id: earlierId, webhook, dataSource, bytes, subject, request }: LoggedDelivery,
  { dataLayerId: layerId, deliveryId: id, outcome, syncId, warnings }: AcceptedDelivery,
  receivedAt: number,
): LoggedDelivery => {
  // A title is sealed for one delivery.
  const earlier = { layerId, deliveryId: earlierId, title: subject?.title };
  const opened = layer.keepTitles === true ? titleOf(sealer, earlier) : null;
  const title = opened === null ? undefined : sealTitle(sealer, layerId, id, opened);
  const keepsRequests =
    webhook === "default" ||
    layer.webhooks.some(({ ref, keepRequests }) => ref === webhook.ref && keepRequests !== false);
  return {
    ...{ id, receivedAt, webhook, dataSource, outcome, syncId, bytes, warnings: [...warnings] },
    ...{ code: RESENT, cause: `A person sent the delivery ${earlierId} again.`, userAgent: null, secret: null },
    subject: subject && defined({ ...subject, title }),
    ...defined({ request: keepsRequests ? request : undefined }),
  };
};

const resend = route({
  operationId: "resendDelivery",
  method: "post",
  path: "/data-layers/{layerId}/deliveries/{deliveryId}/resend",
  summary: "Starts the sync of a delivery again, even if the webhook's conditions filtered the delivery out",
  details:
    "The sync covers the sources that the delivery named. They get its body while the log keeps the body, and are synced in full otherwise (`BODY_NOT_KEPT`). The log has it as a delivery of its own, with the code `RESENT`.",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 202: { description: "The sync is stored, like a publish", schema: acceptedSchema } },
  problems: { 409: ["DELIVERY_NOT_RESENDABLE"] },
  async handle(call) {
    const { deps, member } = call;
    const layerId = call.param("layerId");
    const layer = await findLayer(deps, layerId);
    if (layer === null) return notFound("DATA_LAYER");
    const delivery = await findDelivery(deps, layer, call.param("deliveryId"));
    if (delivery === null) return recordNotFound("DELIVERY", deps.retention.deliveries);
    if (!isResendable(delivery)) {
      const detail = `It was ${delivery.outcome} as ${delivery.code}, so it is not known to be a publish. Ask for a sync of the data layer instead.`;
      return problem({ status: 409, code: "DELIVERY_NOT_RESENDABLE", title: "It cannot be sent again", detail });
    }
    const receivedAt = deps.clock.now();
    const result = await resendDelivery(deps, member.actor, layerId, sentAgain(call, layerId, delivery));
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "layer", id: layerId }, result.wake);
    await logDeliveries(deps, layerId, [resentLine(deps, layer, delivery, result, receivedAt)], 1);
    const headers = { location: syncLocation(layerId, result.syncId) };
    return call.answer(202, acceptedSchema, acceptedView(result), headers);
  },
});

export const deliveryRoutes: readonly Route[] = [list, get, resend];
