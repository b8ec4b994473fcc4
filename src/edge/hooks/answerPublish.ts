import type { Deps } from "../../app/deps.ts";
import { markCall, messageOf, publish } from "../../app/receive/publish.ts";
import { type LoggedDelivery, logDelivery } from "../../app/stored/deliveryLog.ts";
import { clip } from "../../core/bytes.ts";
import { BODY_BYTES } from "../../core/limits.ts";
import { type Origin, TOO_LONG } from "../../core/webhook/takeDelivery.ts";
import { StoreMisconfigured, StoreUnavailable } from "../../store/store.ts";
import { problem } from "../problem.ts";
import { readBytes, textOf } from "../readBody.ts";
import { inspectionOf } from "../senders/inspect.ts";
import { subjectOf } from "../senders/subject.ts";
import { storeMisconfigured } from "../storeMisconfigured.ts";
import { unreadable } from "../unreadable.ts";
import { answerVisit, isVisit, type WebhookAddress } from "./answerVisit.ts";
import { refusalSample } from "./refusalSample.ts";

const PATH = /^\/hooks\/data_layer\/data_source\/publish\/([^/]+)(?:\/([^/]+))?\/?$/i;
const ID = /^[A-Za-z0-9_-]{8,128}$/;
/** A signature covers the whole body, stored or not. The platform gives a function no longer one (bytes). */
const SIGNED_BYTES = 6 * 1024 * 1024;

const USER_AGENT_BYTES = 400;

/** Shared by all requests of this instance. */
const sampled = refusalSample();

/** The webhook that a URL names; null if it names none. A null `webhookId` means the default webhook. */
const addressIn = ({ pathname }: URL): WebhookAddress | null => {
  const [, layerId = "", webhookId = null] = PATH.exec(pathname) ?? [];
  return ID.test(layerId) && (webhookId === null || ID.test(webhookId)) ? { layerId, webhookId } : null;
};

const unknownLayer = (): Response =>
  problem({
    status: 404,
    code: "DATA_LAYER_NOT_FOUND",
    title: "No such data layer",
    detail: "There is no data layer at this address. Copy the webhook's URL again from the data layer's settings.",
  });

const refusals = {
  WEBHOOK_UNKNOWN: "This address is not that of a webhook of the data layer. Copy the URL again from its settings.",
  WEBHOOK_ROTATED:
    "This webhook was given a new URL, and the one before is not accepted any more. Copy the new one from the data layer's settings.",
  WEBHOOK_DELETED: "This webhook was deleted. Create a new one in the data layer's settings and use its URL.",
  DEFAULT_WEBHOOK_OFF:
    "The default webhook is off, because the data layer has webhooks of its own or forbids it. Use the URL of one of its webhooks.",
} as const;

/**
 * Answers a delivery. The body is read only up to its limit, and the answer waits only for the store. Wakes and marks
 * go to `afterwards`.
 */
