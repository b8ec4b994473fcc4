import type { z } from "@hono/zod-openapi";
import { isoTime } from "../../../app/time.ts";
import type { verificationViewSchema } from "../../../contract/resources/verificationSchemas.ts";
import { SECOND } from "../../../core/durations.ts";
import { previousSecretUntil, TIMED, TOLERANCE, type Verification } from "../../../core/webhook/verification.ts";

/** A verification as it is shown at `now` (ms): without its secrets. */
export const verificationView = (verification: Verification, now: number): z.input<typeof verificationViewSchema> => {
  const { scheme, secrets, secretSetAt, toleranceSeconds, timestamp } = verification;
  const { header, bodyPath, algorithm, encoding, prefix, keyEncoding, signs, claims, bodyHash, jwksUrl } = verification;
  const until = previousSecretUntil(verification);
  const accepted = until !== null && until > now ? until : null;
  const optional = Object.entries({
    header,
    bodyPath,
    algorithm,
    encoding,
    prefix,
    timestamp,
    keyEncoding,
    signs,
    claims,
    bodyHash,
    jwksUrl,
  });
  return {
    scheme,
    secrets: accepted === null ? Math.min(secrets.length, 1) : 2,
    secretSetAt: isoTime(secretSetAt),
    previousSecretExpiresAt: accepted === null ? null : isoTime(accepted),
    toleranceSeconds: TIMED.has(scheme) || timestamp !== undefined ? (toleranceSeconds ?? TOLERANCE / SECOND) : null,
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined)),
  };
};
