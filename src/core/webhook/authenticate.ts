import { clip } from "../bytes.ts";
import { defined } from "../defined.ts";
import { DAY, MINUTE } from "../durations.ts";
import { defaultEnabled, keptDefault, type Layer } from "../layer/layer.ts";

/** How long a deleted webhook is remembered (ms). Senders of a forgotten webhook get 401. */
export const DELETED_REMEMBERED = 90 * DAY;
/** How long senders of a deleted webhook get 401, which they retry, before they get 410 (ms). */
export const GONE_AFTER = DAY;
/** Calls of a deleted or disabled URL write at most one mark in this time (ms). */
export const MARK_EVERY = 10 * MINUTE;
/** The longest caller's name that is stored, in bytes of JSON. */
const CALLER_BYTES = 64;

export type Authentication =
  | {
      readonly kind: "accepted";
      readonly webhook: "default" | { readonly ref: string; readonly name: string };
      /** The delivery used a former URL of the webhook. */
      readonly former?: true;
      /** The layer with the mark that an expiring URL is still used; absent: no mark is due. */
      readonly withMark?: Layer;
    }
  | {
      readonly kind: "refused";
      readonly status: 401 | 410;
      readonly code: "WEBHOOK_UNKNOWN" | "WEBHOOK_DELETED" | "WEBHOOK_ROTATED" | "DEFAULT_WEBHOOK_OFF";
      /** The layer with the mark of the refused call; null: no mark is due. */
      readonly withMark: Layer | null;
    };

/** Compares two secrets in a time that depends only on their lengths. */
export const equalSecrets = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(b.length, 1));
  return difference === 0;
};

const isMarkDue = (seenAt: number | undefined, now: number): boolean =>
  seenAt === undefined || now - seenAt >= MARK_EVERY;

/**
 * Decides whether a delivery's URL is that of a working webhook of the layer; `webhookId` null means the default
 * webhook. Compares every webhook, so that the time reveals nothing about their ids. `caller` is the name that the
 * sender gives; the mark stores it.
 */
export const authenticate = (
  layer: Layer,
  webhookId: string | null,
  now: number,
  caller: string | null = null,
): Authentication => {
  const callerName = caller === null ? undefined : clip(caller, CALLER_BYTES);
  if (webhookId === null) {
    if (defaultEnabled(layer)) return { kind: "accepted", webhook: "default" };
    const grace = keptDefault(layer, now);
    if (grace !== null) {
      const layerWithMark = { ...layer, defaultKept: { ...grace, seenAt: now } };
      const mark = isMarkDue(grace.seenAt, now) ? { withMark: layerWithMark } : {};
      return { kind: "accepted", webhook: "default", ...mark };
    }
    const { defaultSeenBy: _by, ...rest } = layer;
    const mark = { defaultSeenAt: now, defaultSeenSince: layer.defaultSeenSince ?? now };
    const withMark = isMarkDue(layer.defaultSeenAt, now)
      ? { ...rest, ...mark, ...defined({ defaultSeenBy: callerName }) }
      : null;
    return { kind: "refused", status: 401, code: "DEFAULT_WEBHOOK_OFF", withMark };
  }
  const webhook = layer.webhooks.filter(({ id }) => equalSecrets(id, webhookId))[0];
  const former = (layer.formerIds ?? []).filter(({ id }) => equalSecrets(id, webhookId))[0];
  const deleted = layer.deletedWebhooks.filter(
    ({ id, ref }) => equalSecrets(id, webhookId) || (former !== undefined && former.ref === ref),
  )[0];
  if (webhook !== undefined) return { kind: "accepted", webhook: { ref: webhook.ref, name: webhook.name } };
  const owner = former === undefined ? undefined : layer.webhooks.find(({ ref }) => ref === former.ref);
  if (former !== undefined && owner !== undefined) {
    // An expired URL leaves no mark: among URLs that do not work, only those of deleted webhooks may cause a write.
    if (now > former.until) return { kind: "refused", status: 401, code: "WEBHOOK_ROTATED", withMark: null };
    const formerIds = (layer.formerIds ?? []).map((one) => (one === former ? { ...one, seenAt: now } : one));
    const mark = isMarkDue(former.seenAt, now) ? { withMark: { ...layer, formerIds } } : {};
    return { kind: "accepted", webhook: { ref: owner.ref, name: owner.name }, former: true, ...mark };
  }
  if (deleted === undefined || now - deleted.deletedAt > DELETED_REMEMBERED) {
    return { kind: "refused", status: 401, code: "WEBHOOK_UNKNOWN", withMark: null };
  }
  const withMark = isMarkDue(deleted.seenAt, now)
    ? {
        ...layer,
        deletedWebhooks: layer.deletedWebhooks.map((candidate) => {
          if (candidate !== deleted) return candidate;
          const { seenBy: _by, ...rest } = candidate;
          const mark = { seenAt: now, seenSince: candidate.seenSince ?? now };
          return { ...rest, ...mark, ...defined({ seenBy: callerName }) };
        }),
      }
    : null;
  return {
    kind: "refused",
    status: now - deleted.deletedAt > GONE_AFTER ? 410 : 401,
    code: "WEBHOOK_DELETED",
    withMark,
  };
};
