import { DAY, SECOND } from "../durations.ts";
import {
  type AuditFields,
  audits,
  type ChangeBy,
  defaultEnabled,
  type Layer,
  layerTarget,
  oweAct,
  type Webhook,
  webhookTarget,
} from "../layer/layer.ts";
import { FORMER_IDS } from "../limits.ts";
import { keepRestorable } from "./restorable.ts";

/** The longest time for which the default webhook may stay accepted after the first webhook is added. */
export const KEEP_DEFAULT_AT_MOST = 7 * DAY;

/** How long the default webhook stays accepted when the first webhook is added. */
export interface KeepDefault {
  readonly until: number;
  /** The same, as the audit log shows it. */
  readonly shown: string;
}

/**
 * Adds a webhook. The first one disables the default webhook in the same write (with `keepDefault`: only after a time).
 * Deleted webhooks of the same id, and former ids that are equal or belong to the same `ref`, are forgotten.
 */
export const addWebhook = (
  layer: Layer,
  webhook: Webhook,
  by: ChangeBy,
  keepDefault: KeepDefault | null = null,
): Layer => {
  const first = defaultEnabled(layer);
  const kept = first && keepDefault !== null ? keepDefault : null;
  const detail = { webhook: webhook.ref, ...(kept === null ? {} : { keptUntil: kept.shown }) };
  const switched: AuditFields[] = first
    ? [{ action: "default_webhook.disabled", target: layerTarget(layer), detail }]
    : [];
  const owed = audits(layer, by, [
    { action: "webhook.created", target: webhookTarget(webhook), detail: {} },
    ...switched,
  ]);
  const { defaultKept, ...rest } = layer;
  const added: Layer = {
    ...rest,
    ...(first ? {} : { ...(defaultKept && { defaultKept }) }),
    ...(kept === null ? {} : { defaultKept: { until: kept.until } }),
    webhooks: [...layer.webhooks, webhook],
    deletedWebhooks: layer.deletedWebhooks.filter(({ id }) => id !== webhook.id),
    ...(layer.formerIds && {
      formerIds: layer.formerIds.filter(({ id, ref }) => id !== webhook.id && ref !== webhook.ref),
    }),
    owed: [...layer.owed, ...owed],
  };
  return keepRestorable(added, by.now);
};

/** Renames a webhook. */
export const renameWebhook = (layer: Layer, ref: string, name: string, by: ChangeBy): Layer => {
  const before = layer.webhooks.find((webhook) => webhook.ref === ref);
  if (before === undefined || before.name === name) return layer;
  const after = { ...before, name };
  const detail = { before: { name: before.name }, after: { name } };
  return {
    ...layer,
    webhooks: layer.webhooks.map((webhook) => (webhook.ref === ref ? after : webhook)),
    owed: [...layer.owed, ...audits(layer, by, [{ action: "webhook.updated", target: webhookTarget(after), detail }])],
  };
};

/**
 * Deletes a webhook. It is remembered for a while and can be restored at first. The last one's deletion enables the
 * default webhook in the same write.
 */
export const deleteWebhook = (layer: Layer, ref: string, by: ChangeBy, remembered: number): Layer => {
  const gone = layer.webhooks.find((webhook) => webhook.ref === ref);
  if (gone === undefined) return layer;
  const { id, ref: _ref, name, ...restorable } = gone;
  const left: Layer = {
    ...layer,
    webhooks: layer.webhooks.filter((webhook) => webhook.ref !== ref),
    deletedWebhooks: [...layer.deletedWebhooks, { id, ref, name, deletedAt: by.now, restorable }].slice(-remembered),
  };
  const { defaultKept: _over, ...last } = left;
  const next = keepRestorable(left.webhooks.length === 0 ? last : left, by.now);
  const switched: AuditFields[] = defaultEnabled(next)
    ? [{ action: "default_webhook.enabled", target: layerTarget(layer), detail: { webhook: ref } }]
    : [];
  const owed = audits(layer, by, [{ action: "webhook.deleted", target: webhookTarget(gone), detail: {} }, ...switched]);
  return { ...next, owed: [...next.owed, ...owed] };
};

/**
 * Gives a webhook a new id, and so a new URL. The former URL is accepted for `keepOldForSeconds` more. A second
 * rotation does not shorten that time, so that a double click cuts off no sender. With 0 seconds, all former URLs are
 * dropped, which is what a leak needs. Null: too many former URLs are still accepted.
 */
export const rotateWebhook = (
  layer: Layer,
  ref: string,
  id: string,
  keepOldForSeconds: number,
  by: ChangeBy,
): Layer | null => {
  const before = layer.webhooks.find((webhook) => webhook.ref === ref);
  if (before === undefined || before.id === id) return layer;
  const standing = (layer.formerIds ?? []).filter(
    (former) => former.until >= by.now && (former.ref !== ref || keepOldForSeconds > 0),
  );
  const kept = { id: before.id, ref, until: by.now + keepOldForSeconds * SECOND };
  const formerIds = keepOldForSeconds > 0 ? [...standing, kept] : standing;
  if (formerIds.length > FORMER_IDS) return null;
  const webhooks = layer.webhooks.map((webhook) => (webhook === before ? { ...webhook, id } : webhook));
  const target = webhookTarget(before);
  return oweAct({ ...layer, webhooks, formerIds }, by, {
    action: "webhook.rotated",
    target,
    detail: { keepOldForSeconds },
  });
};

/** The former URL of a webhook while it is accepted. */
export interface FormerUrl {
  /** Until when (ms). */
  readonly until: number;
  /** When a delivery last used the former URL (ms); null: none has since the rotation. */
  readonly lastDeliveryAt: number | null;
}

/**
 * A webhook's former URLs at a moment: of several, the last end and the last use. Null: only the present URL is
 * accepted.
 */
export const formerUrl = (layer: Pick<Layer, "formerIds">, ref: string, now: number): FormerUrl | null => {
  const standing = (layer.formerIds ?? []).filter((former) => former.ref === ref && former.until >= now);
  if (standing.length === 0) return null;
  const seen = standing.flatMap(({ seenAt }) => (seenAt === undefined ? [] : [seenAt]));
  return {
    until: Math.max(...standing.map(({ until }) => until)),
    lastDeliveryAt: seen.length === 0 ? null : Math.max(...seen),
  };
};
