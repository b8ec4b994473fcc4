import type { Deps } from "../../app/deps.ts";
import { sealTitle } from "../../app/proof/titleOf.ts";
import { markCall, messageOf, publish } from "../../app/receive/publish.ts";
import type { LoggedDelivery } from "../../app/stored/deliveryLog.ts";
import { clip } from "../../core/bytes.ts";
import { defined } from "../../core/defined.ts";
import type { Webhook } from "../../core/layer/layer.ts";
import { BODY_BYTES } from "../../core/limits.ts";
import { type Delivery, type Origin, type Published, TOO_LONG } from "../../core/webhook/takeDelivery.ts";
import { type KeySets, makeKeySets } from "../outgoing/keySets.ts";
import { problem } from "../problem.ts";
import { readBytes } from "../readBody.ts";
import type { Arrived } from "../senders/arrived.ts";
import { answerHandshake, handshakeOf } from "../senders/handshakes.ts";
import { makeInspect } from "../senders/inspect.ts";
import { subjectOf, titleIn } from "../senders/subject.ts";
import { answerFault } from "./answerFault.ts";
import { answerOtherMethod, type OtherCall, type WebhookAddress } from "./answerOtherMethod.ts";
import { bodyTextOf, selectorsOf } from "./deliveryParts.ts";
import { gatherDeliveries } from "./gatherDeliveries.ts";
import { confirmSubscription, sealToken } from "./handshakeToken.ts";
import { sealRequest } from "./keptRequest.ts";
import { refusalSample } from "./refusalSample.ts";
import { urlRefusals } from "./urlRefusals.ts";

const PATH = /^\/hooks\/data_layer\/data_source\/publish\/([^/]+)(?:\/([^/]+))?\/?$/i;
const ID = /^[A-Za-z0-9_-]{8,128}$/;
/** A signature covers the whole body, stored or not. The platform accepts no longer body for a function (bytes). */
const SIGNED_BYTES = 6 * 1024 * 1024;
const USER_AGENT_BYTES = 400;
/** Counts the refusals of all requests of this instance. */
const sampleRefusal = refusalSample();
/** Gathers for the log the deliveries that are under way at the same time. */
const gathered = gatherDeliveries();
const knownKeySets = makeKeySets();

/** The webhook that a URL names; null if it names none. A null `webhookId` means the default webhook. */
const addressIn = ({ pathname }: URL): WebhookAddress | null => {
  const [, layerId = "", webhookId = null] = PATH.exec(pathname) ?? [];
  return ID.test(layerId) && (webhookId === null || ID.test(webhookId)) ? { layerId, webhookId } : null;
};

const notFound = (title: string, why: string): Response => {
  const detail = `${why} Copy the webhook's URL again from the data layer's settings.`;
  return problem({ status: 404, code: "DATA_LAYER_NOT_FOUND", title, detail });
};
const unknownLayer = (): Response => notFound("No such data layer", "No data layer has this URL.");

/** 404: the URL names no webhook, because an id in it is malformed. The answer does not repeat the id. */
const malformedUrl = ({ pathname }: URL): Response => {
  const [, layerId, webhookId] = PATH.exec(pathname) ?? [];
  if (layerId === undefined) return unknownLayer();
  const part = ID.test(layerId) && webhookId !== undefined ? "webhook's id" : "data layer's id";
  return notFound("The URL is malformed", `The ${part} must have 8 to 128 of the characters A-Z a-z 0-9 _ -.`);
};

/** A delivery and the request that brought it. The answer waits for nothing given to `afterwards`. */
interface Received {
  readonly deps: Deps;
  readonly arrived: Arrived;
  readonly delivery: Delivery;
  /** The webhook that judged the delivery; undefined: it is the default webhook, or none did. */
  readonly webhook: () => Webhook | undefined;
  readonly userAgent: string | null;
  /** The host that was called, if it is not that of the public URL. */
  readonly otherHost: string | undefined;
  readonly afterwards: (work: Promise<unknown>) => void;
  /** Takes what the log says of the delivery. */
  readonly note: (logged: LoggedDelivery) => void;
}

type ResultOf<Kind extends Published["kind"]> = Extract<Published, { kind: Kind }>;

const userAgentOf = ({ headers }: Request): string | null => {
  const agent = headers.get("user-agent");
  return agent === null ? null : clip(agent, USER_AGENT_BYTES);
};

/** A name of a host has at most so many. */
const HOST_BYTES = 255;
const otherHostOf = ({ publicUrl }: Deps, { host }: URL): string | undefined =>
  host === URL.parse(publicUrl)?.host ? undefined : clip(host, HOST_BYTES);

