import { findLayer } from "../../../app/manage/layers.ts";
import { checkPage, pageFor } from "../../../app/proof/checkContent.ts";
import { listDeliveries } from "../../../app/stored/deliveryLog.ts";
import { isoTime } from "../../../app/time.ts";
import { liveTestedSchema, liveTestInput } from "../../../contract/records/liveCheckSchemas.ts";
import { sampleUrl } from "../../../core/proof/pageCheck.ts";
import { none, type Route } from "../definition.ts";
import { invalidInput, notFound } from "../problems.ts";
import { route } from "../route.ts";

/** How many lines of the log are looked at. */
const LOOKED_AT = 50;
const NOTHING = {
  deliveryId: null,
  receivedAt: null,
  url: null,
  expect: null,
  status: null,
  state: "unknown",
} as const;

export const liveTestRoute: Route = route({
  operationId: "testLive",
  method: "post",
  path: "/data-layers/{layerId}/live/test",
  summary: "Looks for the newest publish on its page, as after a deploy; changes nothing",
  allowed: "writers",
  query: none,
  body: liveTestInput,
  bodyOptional: true,
  answers: { 200: { description: "What was fetched and found", schema: liveTestedSchema } },
  async handle(call) {
    const { deps, serving, body } = call;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const live = body.live ?? layer.live ?? null;
    if (live === null) {
      const message = "is required, because the data layer has no `live` of its own";
      return invalidInput("body", [{ path: "live", message }]);
    }
    const refused = serving.checkUrl(sampleUrl(live.url));
    if (refused !== null) return invalidInput("body", [{ path: "live.url", message: refused }]);
    const { items } = await listDeliveries(deps, layer, { limit: LOOKED_AT, cursor: null });
    const delivery = items.find(({ outcome, request }) => outcome !== "refused" && request !== undefined);
    if (delivery === undefined) {
      const reason = "The log keeps no delivery with its body. Publish something, and try again.";
      return call.answer(200, liveTestedSchema, { ...NOTHING, reason });
    }
    const page = pageFor(deps, layer.id, live, delivery);
    const { state, reason, status } = await checkPage(deps, page);
    const { url, expect } = "reason" in page ? NOTHING : page;
    const about = { deliveryId: delivery.id, receivedAt: isoTime(delivery.receivedAt) };
    return call.answer(200, liveTestedSchema, { ...about, url, expect, status, state, reason });
  },
});
