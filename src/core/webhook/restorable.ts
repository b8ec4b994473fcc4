import { utf8Bytes } from "../bytes.ts";
import {
  type AuditFields,
  audits,
  type ChangeBy,
  type DeletedWebhook,
  defaultEnabled,
  type Layer,
  layerTarget,
  type Webhook,
  webhookSchema,
  webhookTarget,
} from "../layer/layer.ts";
import { RESTORABLE_WEBHOOKS, WEBHOOK_SETTINGS_BYTES } from "../limits.ts";
import { DELETED_GONE } from "./authenticate.ts";

/** The settings of a webhook besides its name. */
export const SETTINGS = ["verification", "only", "strict"] as const satisfies (keyof Webhook)[];

/** How much a webhook's settings add to the document, in bytes of JSON. */
export const settingsBytes = (webhook: Pick<Webhook, (typeof SETTINGS)[number]>): number =>
  SETTINGS.map((field) => (webhook[field] === undefined ? "" : `,"${field}":${JSON.stringify(webhook[field])}`))
    .map(utf8Bytes)
    .reduce((sum, bytes) => sum + bytes, 0);

/** Whether a deleted webhook can be restored: within a day, which is as long as its senders get 401 and not 410. */
export const isRestorable = (
  gone: DeletedWebhook,
  now: number,
): gone is DeletedWebhook & { readonly restorable: NonNullable<DeletedWebhook["restorable"]> } =>
  gone.restorable !== undefined && now - gone.deletedAt <= DELETED_GONE;

/**
 * Keeps the settings of the newest deleted webhooks, as far as the present webhooks leave room for them. The ids are
 * kept in any case: only the option to restore is dropped, and senders still get 410.
 */
export const keepRestorable = (layer: Layer, now: number): Layer => {
  let bytes = layer.webhooks.reduce((sum, webhook) => sum + settingsBytes(webhook), 0);
  let kept = 0;
  const keep = (gone: DeletedWebhook): DeletedWebhook => {
    if (gone.restorable === undefined) return gone;
    const more = settingsBytes(gone.restorable);
    if (isRestorable(gone, now) && kept < RESTORABLE_WEBHOOKS && bytes + more <= WEBHOOK_SETTINGS_BYTES) {
      bytes += more;
      kept += 1;
      return gone;
    }
    const { restorable: _dropped, ...rest } = gone;
    return rest;
  };
  return { ...layer, deletedWebhooks: layer.deletedWebhooks.toReversed().map(keep).toReversed() };
};

/** A deleted webhook as it was; null if its settings are no longer kept. */
export const restored = ({ id, ref, name, restorable }: DeletedWebhook): Webhook | null =>
  restorable === undefined ? null : webhookSchema.parse({ ...restorable, id, ref, name });

/**
 * Restores a deleted webhook under its own id. If it is the only one, the same write disables the default webhook
 * again.
 */
export const restoreWebhook = (layer: Layer, webhook: Webhook, by: ChangeBy): Layer => {
  const target = webhookTarget(webhook);
  const switched: AuditFields[] = defaultEnabled(layer)
    ? [{ action: "default_webhook.disabled", target: layerTarget(layer), detail: { webhook: webhook.ref } }]
    : [];
  const owed = audits(layer, by, [{ action: "webhook.restored", target, detail: {} }, ...switched]);
  return {
    ...layer,
    webhooks: [...layer.webhooks, webhook],
    deletedWebhooks: layer.deletedWebhooks.filter(({ ref }) => ref !== webhook.ref),
    owed: [...layer.owed, ...owed],
  };
};
