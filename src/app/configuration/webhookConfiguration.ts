import { defined } from "../../core/defined.ts";
import type { Webhook } from "../../core/layer/layer.ts";
import { WEBHOOK_SETTINGS_BYTES } from "../../core/limits.ts";
import type { EventCondition } from "../../core/webhook/eventFilter.ts";
import { SETTINGS } from "../../core/webhook/restorable.ts";
import { previousSecretUntil, type Verification } from "../../core/webhook/verification.ts";
import { changedWebhook, type WebhookChange } from "../../core/webhook/webhookSettings.ts";
import { type VerificationInput, verificationChange } from "../settings/verificationChange.ts";
import type { Opener } from "../stored/sealing.ts";

/** A webhook's settings as a configuration document has them; what is absent stays as it is. */
export interface WebhookSettingsConfiguration {
  readonly verification?: VerificationInput | null | undefined;
  readonly only?: readonly EventCondition[] | undefined;
  readonly strict?: boolean | undefined;
}

/** A credential as an export has it: undefined for the empty text, which stands for one that is kept back or cannot be opened. */
export const readable = (text: string): string | undefined => (text === "" ? undefined : text);

const verificationOf = (verification: Verification, now: number): VerificationInput => {
  const { secrets: all, secretSetAt: _secretSetAt, previousSetAt: _previousSetAt, ...settings } = verification;
  const until = previousSecretUntil(verification);
  const secrets = until !== null && until <= now ? all.slice(0, 1) : all;
  const [secret, previousSecret] = secrets.map(readable);
  // Without the newer one the former would be taken for it.
  if (secret === undefined) return settings;
  return defined({ ...settings, secret, previousSecret: secrets.length === 1 ? null : previousSecret });
};

/** What an export says of a webhook whose secrets are opened. A previous secret that has expired at `now` (ms) is left out. */
export const exportedSettings = (
  { verification, only = [], strict = false }: Webhook,
  now: number,
): WebhookSettingsConfiguration => ({
  verification: verification === undefined ? null : verificationOf(verification, now),
  only,
  strict,
});

/**
 * The change that makes a webhook's settings those of a document. A secret that stands is found again by its text: sealed
 * anew, it would count as a rotation. For a new webhook `standing` is undefined.
 */
export const settingsChange = (
  { verification, only, strict }: WebhookSettingsConfiguration,
  standing: Webhook | undefined,
  { open }: Opener,
  seal: (text: string) => string,
): WebhookChange => {
  const sealed = (text: string): string =>
    standing?.verification?.secrets.find((secret) => open(secret) === text) ?? seal(text);
  return {
    ...defined({ verification: verification && verificationChange(sealed, verification) }),
    // What an export says of a webhook that never had it must not count as a change.
    ...(only === undefined || (only.length === 0 && standing?.only === undefined) ? {} : { only: [...only] }),
    ...(strict === undefined || (!strict && standing?.strict === undefined) ? {} : { strict }),
  };
};

/** The webhook as it will be; a new one as far as its settings go. Null: it would have no secret to verify by. */
export const plannedWebhook = (
  standing: Webhook | undefined,
  change: WebhookChange,
  placeholder: string,
  now: number,
): Webhook | null => {
  const nobody = { id: "", name: "", email: "" };
  const fresh = { id: placeholder, ref: placeholder, name: "", createdAt: now, createdBy: nobody };
  return changedWebhook(standing ?? fresh, change, now);
};

const FIELDS = ["name", ...SETTINGS] as const;

/** Which of its fields differ. */
export const differingFields = (before: Webhook, after: Webhook): string[] =>
  FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));

export const SECRET_NEEDED = "is needed: no secret of this scheme stands here, so senders could not be verified";
export const SETTINGS_TOO_LONG = `the settings of all webhooks of a data layer may have ${WEBHOOK_SETTINGS_BYTES} bytes`;
