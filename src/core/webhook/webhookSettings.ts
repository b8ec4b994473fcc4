import { defined } from "../defined.ts";
import { type ChangeBy, type Layer, oweAct, type Webhook, webhookSchema, webhookTarget } from "../layer/layer.ts";
import { WEBHOOK_SETTINGS_BYTES } from "../limits.ts";
import { type EventCondition, storeCondition } from "./eventFilter.ts";
import { keepRestorable, SETTINGS, settingsBytes } from "./restorable.ts";
import { changeVerification, type VerificationChange } from "./verification.ts";
import { renameWebhook } from "./webhooks.ts";

/** The settings of one webhook that a person gives; absent settings stay unchanged. */
export interface WebhookChange {
  readonly name?: string;
  /** Null: the secret in the URL becomes the only proof. */
  readonly verification?: VerificationChange | null;
  readonly only?: readonly EventCondition[];
  readonly strict?: boolean;
  readonly keepRequests?: boolean;
}

/** The webhook after a change; null if its verification would have no secret. */
export const changedWebhook = (webhook: Webhook, { name, ...change }: WebhookChange, now: number): Webhook | null => {
  const { verification: before, ...rest } = webhook;
  const verification =
    change.verification === undefined
      ? before
      : change.verification === null
        ? undefined
        : changeVerification(before, change.verification, now);
  if (verification === null) return null;
  // The schema puts the fields in a fixed order, because `sameWebhook` compares texts.
  return webhookSchema.parse({
    ...rest,
    ...defined({
      name,
      verification,
      only: change.only?.map(storeCondition),
      strict: change.strict,
      keepRequests: change.keepRequests,
    }),
  });
};

/** Whether two webhooks are the same. Both must come from their schema. */
export const sameWebhook = (one: Webhook, other: Webhook): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether the settings of all the layer's webhooks fit the document together with this one. */
export const settingsFit = (layer: Pick<Layer, "webhooks">, webhook: Webhook): boolean => {
  const webhooks = [...layer.webhooks.filter(({ ref }) => ref !== webhook.ref), webhook];
  return webhooks.reduce((sum, one) => sum + settingsBytes(one), 0) <= WEBHOOK_SETTINGS_BYTES;
};

/**
 * Replaces the webhook of the same `ref`. The audit entry names the changed fields, and never shows values of a
 * verification.
 */
export const replaceWebhook = (layer: Layer, next: Webhook, by: ChangeBy): Layer => {
  const before = layer.webhooks.find(({ ref }) => ref === next.ref);
  if (before === undefined) return layer;
  const fields = SETTINGS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(next[field]));
  if (fields.length === 0) return renameWebhook(layer, next.ref, next.name, by);
  const webhooks = layer.webhooks.map((webhook) => (webhook.ref === next.ref ? next : webhook));
  const names = before.name === next.name ? {} : { before: { name: before.name }, after: { name: next.name } };
  const target = webhookTarget(next);
  return oweAct(keepRestorable({ ...layer, webhooks }, by.now), by, {
    action: "webhook.updated",
    target,
    detail: { ...names, fields },
  });
};