/** Reads the body up to its limit. A body that broke off counts with the bytes that arrived: it is a delivery too. */
const receive = async (
  deps: Deps,
  request: Request,
  url: URL,
  address: WebhookAddress,
  keySets: KeySets,
): Promise<Pick<Received, "arrived" | "delivery" | "webhook" | "userAgent" | "otherHost">> => {
  const { clock, sealer } = deps;
  const { pathname, search, searchParams } = url;
  const receivedAt = clock.now();
  const body = await readBytes(request, address.webhookId === null ? BODY_BYTES : SIGNED_BYTES);
  const arrived: Arrived = {
    method: request.method,
    origin: url.origin,
    target: `${pathname}${search}`,
    headers: request.headers,
    body: body.kind === "whole" ? body.bytes : null,
    bytes: body.kind === "too-long" ? body.seen : body.bytes.length,
  };
  const text = bodyTextOf(arrived, body.kind === "too-long" ? null : body.bytes);
  const inspect = makeInspect(arrived, sealer, address.layerId, receivedAt, keySets);
  let judge: Webhook | undefined;
  const delivery: Delivery = {
    ...address,
    selectors: selectorsOf(request.headers, searchParams),
    body: text === undefined ? TOO_LONG : text,
    receivedAt,
    inspect: (webhook) => {
      judge = webhook === "default" ? undefined : webhook;
      return inspect(webhook);
    },
  };
  return {
    arrived,
    delivery,
    webhook: () => judge,
    userAgent: userAgentOf(request),
    otherHost: otherHostOf(deps, url),
  };
};

/**
 * Logs the delivery, with its request if its sender may publish and the webhook keeps requests. The answer does not wait
 * for the log.
 */
const log = (
  { deps, arrived, delivery, webhook, userAgent, otherHost, note }: Received,
  origin: Origin,
  logged: Pick<LoggedDelivery, "id" | "outcome" | "code" | "cause" | "hint" | "token" | "syncId" | "unlogged">,
  { warnings, title }: { readonly warnings: readonly string[]; readonly title: string | null } = {
    warnings: [],
    title: null,
  },
): void => {
  const { receivedAt, layerId } = delivery;
  const { bytes } = arrived;
  const { verification, keepRequests = true } = webhook() ?? {};
  const mayPublish = logged.outcome !== "refused" && (logged.code === null || logged.code === "FILTERED");
  const named = subjectOf(arrived);
  const subject =
    title === null || named === null ? named : { ...named, title: sealTitle(deps.sealer, layerId, logged.id, title) };
  const called = { userAgent, ...(otherHost === undefined ? {} : { otherHost }) };
  const isKept = mayPublish && keepRequests;
  const request = isKept ? sealRequest(deps.sealer, layerId, arrived, verification) : undefined;
  note({
    ...logged,
    ...origin,
    receivedAt,
    bytes,
    warnings: [...warnings],
    ...called,
    subject,
    ...defined({ request }),
  });
};

/**
 * How many requests before this one the log left out; null: it leaves this one out too. For requests that prove
 * nothing, so that nobody can cause a write with each.
 */
const sampled = (layerId: string, { webhook }: Pick<Origin, "webhook">, at: number) => {
  const unlogged = sampleRefusal(`${layerId} ${webhook === "default" ? webhook : webhook.ref}`, at);
  return unlogged === null ? null : defined({ unlogged: unlogged === 0 ? undefined : unlogged });
};

/** Answers a registration handshake, a test call, or a delivery that the webhook's filter leaves out. */
const answerIgnored = (received: Received, result: ResultOf<"ignored">): Response => {
  const { deps, arrived, delivery, afterwards } = received;
  const { code, cause, deliveryId, origin, mark } = result;
  const handshake = code === "HANDSHAKE" ? handshakeOf(arrived) : null;
  const unlogged = result.unproven === true ? sampled(delivery.layerId, origin, delivery.receivedAt) : {};
  if (unlogged !== null) {
    const token = sealToken(deps.sealer, delivery.layerId, deliveryId, handshake);
    const more = { ...unlogged, ...defined({ token }) };
    log(received, origin, { id: deliveryId, outcome: "ignored", code, cause, syncId: null, ...more });
    if (handshake?.confirmAt != null) afterwards(confirmSubscription(deps, delivery.layerId, handshake.confirmAt));
  }
  const answer = handshake === null ? null : answerHandshake(handshake);
  if (answer !== null) return answer;
  if (mark) afterwards(markCall(deps, delivery));
  const message = `${cause} Layerhook starts no sync for this request.`;
  const ignored = { outcome: "ignored", code, syncId: null, scope: [], warnings: [], message };
  const headers = { "cache-control": "no-store" };
  return Response.json({ deliveryId, dataLayerId: delivery.layerId, ...ignored }, { headers });
};

