import type { Opener } from "../../app/stored/sealing.ts";
import type { VerificationRefusal } from "../../core/webhook/inspection.ts";
import { secretPart, type Verification } from "../../core/webhook/verification.ts";
import type { KeySets } from "../outgoing/keySets.ts";
import type { Claim } from "./arrived.ts";

/** What proofs are checked with: secrets, or keys in place of them. */
type Secrets =
  | {
      readonly kind: "secrets";
      /** The newest first; null: a secret that cannot be used. */
      readonly secrets: readonly (string | null)[];
      /** What was tried, in words. */
      readonly tried: string;
    }
  | VerificationRefusal;

/** For requests that are looked at without a network. */
export const NO_KEY_SETS: Pick<KeySets, "known"> = { known: () => ({ keys: null, isOld: true, mayFetch: false }) };

const unreadable = (cause: string): VerificationRefusal => ({
  kind: "refused",
  status: 401,
  code: "SECRET_UNREADABLE",
  cause,
});

const keysOf = (url: string, { keyId = null }: Claim, keySets: Pick<KeySets, "known">, now: number): Secrets => {
  const { keys: all, isOld, mayFetch } = keySets.known(url, now);
  const keys = (all ?? []).filter(({ id }) => keyId === null || id === null || id === keyId);
  const host = URL.parse(url)?.host ?? "the sender";
  if (all === null || (mayFetch && (isOld || keys.length === 0))) {
    const cause = `Layerhook could not fetch the sender's keys from ${host}. Send the delivery again.`;
    const more = mayFetch ? { keySet: url } : {};
    return { kind: "refused", status: 503, code: "KEYS_UNAVAILABLE", cause, ...more };
  }
  const tried = `Layerhook tried ${keys.length} of the ${all.length} keys that ${host} has`;
  return { kind: "secrets", secrets: keys.map(({ jwk }) => jwk), tried };
};

/** The secrets of a webhook, opened, or the keys of its sender's key set. A refusal: none can be used. */
export const secretsOf = (
  settings: Verification,
  claim: Claim,
  opener: Opener,
  keySets: Pick<KeySets, "known">,
  now: number,
): Secrets => {
  const { scheme, jwksUrl } = settings;
  if (jwksUrl !== undefined) return keysOf(jwksUrl, claim, keySets, now);
  const opened = settings.secrets.slice(0, 2).map((sealed) => opener.open(sealed));
  // Earlier releases stored blank secrets, which prove nothing.
  const secrets = opened.map((secret) => (secret === null || secretPart(scheme, secret) === "" ? null : secret));
  const usable = secrets.filter((secret) => secret !== null).length;
  const tried =
    usable > 1
      ? "Layerhook tried both secrets, the current and the previous one"
      : "Layerhook tried the webhook's one secret";
  if (usable > 0) return { kind: "secrets", secrets, tried };
  return unreadable(
    opened.some((secret) => secret !== null)
      ? "The webhook's secret is blank, so it cannot verify anyone. Set a new secret."
      : "The webhook's secret was encrypted with a key that Layerhook no longer has. Enter the secret again.",
  );
};
