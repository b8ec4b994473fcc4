import { clip, jsonBytes, likenessOf, utf8Bytes } from "../bytes.ts";
import type { Attempt, Decision } from "../document.ts";
import type { Layer, LayerDocument, Webhook } from "../layer/layer.ts";
import { BODY_BYTES, DOCUMENT_BYTES } from "../limits.ts";
import { type Accepted, accept, type Request } from "../slot/accept.ts";
import { needsWake } from "../slot/nextDue.ts";
import { type Authentication, authenticate } from "./authenticate.ts";
import { noteBrakedDelivery } from "./brakedWebhooks.ts";
import { deliveryScope, type Selectors, type StrictWarning, type Warning } from "./deliveryScope.ts";
import type { Ignored, Inspect, Inspection, Unverified, VerificationRefusal, Verified } from "./inspection.ts";

/** Replaces a body that is too long to store. No text that a sender could send equals it. */
export const TOO_LONG = { kind: "too-long" } as const;

/** A request to a publish URL, as received. */
export interface Delivery {
  readonly layerId: string;
  /** Null: the default webhook's URL. */
  readonly webhookId: string | null;
  readonly selectors: Selectors;
  /** The body as text; null without a body. */
  readonly body: string | null | typeof TOO_LONG;
  readonly receivedAt: number;
  /** Verifies the request. Without it, a webhook that verifies requests accepts nothing. */
  readonly inspect?: Inspect;
}

export interface AcceptedDelivery {
  readonly kind: "accepted";
  readonly deliveryId: string;
  readonly dataLayerId: string;
  readonly outcome: "queued" | "coalesced";
  readonly syncId: string;
  /** A claim with a higher revision covers this delivery. */
  readonly revision: number;
  readonly scope: "all" | readonly string[];
  readonly warnings: readonly Warning[];
  /** Whether the slot needs a worker. The wake is a hint, sent after the answer. */
  readonly wake: boolean;
}

/** The webhook that a delivery used, and what the delivery named and proved. */
export interface Origin {
  readonly webhook: WebhookName;
  /** The sources that the delivery names, known or not; null: none. */
  readonly dataSource: string | null;
  /** Which secret of the webhook proved the sender; null: the webhook does not verify requests. */
  readonly secret: "current" | "previous" | null;
  /** The delivery used a former URL of the webhook. */
  readonly formerUrl?: true;
}

/** Why a delivery to a working webhook is not accepted. */
interface Refusal extends Pick<VerificationRefusal, "cause" | "hint" | "keySet"> {
  readonly status: 401 | 413 | 422 | 503;
  readonly code: VerificationRefusal["code"] | StrictWarning;
}

export type Published =
  | (AcceptedDelivery & {
      readonly origin: Origin;
      /** The id of this delivery. `deliveryId` is that of an earlier delivery if the sender repeated it. */
      readonly ownDeliveryId: string;
      /** Whether to record after the answer that an expiring URL was used; false if this write has recorded it. */
      readonly mark: boolean;
      /** The layer keeps titles of what is published. */
      readonly keepTitles?: true;
    })
  | { readonly kind: "unknown-layer" }
  | {
      readonly kind: "refused";
      readonly status: 401 | 410;
      readonly code: Extract<Authentication, { kind: "refused" }>["code"];
      /** Whether to record after the answer that a refused URL was called. */
      readonly mark: boolean;
    }
  | (Refusal & {
      readonly kind: "refused";
      readonly deliveryId: string;
      readonly origin: Origin;
      readonly mark: false;
    })
  | (Omit<Ignored, "sender"> & { readonly deliveryId: string; readonly origin: Origin; readonly mark: boolean });

/** The public name of the webhook that a delivery used. */
export type WebhookName = "default" | { readonly ref: string; readonly name: string };

/** The ids created for one delivery. All attempts to decide about it use the same ones. */
export interface DeliveryIds {
  readonly deliveryId: string;
  readonly newSyncId: string;
}

const unverifiable: VerificationRefusal = {
  kind: "refused",
  status: 401,
  code: "VERIFIER_FAILED",
  cause: "This webhook requires verification, and Layerhook cannot verify senders here.",
};

