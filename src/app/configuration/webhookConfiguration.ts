import { defined } from "../../core/defined.ts";
import type { Webhook } from "../../core/layer/layer.ts";
import { WEBHOOK_SETTINGS_BYTES } from "../../core/limits.ts";
import { type EventCondition, readCondition } from "../../core/webhook/eventFilter.ts";
import { SETTINGS } from "../../core/webhook/restorable.ts";
import { previousSecretUntil, type Verification } from "../../core/webhook/verification.ts";
import { changedWebhook, type WebhookChange } from "../../core/webhook/webhookSettings.ts";
import { type VerificationInput, verificationChange } from "../settings/verificationChange.ts";
import type { Opener } from "../stored/sealing.ts";

/** A webhook's settings in a configuration document; absent settings stay as they are. */
export interface WebhookSettingsConfiguration {
  readonly verification?: VerificationInput | null | undefined;
  readonly only?: readonly EventCondition[] | undefined;
  readonly strict?: boolean | undefined;
  readonly keepRequests?: boolean | undefined;
}

/**
 * A credential for an export; undefined for the empty text, which stands for a credential that is withheld or cannot be
 * opened.
 */
export const readable = (text: string): string | undefined => (text === "" ? undefined : text);

const verificationOf = (verification: Verification, now: number): VerificationInput => {
  const { secrets: all, secretSetAt: _secretSetAt, previousSetAt: _previousSetAt, ...settings } = verification;
  const until = previousSecretUntil(verification);
  const secrets = until !== null && until <= now ? all.slice(0, 1) : all;
  const [secret, previousSecret] = secrets.map(readable);
  // The former secret is left out without the newest one, which an import would take it for.
  if (secret === undefined) return settings;
  return defined({ ...settings, secret, previousSecret: secrets.length === 1 ? null : previousSecret });
};

/**
 * The settings of a webhook for an export, with opened secrets. A former secret that has expired at `now` (ms) is left
 * out. `keepRequests` is named only where it was set, because the release before refuses a field that it does not know.
 */
export const exportedSettings = (
  { verification, only = [], strict = false, keepRequests }: Webhook,
  now: number,
): WebhookSettingsConfiguration => ({
  verification: verification === undefined ? null : verificationOf(verification, now),
  only: only.map(readCondition),
  strict,
  ...defined({ keepRequests }),
});

/**
 * The change from a webhook's current settings to those of a document. A stored secret is recognised by its plain text,
 * because sealing it again would count as a rotation. For a new webhook `current` is undefined.
 */
export const settingsChange = (
  { verification, only, strict, keepRequests }: WebhookSettingsConfiguration,
  current: Webhook | undefined,
  { open }: Opener,
  seal: (text: string) => string,
): WebhookChange => {
  const sealed = (text: string): string =>
    current?.verification?.secrets.find((secret) => open(secret) === text) ?? seal(text);
  // An export shows these also for a webhook that never had them, which must not count as a change.
  const keepsOnly = only?.length === 0 && current?.only === undefined;
  const keepsStrict = strict === false && current?.strict === undefined;
  const keepsRequests = keepRequests === true && current?.keepRequests === undefined;
  return defined({
    verification: verification && verificationChange(sealed, verification),
    only: only === undefined || keepsOnly ? undefined : only,
    strict: keepsStrict ? undefined : strict,
    keepRequests: keepsRequests ? undefined : keepRequests,
  });
};

/** The webhook after the change; of a new one, only its settings. Null: its verification would have no secret. */
export const plannedWebhook = (
  current: Webhook | undefined,
  change: WebhookChange,
  placeholder: string,
  now: number,
): Webhook | null => {
  const nobody = { id: "", name: "", email: "" };
  const fresh = { id: placeholder, ref: placeholder, name: "", createdAt: now, createdBy: nobody };
  return changedWebhook(current ?? fresh, change, now);
};

const FIELDS = ["name", ...SETTINGS] as const;

/** The names of the fields that differ. */
export const differingFields = (before: Webhook, after: Webhook): string[] =>
  FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));

export const SECRET_NEEDED =
  "is required, because the webhook has no secret for this scheme and algorithm, so Layerhook could not verify senders";
export const SETTINGS_TOO_LONG = `the settings of all webhooks of a data layer may have at most ${WEBHOOK_SETTINGS_BYTES} bytes together`;
