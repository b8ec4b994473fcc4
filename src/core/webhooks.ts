import {
  type AuditFields,
  audits,
  type ChangeBy,
  defaultEnabled,
  type Layer,
  layerTarget,
  type Webhook,
} from "./layer.ts";

const webhookTarget = ({ ref, name }: Pick<Webhook, "ref" | "name">) => ({ type: "webhook", id: ref, name });

/** Adds a webhook; the first one switches the default off in the same write. */
export const addWebhook = (layer: Layer, webhook: Webhook, by: ChangeBy): Layer => {
  const switched: AuditFields[] = defaultEnabled(layer)
    ? [{ action: "default_webhook.disabled", target: layerTarget(layer), detail: { webhook: webhook.ref } }]
    : [];
  const owed = audits(layer, by, [
    { action: "webhook.created", target: webhookTarget(webhook), detail: {} },
    ...switched,
  ]);
  return {
    ...layer,
    webhooks: [...layer.webhooks, webhook],
    deletedWebhooks: layer.deletedWebhooks.filter(({ id }) => id !== webhook.id),
    owed: [...layer.owed, ...owed],
  };
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

/** Deletes a webhook and remembers it for a while; the last one switches the default on in the same write. */
export const deleteWebhook = (layer: Layer, ref: string, by: ChangeBy, remembered: number): Layer => {
  const gone = layer.webhooks.find((webhook) => webhook.ref === ref);
  if (gone === undefined) return layer;
  const next: Layer = {
    ...layer,
    webhooks: layer.webhooks.filter((webhook) => webhook.ref !== ref),
    deletedWebhooks: [
      ...layer.deletedWebhooks,
      { id: gone.id, ref: gone.ref, name: gone.name, deletedAt: by.now },
    ].slice(-remembered),
  };
  const switched: AuditFields[] = defaultEnabled(next)
    ? [{ action: "default_webhook.enabled", target: layerTarget(layer), detail: { webhook: ref } }]
    : [];
  const owed = audits(layer, by, [{ action: "webhook.deleted", target: webhookTarget(gone), detail: {} }, ...switched]);
  return { ...next, owed: [...next.owed, ...owed] };
};