/** The webhook that the delivery was authenticated for. */
const webhookOf = (layer: Layer, name: WebhookName): Webhook | "default" => {
  if (name === "default") return name;
  const found = layer.webhooks.find(({ ref }) => ref === name.ref);
  if (found === undefined) throw new RangeError("the webhook that was authenticated is not there");
  return found;
};

const inspectionOf = ({ inspect }: Delivery, webhook: Webhook | "default"): Inspection => {
  if (inspect !== undefined) return inspect(webhook);
  const verifies = webhook !== "default" && webhook.verification !== undefined;
  return verifies ? unverifiable : { kind: "unverified" };
};

/** The refusals of a strict webhook. Other webhooks only warn. */
const strictRefusals: Record<StrictWarning, { readonly status: 413 | 422; readonly cause: string }> = {
  UNKNOWN_DATA_SOURCE: { status: 422, cause: "The delivery names a data source that this data layer does not have." },
  BODY_NOT_KEPT: { status: 413, cause: `The body is longer than ${BODY_BYTES} bytes, the most that Layerhook stores.` },
};

/** The most bytes of JSON that a delivery adds to a document besides its body. */
const OVERHEAD_BYTES = 8 * 1024;
const SOURCE_NAMES_BYTES = 400;

/** The sources that a sender named, as received; only for the log. */
const namedSources = ({ header, query, alias }: Selectors): string | null => {
  const named = [header, query, alias].find((value) => value !== null && value.trim() !== "");
  return named === undefined || named === null ? null : clip(named.trim(), SOURCE_NAMES_BYTES);
};

const originOf = (
  { selectors }: Delivery,
  auth: Extract<Authentication, { kind: "accepted" }>,
  sender: Verified | Unverified | VerificationRefusal,
): Origin => ({
  webhook: auth.webhook,
  dataSource: namedSources(selectors),
  secret: sender.kind === "verified" ? sender.secret : null,
  ...(auth.former === true ? { formerUrl: true } : {}),
});

const requestOf = (
  layer: Layer,
  delivery: Delivery,
  deliveryId: string,
  webhook: WebhookName,
  once: string | undefined,
) => {
  const scope = deliveryScope(layer, delivery.selectors);
  // A body belongs to a named source, and a build layer has no source that could read it.
  const forSource = scope.slugs.length > 0 && layer.sources.length > 0;
  const tooLong = forSource && delivery.body === TOO_LONG;
  const body = forSource && typeof delivery.body === "string" ? { body: delivery.body } : {};
  const request: Request = {
    ...(once === undefined || webhook === "default"
      ? { id: deliveryId }
      : { id: `${webhook.ref}.${once}`, deliveryId }),
    receivedAt: delivery.receivedAt,
    all: scope.all,
    slugs: scope.slugs,
    ...body,
    full: tooLong,
    trigger: { type: "webhook", id: deliveryId, at: delivery.receivedAt, webhook },
    likeness: typeof delivery.body === "string" ? likenessOf(delivery.body) : undefined,
    build: true,
    written: false,
  };
  const warnings: StrictWarning[] = [...scope.warnings, ...(tooLong ? (["BODY_NOT_KEPT"] as const) : [])];
  return { request, warnings };
};

/**
 * Drops the request's body if the document would exceed its limit with it; the sources are then synced in full. The
 * limits of this release leave room for every body, but a document of an earlier release may have none.
 */
const fitBody = (layer: Layer, { body, ...request }: Request): Request => {
  if (body === undefined) return request;
  const bytes = utf8Bytes(JSON.stringify(layer)) + jsonBytes(body) * request.slugs.length;
  return bytes > DOCUMENT_BYTES - OVERHEAD_BYTES ? { ...request, full: true } : { ...request, body };
};

const answerOf = (
  layer: Layer,
  deliveryId: string,
  accepted: Accepted,
  warnings: readonly Warning[],
  wake: boolean,
): AcceptedDelivery => ({
  kind: "accepted",
  deliveryId: accepted.deliveryId ?? deliveryId,
  dataLayerId: layer.id,
  outcome: accepted.queued ? "queued" : "coalesced",
  syncId: accepted.syncId,
  revision: accepted.revision,
  scope: accepted.scope,
  warnings: accepted.bodyDropped ? [...warnings, "BODY_NOT_KEPT"] : warnings,
  wake,
});