export const answerPublish = async (
  request: Request,
  deps: Deps,
  afterwards: (work: Promise<unknown>) => void,
): Promise<Response> => {
  const receivedAt = deps.clock.now();
  const url = new URL(request.url);
  const address = addressIn(url);
  if (request.method !== "POST") {
    if (isVisit(request)) return answerVisit(deps, address);
    const detail = "This address takes publish webhooks: let your CMS send POST.";
    return problem({ status: 405, code: "METHOD_NOT_ALLOWED", title: "Send POST", detail }, { allow: "POST" });
  }
  if (address === null) return unknownLayer();
  const { layerId } = address;
  // A body that broke off counts as far as it came, because the delivery has arrived.
  const body = await readBytes(request, address.webhookId === null ? BODY_BYTES : SIGNED_BYTES);
  const kept = body.kind !== "too-long" && body.bytes.length <= BODY_BYTES;
  const arrived = {
    method: request.method,
    target: `${url.pathname}${url.search}`,
    headers: request.headers,
    body: body.kind === "whole" ? body.bytes : null,
    bytes: body.kind === "too-long" ? body.seen : body.bytes.length,
  };
  const delivery = {
    ...address,
    selectors: {
      header: request.headers.get("x-connect-data-source"),
      query: url.searchParams.getAll("source").join(","),
      alias: request.headers.get("x-gatsby-cloud-data-source"),
    },
    body: kept ? textOf(body.bytes) : TOO_LONG,
    receivedAt,
    inspect: inspectionOf(arrived, deps.sealer, layerId, receivedAt),
  };
  const agent = request.headers.get("user-agent");
  const userAgent = agent === null ? null : clip(agent, USER_AGENT_BYTES);
  type Logged = Pick<LoggedDelivery, "id" | "outcome" | "code" | "cause" | "syncId" | "unlogged">;
  const log = (origin: Origin, logged: Logged, warnings: readonly string[] = []): void => {
    const write = async (): Promise<void> => {
      const { bytes } = arrived;
      await logDelivery(deps, layerId, {
        ...logged,
        ...origin,
        receivedAt,
        bytes,
        warnings: [...warnings],
        userAgent,
        subject: subjectOf(arrived),
      });
    };
    afterwards(write());
  };
  try {
    const result = await publish(deps, delivery);
    if (result.kind === "unknown-layer") return unknownLayer();
    if (result.kind === "ignored") {
      const { code, cause, deliveryId, origin } = result;
      log(origin, { id: deliveryId, outcome: "ignored", code, cause, syncId: null });
      if (result.mark) afterwards(markCall(deps, delivery));
      const message = `${cause} Nothing is synced for it.`;
      const ignored = { outcome: "ignored", code, syncId: null, scope: [], warnings: [], message };
      const headers = { "cache-control": "no-store" };
      return Response.json({ deliveryId, dataLayerId: layerId, ...ignored }, { headers });
    }
    if (result.kind === "refused") {
      if ("cause" in result) {
        const { status, code, cause, deliveryId, origin } = result;
        const webhook = origin.webhook === "default" ? "default" : origin.webhook.ref;
        const unlogged = sampled(`${layerId} ${webhook}`, receivedAt);
        if (unlogged !== null) {
          const refusal = { id: deliveryId, outcome: "refused", code, cause, syncId: null } as const;
          log(origin, { ...refusal, ...(unlogged === 0 ? {} : { unlogged }) });
        }
        return problem({
          status,
          code,
          title: status === 401 ? "The sender is not verified" : "Not accepted",
          detail: cause,
          deliveryId,
        });
      }
      if (result.mark) afterwards(markCall(deps, delivery, userAgent));
      const { status, code } = result;
      return problem({ status, code, title: "Not accepted", detail: refusals[code] });
    }
    const { kind: _kind, wake, origin, arrivedAs: id, mark, ...answer } = result;
    if (wake) afterwards(deps.wake({ kind: "layer", id: layerId }));
    if (mark) afterwards(markCall(deps, delivery));
    const { deliveryId, outcome, syncId, warnings } = answer;
    const again = { code: "REPEATED", cause: `The same delivery arrived before and was answered as ${deliveryId}.` };
    log(origin, { id, outcome, syncId, ...(id === deliveryId ? { code: null, cause: null } : again) }, warnings);
    return Response.json({ ...answer, message: messageOf(result) }, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    if (error instanceof StoreMisconfigured) return storeMisconfigured(error);
    const unread = unreadable(error, "Nothing was accepted.");
    const known = error instanceof StoreUnavailable || unread !== null;
    const name = error instanceof Error ? error.name : "unknown";
    const message = known && error instanceof Error ? error.message : name;
    deps.report({ kind: "trouble", where: `delivery to layer ${layerId}`, error: message });
    const detail =
      "The store did not confirm in time. The delivery may have been accepted; sending it again is harmless.";
    const headers = { "retry-after": "5" };
    return unread ?? problem({ status: 503, code: "STORE_UNAVAILABLE", title: "Not confirmed", detail }, headers);
  }
};
