import { type ChangeBy, type Layer, oweAct, type Webhook, webhookSchema, webhookTarget } from "../layer/layer.ts";
import { WEBHOOK_SETTINGS_BYTES } from "../limits.ts";
import type { EventCondition } from "./eventFilter.ts";
import { keepRestorable, SETTINGS, settingsBytes } from "./restorable.ts";
import { changeVerification, type VerificationChange } from "./verification.ts";
import { renameWebhook } from "./webhooks.ts";

/** What a person asks of one webhook; what is absent stays as it is. */
export interface WebhookChange {
  readonly name?: string;
  /** Null: the secret in its URL is to be the only proof. */
  readonly verification?: VerificationChange | null;
  readonly only?: EventCondition[];
  readonly strict?: boolean;
}

/** The webhook after a change; null if it would be verified by a secret that it does not have. */
export const changedWebhook = (webhook: Webhook, { name, ...change }: WebhookChange, now: number): Webhook | null => {
  const { verification: before, ...rest } = webhook;
  const verification =
    change.verification === undefined
      ? before
      : change.verification === null
        ? undefined
        : changeVerification(before, change.verification, now);
  if (verification === null) return null;
  // Through its schema, so that two equal ones are equal as texts too.
  return webhookSchema.parse({
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(verification === undefined ? {} : { verification }),
    ...(change.only === undefined ? {} : { only: change.only }),
    ...(change.strict === undefined ? {} : { strict: change.strict }),
  });
};

/** Whether two webhooks, both read or changed through their schema, are the same. */
export const sameWebhook = (one: Webhook, other: Webhook): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether the settings of a layer's webhooks fit its document, with this one among them. */
export const settingsFit = (layer: Pick<Layer, "webhooks">, webhook: Webhook): boolean => {
  const all = [...layer.webhooks.filter(({ ref }) => ref !== webhook.ref), webhook];
  return all.reduce((sum, one) => sum + settingsBytes(one), 0) <= WEBHOOK_SETTINGS_BYTES;
};

/**
 * Puts a changed webhook in the place of the one of its ref. The audit entry names what changed; of a verification, that
 * it did and never to what.
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
