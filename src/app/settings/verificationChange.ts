import { defined } from "../../core/defined.ts";
import type { VerificationChange } from "../../core/webhook/verification.ts";

/** How senders are verified, as a person gives it: the secrets in plain text, or left out. */
export type VerificationInput = VerificationChange["settings"] & {
  /** Absent: the stored secret stays. */
  readonly secret?: string | undefined;
  /** Null: no other secret is accepted. */
  readonly previousSecret?: string | null | undefined;
};

/** The change that a person asks for, with its secrets sealed. */
export const verificationChange = (
  seal: (text: string) => string,
  { secret, previousSecret, ...settings }: VerificationInput,
): VerificationChange => ({
  settings,
  ...defined({
    secret: secret === undefined ? undefined : seal(secret),
    previousSecret: previousSecret == null ? previousSecret : seal(previousSecret),
  }),
});
