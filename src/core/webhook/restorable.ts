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

/** What a person sets on a webhook beside its name. */
export const SETTINGS = ["verification", "only", "strict"] as const satisfies (keyof Webhook)[];

/** How much a webhook's settings add to its document, in bytes of JSON. */
export const settingsBytes = (webhook: Pick<Webhook, (typeof SETTINGS)[number]>): number =>
  SETTINGS.map((field) => (webhook[field] === undefined ? "" : `,"${field}":${JSON.stringify(webhook[field])}`))
    .map(utf8Bytes)
    .reduce((sum, bytes) => sum + bytes, 0);

/** Whether a deleted webhook can be restored: within a day, which is as long as its senders are not told that it is gone. */
export const isRestorable = (
  gone: DeletedWebhook,
  now: number,
): gone is DeletedWebhook & { readonly restorable: NonNullable<DeletedWebhook["restorable"]> } =>
  gone.restorable !== undefined && now - gone.deletedAt <= DELETED_GONE;

/**
 * Keeps what restoring needs of the newest deleted webhooks, as far as the settings of those that stand leave room. The
 * ids are remembered all the same: what is dropped is the way back, not the answer to a sender.
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

/** A deleted webhook as it was; null if what it was is not kept any more. */
export const restored = ({ id, ref, name, restorable }: DeletedWebhook): Webhook | null =>
  restorable === undefined ? null : webhookSchema.parse({ ...restorable, id, ref, name });

/** Puts a deleted webhook back, under its own id; if it is the only one, the default is off again with the same write. */
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
