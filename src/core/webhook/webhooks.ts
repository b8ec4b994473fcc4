import { defined } from "../defined.ts";
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

/** Until when the default webhook stays accepted after the first webhook is added. */
export interface KeepDefault {
  /** In milliseconds since 1970. */
  readonly until: number;
  /** The same time as the audit log shows it. */
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
  const grace = first && keepDefault !== null ? keepDefault : null;
  const detail = { webhook: webhook.ref, ...defined({ keptUntil: grace?.shown }) };
  const defaultSwitch: AuditFields[] = first
    ? [{ action: "default_webhook.disabled", target: layerTarget(layer), detail }]
    : [];
  const owed = audits(layer, by, [
    { action: "webhook.created", target: webhookTarget(webhook), detail: {} },
    ...defaultSwitch,
  ]);
  const { defaultKept, ...rest } = layer;
  const added: Layer = {
    ...rest,
    ...(first ? {} : { ...(defaultKept && { defaultKept }) }),
    ...(grace === null ? {} : { defaultKept: { until: grace.until } }),
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
 * Deletes a webhook. The newest `remembered` deleted webhooks are remembered, and can be restored at first. Deleting the
 * last webhook enables the default webhook in the same write.
 */
export const deleteWebhook = (layer: Layer, ref: string, by: ChangeBy, remembered: number): Layer => {
  const webhook = layer.webhooks.find((webhook) => webhook.ref === ref);
  if (webhook === undefined) return layer;
  const { id, ref: _ref, name, ...restorable } = webhook;
  const without: Layer = {
    ...layer,
    webhooks: layer.webhooks.filter((webhook) => webhook.ref !== ref),
    deletedWebhooks: [...layer.deletedWebhooks, { id, ref, name, deletedAt: by.now, restorable }].slice(-remembered),
  };
  const { defaultKept: _ended, ...last } = without;
  const next = keepRestorable(without.webhooks.length === 0 ? last : without, by.now);
  const defaultSwitch: AuditFields[] = defaultEnabled(next)
    ? [{ action: "default_webhook.enabled", target: layerTarget(layer), detail: { webhook: ref } }]
    : [];
  const owed = audits(layer, by, [
    { action: "webhook.deleted", target: webhookTarget(webhook), detail: {} },
    ...defaultSwitch,
  ]);
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
  const otherIds = (layer.formerIds ?? []).filter(
    (former) => former.until >= by.now && (former.ref !== ref || keepOldForSeconds > 0),
  );
  const formerId = { id: before.id, ref, until: by.now + keepOldForSeconds * SECOND };
  const formerIds = keepOldForSeconds > 0 ? [...otherIds, formerId] : otherIds;
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
 * The former URLs of a webhook that are accepted now: the latest end and the latest use of them. Null: only the present
 * URL is accepted.
 */
export const formerUrl = (layer: Pick<Layer, "formerIds">, ref: string, now: number): FormerUrl | null => {
  const accepted = (layer.formerIds ?? []).filter((former) => former.ref === ref && former.until >= now);
  if (accepted.length === 0) return null;
  const uses = accepted.flatMap(({ seenAt }) => (seenAt === undefined ? [] : [seenAt]));
  return {
    until: Math.max(...accepted.map(({ until }) => until)),
    lastDeliveryAt: uses.length === 0 ? null : Math.max(...uses),
  };
};
