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
} from "../layer/layer.ts";

/** A deleted webhook as it was; null if what it was is not kept any more. */
export const restored = ({ id, ref, name, restorable }: DeletedWebhook): Webhook | null =>
  restorable === undefined ? null : webhookSchema.parse({ ...restorable, id, ref, name });

/** Puts a deleted webhook back, under its own id; if it is the only one, the default is off again with the same write. */
export const restoreWebhook = (layer: Layer, webhook: Webhook, by: ChangeBy): Layer => {
  const target = { type: "webhook", id: webhook.ref, name: webhook.name };
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