/**
 * Answers a delivery whose URL, sender or content is refused. Calls of a refused URL are marked and not logged, because
 * anyone can make them.
 */
const answerRefused = (received: Received, result: ResultOf<"refused">): Response => {
  const { deps, delivery, userAgent, afterwards } = received;
  if (!("cause" in result)) {
    if (result.mark) afterwards(markCall(deps, delivery, userAgent));
    const { status, code } = result;
    return problem({ status, code, title: "Delivery refused", detail: urlRefusals[code] });
  }
  const { status, code, cause, deliveryId, origin } = result;
  const unlogged = sampled(delivery.layerId, origin, delivery.receivedAt);
  if (unlogged !== null) {
    const hint = result.hint?.() ?? undefined;
    const more = { ...unlogged, ...defined({ hint }) };
    log(received, origin, { id: deliveryId, outcome: "refused", code, cause, syncId: null, ...more });
  }
  const title = status === 401 ? "Sender not verified" : "Delivery refused";
  return problem({ status, code, title, detail: cause, deliveryId }, status === 503 ? { "retry-after": "10" } : {});
};

/** Answers an accepted delivery, and wakes a worker after the answer if the slot needs one. */
const answerAccepted = (received: Received, result: ResultOf<"accepted">): Response => {
  const { deps, delivery, afterwards } = received;
  const { kind: _kind, wake, origin, ownDeliveryId: id, mark, keepTitles, ...answer } = result;
  if (wake) afterwards(deps.wake({ kind: "layer", id: delivery.layerId }));
  if (mark) afterwards(markCall(deps, delivery));
  const { deliveryId, outcome, syncId, warnings } = answer;
  const title = keepTitles === true ? titleIn(received.arrived) : null;
  const repeat = { code: "REPEATED", cause: `This request repeats the delivery ${deliveryId}.` };
  log(
    received,
    origin,
    { id, outcome, syncId, ...(id === deliveryId ? { code: null, cause: null } : repeat) },
    { warnings, title },
  );
  return Response.json({ ...answer, message: messageOf(result) }, { headers: { "cache-control": "no-store" } });
};

/** What the log says of a request by another method than POST; null: the log leaves it out. */
const loggedCall = (
  deps: Deps,
  request: Request,
  layerId: string,
  { formerUrl, ...call }: OtherCall,
): LoggedDelivery | null => {
  const receivedAt = deps.clock.now();
  const unlogged = sampled(layerId, call, receivedAt);
  if (unlogged === null) return null;
  const nothing = { dataSource: null, warnings: [], syncId: null, bytes: 0, subject: null, secret: null };
  const otherHost = otherHostOf(deps, new URL(request.url));
  const former = defined({ formerUrl: formerUrl ? true : undefined, otherHost });
  return { ...nothing, ...call, receivedAt, userAgent: userAgentOf(request), ...former, ...unlogged };
};

const answerPost = async (received: Received, keySets: KeySets): Promise<Response> => {
  const { deps, delivery } = received;
  const result = await publish(deps, delivery, (url) => keySets.fetch(url, deps));
  if (result.kind === "unknown-layer") return unknownLayer();
  if (result.kind === "ignored") return answerIgnored(received, result);
  if (result.kind === "refused") return answerRefused(received, result);
  return answerAccepted(received, result);
};

/**
 * Answers a delivery. The body is read only up to its limit, and the answer waits only for the store. Wakes and marks
 * go to `afterwards`. `gather` is what its instance gathers for the log.
 */
export const answerPublish = async (
  request: Request,
  deps: Deps,
  afterwards: (work: Promise<unknown>) => void,
  gather = gathered,
  keySets = knownKeySets,
): Promise<Response> => {
  const url = new URL(request.url);
  const address = addressIn(url);
  const isPost = request.method === "POST";
  if (address === null) return isPost ? malformedUrl(url) : answerOtherMethod(request, deps, null, () => undefined);
  const { layerId } = address;
  const requestParts = isPost ? await receive(deps, request, url, address, keySets) : null;
  const leave = gather(deps, layerId);
  let logged: LoggedDelivery | null = null;
  const note = (delivery: LoggedDelivery): void => {
    logged = delivery;
  };
  try {
    if (requestParts !== null) return await answerPost({ deps, afterwards, note, ...requestParts }, keySets);
    return await answerOtherMethod(request, deps, address, (call) => {
      logged = loggedCall(deps, request, layerId, call);
    });
  } catch (error) {
    return answerFault(deps, layerId, error);
  } finally {
    afterwards(leave(logged));
  }
};
