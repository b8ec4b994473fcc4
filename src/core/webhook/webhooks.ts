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

/** For how long at the most the default webhook may be accepted beside the first one that is added. */
export const KEEP_DEFAULT_AT_MOST = 7 * DAY;

/** How long the default webhook stays accepted when the first webhook is added. */
export interface KeepDefault {
  readonly until: number;
  /** The same, as the audit log shows it. */
  readonly shown: string;
}

/**
 * Adds a webhook; the first one switches the default off in the same write, which may leave it accepted until a time. Ids
 * and former ids of others that have the same name are forgotten.
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

/** Deletes a webhook and remembers it for a while, at first so that it can be restored; the last one switches the default on in the same write. */
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
 * Gives a webhook a new id, and so a new URL; the one before is accepted for `keepOldForSeconds` more. A second rotation
 * takes nothing from the first, so that whoever clicks twice cuts off no sender; keeping the old one for no time drops
 * all former ones too: that is what a leak needs. Null: so many former ids are still accepted that there is no room.
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

/** The URL that a webhook had before, as far as it is still accepted. */
export interface FormerUrl {
  /** Until when (ms). */
  readonly until: number;
  /** When a delivery last came by it (ms); null: none has, since the rotation. */
  readonly lastDeliveryAt: number | null;
}

/** A webhook's former URL at a moment; of several the last end and the last use. Null: only its present one is accepted. */
export const formerUrl = (layer: Pick<Layer, "formerIds">, ref: string, now: number): FormerUrl | null => {
  const standing = (layer.formerIds ?? []).filter((former) => former.ref === ref && former.until >= now);
  if (standing.length === 0) return null;
  const seen = standing.flatMap(({ seenAt }) => (seenAt === undefined ? [] : [seenAt]));
  return {
    until: Math.max(...standing.map(({ until }) => until)),
    lastDeliveryAt: seen.length === 0 ? null : Math.max(...seen),
  };
};
