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
import { GONE_AFTER } from "./authenticate.ts";

/** The settings of a webhook besides its name. */
export const SETTINGS = ["verification", "only", "strict", "keepRequests"] as const satisfies (keyof Webhook)[];

/** The bytes of JSON that a webhook's settings add to the document. */
export const settingsBytes = (webhook: Pick<Webhook, (typeof SETTINGS)[number]>): number =>
  SETTINGS.map((field) => (webhook[field] === undefined ? "" : `,"${field}":${JSON.stringify(webhook[field])}`))
    .map(utf8Bytes)
    .reduce((sum, bytes) => sum + bytes, 0);

/** Whether a deleted webhook can be restored: for a day, in which its senders get 401 and not yet 410. */
export const isRestorable = (
  webhook: DeletedWebhook,
  now: number,
): webhook is DeletedWebhook & { readonly restorable: NonNullable<DeletedWebhook["restorable"]> } =>
  webhook.restorable !== undefined && now - webhook.deletedAt <= GONE_AFTER;

/**
 * Keeps the settings of the newest deleted webhooks, as far as the settings of the present ones leave room. Without its
 * settings a webhook cannot be restored, but its id is kept in any case, so that its senders still get 410.
 */
export const keepRestorable = (layer: Layer, now: number): Layer => {
  let bytes = layer.webhooks.reduce((sum, webhook) => sum + settingsBytes(webhook), 0);
  let count = 0;
  const keep = (webhook: DeletedWebhook): DeletedWebhook => {
    if (webhook.restorable === undefined) return webhook;
    const size = settingsBytes(webhook.restorable);
    if (isRestorable(webhook, now) && count < RESTORABLE_WEBHOOKS && bytes + size <= WEBHOOK_SETTINGS_BYTES) {
      bytes += size;
      count += 1;
      return webhook;
    }
    const { restorable: _dropped, ...rest } = webhook;
    return rest;
  };
  return { ...layer, deletedWebhooks: layer.deletedWebhooks.toReversed().map(keep).toReversed() };
};

/** A deleted webhook as it was before its deletion; null if its settings are no longer kept. */
export const webhookBefore = ({ id, ref, name, restorable }: DeletedWebhook): Webhook | null =>
  restorable === undefined ? null : webhookSchema.parse({ ...restorable, id, ref, name });

/**
 * Restores a deleted webhook under its own id. If it is the only one, the same write disables the default webhook
 * again.
 */
export const restoreWebhook = (layer: Layer, webhook: Webhook, by: ChangeBy): Layer => {
  const target = webhookTarget(webhook);
  const defaultSwitch: AuditFields[] = defaultEnabled(layer)
    ? [{ action: "default_webhook.disabled", target: layerTarget(layer), detail: { webhook: webhook.ref } }]
    : [];
  const owed = audits(layer, by, [{ action: "webhook.restored", target, detail: {} }, ...defaultSwitch]);
  return {
    ...layer,
    webhooks: [...layer.webhooks, webhook],
    deletedWebhooks: layer.deletedWebhooks.filter(({ ref }) => ref !== webhook.ref),
    owed: [...layer.owed, ...owed],
  };
};
