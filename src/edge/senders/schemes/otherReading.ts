import type { Verification } from "../../../core/webhook/verification.ts";
import type { Arrived } from "../arrived.ts";

/** For a longer body no other reading is looked for, because each costs a signature of it (bytes). */
const BODY_BYTES = 32 * 1024;

/** Another way to read a secret or a proof. `says` completes "It would match if". */
interface Reading {
  readonly settings: Verification;
  readonly secret: string;
  readonly says: readonly string[];
}

type Change = Partial<Pick<Verification, "algorithm" | "encoding" | "keyEncoding" | "signs">>;
type Choice = readonly [says: string, change: Change];

const hashes: readonly Choice[] = ["sha1", "sha256", "sha384", "sha512"].map((algorithm) => [
  `the algorithm were ${algorithm}`,
  { algorithm },
]);
const encodings: readonly Choice[] = ["hex", "base64", "base64url"].map((encoding) => [
  `the signature were read as ${encoding}`,
  { encoding },
]);
const keys: readonly Choice[] = ["text", "base64", "hex"].map((keyEncoding) => [
  `the key were read as ${keyEncoding}`,
  { keyEncoding },
]);
const signed = ({ timestamp }: Verification): readonly Choice[] =>
  (timestamp === undefined
    ? ["{body}"]
    : ["{body}", "{timestamp}.{body}", "{timestamp}{body}", "{body}{timestamp}"]
  ).map((signs) => [`${signs} were what is signed`, { signs }]);

/** How the body of a vendor's delivery is signed, in the settings of a generic HMAC. */
const vendors: Readonly<Record<string, Pick<Verification, "header" | "prefix" | "algorithm" | "encoding">>> = {
  storyblok: { header: "webhook-signature", algorithm: "sha1", encoding: "hex" },
  shopify: { header: "x-shopify-hmac-sha256", algorithm: "sha256", encoding: "base64" },
  "kontent-ai": { header: "x-kontent-ai-signature", algorithm: "sha256", encoding: "base64" },
  github: { header: "x-hub-signature-256", prefix: "sha256=", algorithm: "sha256", encoding: "hex" },
};

/** The settings with one choice each, where they differ from those that were tried. */
const choose = ({ settings, secret, says }: Reading, choices: readonly Choice[]): Reading[] => [
  { settings, secret, says },
  ...choices
    .filter(([, change]) => JSON.stringify({ ...settings, ...change }) !== JSON.stringify(settings))
    .map(([words, change]) => ({ settings: { ...settings, ...change }, secret, says: [...says, words] })),
];

const ofHmac = (settings: Verification, secret: string): Reading[] => {
  const { algorithm = "sha256", encoding = "hex", keyEncoding = "text" } = settings;
  const asIs: Reading = { settings: { ...settings, algorithm, encoding, keyEncoding }, secret, says: [] };
  const bare = secret.replace(/^whsec_/, "");
  const starts = bare === secret ? [asIs] : [asIs, { ...asIs, secret: bare, says: ["the key had no whsec_"] }];
  return [keys, hashes, encodings, signed(settings)].reduce(
    (readings, choices) => readings.flatMap((reading) => choose(reading, choices)),
    starts,
  );
};

const ofPublicKey = (settings: Verification, secret: string): Reading[] => {
  const { algorithm = "sha256", encoding = "base64" } = settings;
  const asIs: Reading = { settings: { ...settings, algorithm, encoding }, secret, says: [] };
  return [hashes, encodings, signed(settings)].reduce(
    (readings, choices) => readings.flatMap((reading) => choose(reading, choices)),
    [asIs],
  );
};

const ofToken = (settings: Verification, secret: string): Reading[] => {
  const { algorithm = "HS256", keyEncoding = "text" } = settings;
  const asIs: Reading = { settings: { ...settings, algorithm, keyEncoding }, secret, says: [] };
  return algorithm.startsWith("HS") ? choose(asIs, keys) : [];
};

const ofStandardWebhooks = (settings: Verification, secret: string): Reading[] => {
  const prefix = settings.scheme === "svix" ? "svix" : "webhook";
  const asText: Verification = {
    ...settings,
    scheme: "hmac",
    header: `${prefix}-signature`,
    prefix: "v1,",
    encoding: "base64",
    timestamp: { header: `${prefix}-timestamp`, unit: "seconds", separator: "." },
    signs: `{header:${prefix}-id}.{timestamp}.{body}`,
  };
  return [{ settings: asText, secret, says: ["the key were read as text"] }];
};

const ofHeader = (settings: Verification, secret: string): Reading[] => {
  const [, word, rest] = /^(Bearer|Basic|Token|ApiKey) +(.+)$/i.exec(secret) ?? [];
  if (rest !== undefined) return [{ settings, secret: rest, says: [`the secret had no ${word} before it`] }];
  return ["Bearer", "Basic", "Token"].map((added) => ({
    settings,
    secret: `${added} ${secret}`,
    says: [`the secret had ${added} and a space before it`],
  }));
};

const readers: Readonly<Record<string, (settings: Verification, secret: string) => Reading[]>> = {
  hmac: ofHmac,
  rsa: ofPublicKey,
  ecdsa: ofPublicKey,
  ed25519: ofPublicKey,
  jwt: ofToken,
  "header-secret": ofHeader,
  "standard-webhooks": ofStandardWebhooks,
  svix: ofStandardWebhooks,
};

const readingsOf = (settings: Verification, secret: string): Reading[] => {
  const { scheme } = settings;
  const vendor = Object.hasOwn(vendors, scheme) ? vendors[scheme] : undefined;
  if (vendor !== undefined)
    return choose({ settings: { ...settings, ...vendor, scheme: "hmac" }, secret, says: [] }, keys);
  return Object.hasOwn(readers, scheme) ? (readers[scheme]?.(settings, secret) ?? []) : [];
};

/**
 * Says for an admin by which other settings a refused proof would be right; null: by none that is known. `proves` judges
 * one reading. At most two settings are changed at once, so the work is bounded.
 */
export const otherReading = (
  { body }: Pick<Arrived, "body">,
  settings: Verification,
  secrets: readonly string[],
  proves: (settings: Verification, secret: string) => boolean,
): string | null => {
  if (body === null || body.length > BODY_BYTES) return null;
  const found = secrets
    .flatMap((secret) => readingsOf(settings, secret))
    .filter(({ says }) => says.length === 1 || says.length === 2)
    .sort((one, other) => one.says.length - other.says.length)
    .find((reading) => proves(reading.settings, reading.secret));
  return found === undefined ? null : `It would match if ${found.says.join(", and if ")}.`;
};
