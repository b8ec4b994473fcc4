import { defined } from "../../core/defined.ts";
import type { VerificationChange } from "../../core/webhook/verification.ts";

/** A verification as a person gives it, with its secrets in plain text. */
export type VerificationInput = VerificationChange["settings"] & {
  /** Absent: the stored secret stays. */
  readonly secret?: string | undefined;
  /** Null: no other secret is accepted. */
  readonly previousSecret?: string | null | undefined;
};

/** Seals the secrets of a verification that a person gives. */
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
