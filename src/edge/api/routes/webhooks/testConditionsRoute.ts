import { findLayer } from "../../../../app/manage/layers.ts";
import { type LoggedDelivery, listDeliveries, RESENT } from "../../../../app/stored/deliveryLog.ts";
import { isoTime } from "../../../../app/time.ts";
import { conditionTestedSchema, conditionTestSchema } from "../../../../contract/resources/conditionTestSchemas.ts";
import type { Webhook } from "../../../../core/layer/layer.ts";
import {
  judgeDelivery,
  readCondition,
  type StoredCondition,
  storeCondition,
} from "../../../../core/webhook/eventFilter.ts";
import { unmetCause } from "../../../../core/webhook/unmetCause.ts";
import { isLeftOut, openRequest } from "../../../hooks/keptRequest.ts";
import type { Arrived } from "../../../senders/arrived.ts";
import { findValues } from "../../../senders/body/findValues.ts";
import { none, type Route } from "../../definition.ts";
import { notFound } from "../../problems.ts";
import { route } from "../../route.ts";
import { namedWebhook } from "../../views/namedWebhook.ts";

/** How many lines of the log are looked at, and how many deliveries of them are tried. */
const LOOKED_AT = 100;
const TRIED = 20;

type Proof = Webhook["verification"];

const verdictOn = (arrived: Arrived, only: readonly StoredCondition[], proof: Proof) => {
  const { unmet, inDoubt } = judgeDelivery(only, findValues(arrived));
  return {
    matches: unmet === null,
    warnings: inDoubt && unmet === null ? ["BODY_NOT_READABLE"] : [],
    unmet: unmet === null ? null : { condition: unmet.index + 1, cause: unmetCause(unmet, proof) },
  };
};

/** Stands for a condition that a kept request cannot answer: judged like one of a later release, so not at all. */
const NOT_JUDGED: StoredCondition = { in: [], rule: null };

/** The same for a request of the log. `matches` is null if no condition fails and one asks for what is not kept. */
const verdictOnKept = (arrived: Arrived, only: readonly StoredCondition[], proof: Proof) => {
  const judged = only.map((condition) => (isLeftOut(readCondition(condition), proof) ? NOT_JUDGED : condition));
  const verdict = verdictOn(arrived, judged, proof);
  return !verdict.matches || !judged.includes(NOT_JUDGED)
    ? verdict
    : { ...verdict, matches: null, warnings: [...verdict.warnings, "VALUE_NOT_KEPT"] };
};

/** The request that a caller describes. */
const givenRequest = (body: unknown, headers: Record<string, string>, query: string): Arrived => {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const bytes = Buffer.from(text);
  const target = `/?${query.replace(/^\?/, "")}`;
  return { method: "POST", target, headers: new Headers(headers), body: bytes, bytes: bytes.length };
};

/** Whether a delivery was judged by conditions, or came before there were any. They do not apply to one sent again. */
const isJudged = ({ outcome, code }: LoggedDelivery): boolean =>
  code === "FILTERED" || (code !== RESENT && (outcome === "queued" || outcome === "coalesced"));

export const testConditionsRoute: Route = route({
  operationId: "testConditions",
  method: "post",
  path: "/data-layers/{layerId}/webhooks/{webhook}/test-conditions",
  summary: "Tests the webhook's conditions, or given conditions, on its latest deliveries. Changes nothing",
  details:
    "The log keeps the requests that this test needs, encrypted. The test looks at the newest 100 deliveries of the data layer.",
  allowed: "writers",
  query: none,
  body: conditionTestSchema,
  bodyOptional: true,
  answers: {
    200: { description: "Which deliveries match, and the values of the others", schema: conditionTestedSchema },
  },
  async handle(call) {
    const { deps } = call;
    const { only: given, body, headers, query } = call.body;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const webhook = namedWebhook(layer, call.param("webhook"));
    if (webhook === null) return notFound("WEBHOOK");
    const settings: Partial<Webhook> = webhook === "default" ? { ref: webhook } : webhook;
    const { ref, only: own = [], verification: proof, keepRequests = true } = settings;
    const only = given?.map(storeCondition) ?? own;
    const shown = only.map(readCondition);
    if (body !== undefined || headers !== undefined || query !== undefined) {
      const verdict = verdictOn(givenRequest(body, headers ?? {}, query ?? ""), only, proof);
      const tested = { only: shown, request: verdict, deliveries: [], notKept: 0, keepRequests };
      return call.answer(200, conditionTestedSchema, tested);
    }
    const { items } = await listDeliveries(deps, layer, { limit: LOOKED_AT, cursor: null });
    const ofWebhook = items.filter(
      (one) => isJudged(one) && (one.webhook === "default" ? one.webhook : one.webhook.ref) === ref,
    );
    const deliveries = ofWebhook.flatMap(({ id, receivedAt, outcome, request }) => {
      const arrived = openRequest(deps.sealer, layer.id, request);
      return arrived === null
        ? []
        : [{ id, receivedAt: isoTime(receivedAt), outcome, ...verdictOnKept(arrived, only, proof) }];
    });
    const notKept = ofWebhook.length - deliveries.length;
    const tried = deliveries.slice(0, TRIED);
    const tested = { only: shown, request: null, deliveries: tried, notKept, keepRequests };
    return call.answer(200, conditionTestedSchema, tested);
  },
});
