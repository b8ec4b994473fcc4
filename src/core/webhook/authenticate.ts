import { clip } from "../bytes.ts";
import { DAY, MINUTE } from "../durations.ts";
import { defaultEnabled, keptDefault, type Layer } from "../layer/layer.ts";

/** How long a deleted webhook is remembered, and after what time its senders get 410. */
export const DELETED_REMEMBERED = 90 * DAY;
export const DELETED_GONE = DAY;
/** Calls of a deleted or disabled URL write at most one mark in this time. */
export const MARK_EVERY = 10 * MINUTE;
/** How much of a caller's name is stored, in bytes of JSON. */
const CALLER_BYTES = 64;

export type Authentication =
  | {
      readonly kind: "accepted";
      readonly webhook: "default" | { readonly ref: string; readonly name: string };
      /** The delivery used a former URL of the webhook. */
      readonly former?: true;
      /** The layer with the mark that an expiring URL is still used; absent: no mark is due. */
      readonly marked?: Layer;
    }
  | {
      readonly kind: "refused";
      readonly status: 401 | 410;
      readonly code: "WEBHOOK_UNKNOWN" | "WEBHOOK_DELETED" | "WEBHOOK_ROTATED" | "DEFAULT_WEBHOOK_OFF";
      /** The layer with the mark of the refused call; null: no mark is due. */
      readonly marked: Layer | null;
    };

/** Compares two secrets in a time that depends only on their lengths. */
export const equalSecrets = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(b.length, 1));
  return difference === 0;
};

const due = (seenAt: number | undefined, now: number): boolean => seenAt === undefined || now - seenAt >= MARK_EVERY;

/**
 * Decides whether a delivery's URL is that of a working webhook of the layer; `webhookId` null means the default
 * webhook. Every webhook is compared, so that the time reveals nothing about their ids. `caller` is the name that the
 * sender gives, for the mark.
 */
export const authenticate = (
  layer: Layer,
  webhookId: string | null,
  now: number,
  caller: string | null = null,
): Authentication => {
  const by = caller === null ? undefined : clip(caller, CALLER_BYTES);
  if (webhookId === null) {
    if (defaultEnabled(layer)) return { kind: "accepted", webhook: "default" };
    const kept = keptDefault(layer, now);
    if (kept !== null) {
      const noted = { ...layer, defaultKept: { ...kept, seenAt: now } };
      return { kind: "accepted", webhook: "default", ...(due(kept.seenAt, now) ? { marked: noted } : {}) };
    }
    const { defaultSeenBy: _by, ...rest } = layer;
    const mark = { defaultSeenAt: now, defaultSeenSince: layer.defaultSeenSince ?? now };
    const marked = due(layer.defaultSeenAt, now)
      ? { ...rest, ...mark, ...(by === undefined ? {} : { defaultSeenBy: by }) }
      : null;
    return { kind: "refused", status: 401, code: "DEFAULT_WEBHOOK_OFF", marked };
  }
  const found = layer.webhooks.filter(({ id }) => equalSecrets(id, webhookId))[0];
  const former = (layer.formerIds ?? []).filter(({ id }) => equalSecrets(id, webhookId))[0];
  const deleted = layer.deletedWebhooks.filter(
    ({ id, ref }) => equalSecrets(id, webhookId) || (former !== undefined && former.ref === ref),
  )[0];
  if (found !== undefined) return { kind: "accepted", webhook: { ref: found.ref, name: found.name } };
  const owner = former === undefined ? undefined : layer.webhooks.find(({ ref }) => ref === former.ref);
  if (former !== undefined && owner !== undefined) {
    // An expired URL leaves no mark: among URLs that do not work, only those of deleted webhooks may cause a write.
    if (now > former.until) return { kind: "refused", status: 401, code: "WEBHOOK_ROTATED", marked: null };
    const formerIds = (layer.formerIds ?? []).map((one) => (one === former ? { ...one, seenAt: now } : one));
    const noted = due(former.seenAt, now) ? { marked: { ...layer, formerIds } } : {};
    return { kind: "accepted", webhook: { ref: owner.ref, name: owner.name }, former: true, ...noted };
  }
  if (deleted === undefined || now - deleted.deletedAt > DELETED_REMEMBERED) {
    return { kind: "refused", status: 401, code: "WEBHOOK_UNKNOWN", marked: null };
  }
  const marked = due(deleted.seenAt, now)
    ? {
        ...layer,
        deletedWebhooks: layer.deletedWebhooks.map((known) => {
          if (known !== deleted) return known;
          const { seenBy: _by, ...rest } = known;
          const mark = { seenAt: now, seenSince: known.seenSince ?? now };
          return { ...rest, ...mark, ...(by === undefined ? {} : { seenBy: by }) };
        }),
      }
    : null;
  return {
    kind: "refused",
    status: now - deleted.deletedAt > DELETED_GONE ? 410 : 401,
    code: "WEBHOOK_DELETED",
    marked,
  };
};
