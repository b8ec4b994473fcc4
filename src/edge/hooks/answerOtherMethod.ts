import type { Deps } from "../../app/deps.ts";
import { readLayer } from "../../app/stored/documents.ts";
import { clip } from "../../core/bytes.ts";
import { type Authentication, authenticate } from "../../core/webhook/authenticate.ts";
import { problem } from "../problem.ts";
import { answerHandshake, causeOf, type Handshake, handshakeOf } from "../senders/handshakes.ts";

/** The webhook and layer that a URL names; `webhookId` null means the default webhook. */
export interface WebhookAddress {
  readonly layerId: string;
  readonly webhookId: string | null;
}

type Working = Extract<Authentication, { kind: "accepted" }>;

/** A request by another method than POST, at a webhook that works. */
export interface OtherCall {
  readonly id: string;
  readonly outcome: "ignored" | "refused";
  readonly code: "HANDSHAKE" | "METHOD_NOT_ALLOWED";
  readonly cause: string;
  readonly webhook: Working["webhook"];
  readonly formerUrl: boolean;
}

const METHOD_BYTES = 20;
const ALLOW = { allow: "POST" } as const;
const WORKS = "This webhook URL works. Your CMS must send POST requests to it.";
const WORKS_NOT = "This is not the URL of a working webhook. Copy the URL again from the data layer's settings.";
const UNKNOWN = "This is a URL for publish webhooks. Your CMS must send POST requests to it.";

/** Whether a browser opens the URL. */
const isVisit = ({ method, headers }: Request): boolean =>
  method === "GET" && (headers.get("accept") ?? "").includes("text/html");

/** The URL's webhook, if it works; null: it does not. Throws `StoreUnavailable`. */
const findWorking = async (deps: Deps, address: WebhookAddress | null): Promise<Working | null> => {
  const layer = address === null ? null : await readLayer(deps, address.layerId);
  if (address === null || layer?.kind !== "layer") return null;
  const found = authenticate(layer, address.webhookId, deps.clock.now());
  return found.kind === "accepted" ? found : null;
};

const refuse = (request: Request, sentence: string): Response => {
  if (request.method === "HEAD") return new Response(null, { status: 405, headers: ALLOW });
  if (isVisit(request)) {
    const headers = { ...ALLOW, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
    return new Response(`${sentence}\n`, { status: 405, headers });
  }
  const detail = "This is a URL for publish webhooks. Set your CMS to send POST requests.";
  return problem({ status: 405, code: "METHOD_NOT_ALLOWED", title: "Send POST", detail }, ALLOW);
};

/** What an admin should do about a sender that uses the method. A redirect makes a GET of a POST, without its body. */
const adviceOn = (method: string): string => {
  const why =
    method === "GET" ? "The CMS sends GET, or a redirect turned its POST into a GET" : "The CMS sends this method";
  return `The method was ${clip(method, METHOD_BYTES)}, but a webhook accepts only POST. ${why}. Choose POST in the CMS, and enter this webhook's URL exactly as shown, with https.`;
};

const handshakeIn = (request: Request): Handshake | null => {
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  return handshakeOf({ method, target: `${pathname}${search}`, headers, body: Buffer.alloc(0) });
};

/**
 * Answers a request by another method than POST. A webhook that works answers HEAD, with which some senders try a URL,
 * and registration handshakes; everything else is refused and logged. Reads once, and never causes a sync. `note` takes what the
 * log says of the request. Throws `StoreUnavailable` where the answer depends on whether the webhook works.
 */
export const answerOtherMethod = async (
  request: Request,
  deps: Deps,
  address: WebhookAddress | null,
  note: (call: OtherCall) => void,
): Promise<Response> => {
  const handshake = handshakeIn(request);
  const isTried = request.method === "HEAD";
  let working: Working | null;
  try {
    working = await findWorking(deps, address);
  } catch (error) {
    if (isTried || handshake !== null) throw error;
    return refuse(request, UNKNOWN);
  }
  if (working === null) return refuse(request, WORKS_NOT);
  if (isTried) return new Response(null, { headers: { "cache-control": "no-store" } });
  const layer = address?.layerId ?? "";
  const { webhook, former = false } = working;
  const call = { id: deps.ids.timeOrdered(), webhook, formerUrl: former };
  if (handshake !== null) {
    deps.report({ kind: "delivery.ignored", layer, code: "HANDSHAKE" });
    note({ ...call, outcome: "ignored", code: "HANDSHAKE", cause: causeOf(handshake) });
    return answerHandshake(handshake) ?? new Response(null);
  }
  // A person who opens the URL in a browser reads the answer.
  if (isVisit(request)) return refuse(request, WORKS);
  deps.report({ kind: "delivery.refused", layer, code: "METHOD_NOT_ALLOWED" });
  note({ ...call, outcome: "refused", code: "METHOD_NOT_ALLOWED", cause: adviceOn(request.method) });
  return refuse(request, WORKS);
};