const acceptDelivery = (
  layer: Layer,
  request: Request,
  warnings: readonly Warning[],
  context: { readonly ids: DeliveryIds; readonly origin: Origin; readonly withMark: Layer | undefined },
  attempt: Attempt,
): Decision<LayerDocument, Published> => {
  const { ids, origin, withMark } = context;
  const { deliveryId } = ids;
  const { webhook } = origin;
  const fitting = fitBody(layer, request);
  const allWarnings: readonly Warning[] = [
    ...warnings,
    ...(fitting.body === request.body ? [] : (["BODY_NOT_KEPT"] as const)),
  ];
  const accepted = accept(layer.slot, fitting, attempt, ids.newSyncId);
  const kept = layer.keepTitles === true ? ({ keepTitles: true } as const) : {};
  const arrival = { origin, ownDeliveryId: deliveryId, ...kept };
  if (accepted.slot === null) {
    const result = {
      ...answerOf(layer, deliveryId, accepted, allWarnings, false),
      ...arrival,
      mark: withMark !== undefined,
    };
    return { kind: "keep", result };
  }
  const wake = needsWake(accepted.slot, attempt.now, accepted.queued);
  const lastDeliveryAt = Math.max(layer.lastDeliveryAt ?? 0, request.receivedAt);
  const noted = noteBrakedDelivery(withMark ?? layer, webhook === "default" ? webhook : webhook.ref, attempt.now);
  const document = { ...noted, slot: accepted.slot, lastDeliveryAt };
  return {
    kind: "write",
    document,
    result: { ...answerOf(layer, deliveryId, accepted, allWarnings, wake), ...arrival, mark: false },
    ...(accepted.contention === undefined ? {} : { contention: accepted.contention }),
  };
};

/**
 * Decides about a delivery: whether its URL is that of a working webhook, whether its sender and content are accepted,
 * and what it adds to the pending sync. A delivery that adds nothing writes nothing.
 */
export const takeDelivery = (
  document: LayerDocument | null,
  delivery: Delivery,
  ids: DeliveryIds,
  attempt: Attempt,
): Decision<LayerDocument, Published> => {
  if (document === null || document.kind !== "layer") return { kind: "keep", result: { kind: "unknown-layer" } };
  const auth = authenticate(document, delivery.webhookId, attempt.now);
  if (auth.kind === "refused") {
    const { status, code } = auth;
    return { kind: "keep", result: { kind: "refused", status, code, mark: auth.withMark !== null } };
  }
  const { deliveryId } = ids;
  const { webhook, withMark } = auth;
  const settings = webhookOf(document, webhook);
  const inspection = inspectionOf(delivery, settings);
  const origin = originOf(delivery, auth, inspection.kind === "ignored" ? inspection.sender : inspection);
  const refuse = (refusal: Refusal) =>
    ({ kind: "keep", result: { ...refusal, kind: "refused", deliveryId, origin, mark: false } }) as const;
  if (inspection.kind === "refused") return refuse(inspection);
  if (inspection.kind === "ignored") {
    const { sender: _sender, ...ignored } = inspection;
    const mark = withMark !== undefined && ignored.unproven !== true;
    return { kind: "keep", result: { ...ignored, deliveryId, origin, mark } };
  }
  const once = inspection.kind === "verified" ? inspection.once : undefined;
  const { request, warnings } = requestOf(document, delivery, deliveryId, webhook, once);
  const [warning] = warnings;
  if (settings !== "default" && settings.strict === true && warning !== undefined) {
    return refuse({ ...strictRefusals[warning], code: warning });
  }
  const unread = inspection.bodyUnread === true ? (["BODY_NOT_READABLE"] as const) : [];
  return acceptDelivery(document, request, [...warnings, ...unread], { ids, origin, withMark }, attempt);
};

/**
 * Records a call of a URL that is no longer accepted, or soon will not be: at most one write in ten minutes for each
 * URL. `caller` is the name that the sender gives.
 */
export const markDelivery = (
  document: LayerDocument | null,
  { webhookId }: Pick<Delivery, "webhookId">,
  caller: string | null,
  { now }: Attempt,
): Decision<LayerDocument, null> => {
  if (document === null || document.kind !== "layer") return { kind: "keep", result: null };
  const { withMark } = authenticate(document, webhookId, now, caller);
  return withMark == null ? { kind: "keep", result: null } : { kind: "write", document: withMark, result: null };
};
