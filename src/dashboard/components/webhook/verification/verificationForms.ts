import { isScheme, type Scheme } from "./schemeTitles.ts";

/** A setting of a scheme, by its path in the API's input. */
export interface Setting {
  readonly path: string;
  readonly label: string;
  readonly hint?: string;
  /** What the API takes for a setting that is left out; shown in its field. */
  readonly initial?: string;
  /** The values to choose from. */
  readonly options?: readonly string[];
  readonly range?: readonly [least: number, most: number];
  readonly required?: true;
  readonly placeholder?: string;
  readonly lines?: true;
  /** An empty text is a value of its own. */
  readonly keepsEmpty?: true;
}

interface SchemeForm {
  /** What proves the sender: a secret that both sides have, the sender's public key, or one of both. */
  readonly key: "secret" | "public-key" | "either";
  readonly secretHint?: string;
  readonly settings: readonly Setting[];
}

const HASHES = ["sha1", "sha256", "sha384", "sha512"];
const ENCODINGS = ["hex", "base64", "base64url"];
const TOKEN_ALGORITHMS = [
  ...["HS256", "HS384", "HS512", "RS256", "RS384", "RS512"],
  ...["PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"],
];

const choice = (path: string, label: string, values: readonly string[], initial: string): Setting => ({
  path,
  label,
  initial,
  options: values,
});

const tolerance: Setting = {
  path: "toleranceSeconds",
  label: "Tolerance (seconds)",
  hint: "How far the sender's clock may differ from the time here, in both directions.",
  placeholder: "300",
  range: [10, 86_400],
};
const header = (placeholder: string, initial?: string): Setting => ({
  path: "header",
  label: "Header",
  placeholder,
  ...(initial === undefined ? { required: true } : { initial }),
});
const algorithm = choice("algorithm", "Hash", HASHES, "sha256");
const encoding = (initial: string): Setting => choice("encoding", "Encoding of the signature", ENCODINGS, initial);
const keyEncoding = choice("keyEncoding", "Encoding of the secret", ["text", "base64", "hex"], "text");

/** Where a signature is, and what it covers. */
const signature: readonly Setting[] = [
  header("x-signature"),
  {
    path: "prefix",
    label: "Text before the signature",
    placeholder: "sha256=",
    initial: "",
    keepsEmpty: true,
    hint: "The header may hold several signatures, separated by commas or spaces.",
  },
  {
    path: "timestamp.header",
    label: "Header of the timestamp",
    hint: "Leave empty if the sender signs no timestamp.",
    placeholder: "x-timestamp",
  },
  choice("timestamp.unit", "Unit of the timestamp", ["seconds", "milliseconds"], "seconds"),
  {
    path: "timestamp.separator",
    label: "Text between timestamp and body",
    initial: ".",
    keepsEmpty: true,
    hint: "Write a line break as \\n.",
  },
  {
    path: "timestamp.name",
    label: "Name of the timestamp in its header",
    placeholder: "t",
    hint: "For a header of several parts, such as t=1780000000,v1=… Leave empty if the header holds only the timestamp.",
  },
  {
    path: "signs",
    label: "What is signed",
    lines: true,
    placeholder: "{timestamp}.{body}",
    hint: "The parts {method}, {url}, {path}, {timestamp}, {body} and {header:<name>}, with the text between them. Leave empty for the timestamp, if there is one, and the body.",
  },
];

const claims: Setting = {
  path: "claims",
  label: "Claims",
  hint: "The value that each claim must have, for example aud. A key set needs at least one.",
};
const bodyHash: readonly Setting[] = [
  {
    path: "bodyHash.claim",
    label: "Claim with a hash of the body",
    hint: "Leave empty if the token has none.",
    placeholder: "body_sha256",
  },
  choice("bodyHash.algorithm", "Hash of the body", HASHES, "sha256"),
  choice("bodyHash.encoding", "Encoding of the hash", ENCODINGS, "hex"),
  {
    path: "bodyHash.of",
    label: "What is hashed",
    initial: "{body}",
    lines: true,
    hint: "The same parts as in a signature, without {timestamp}.",
  },
];

const plain = (...settings: readonly Setting[]): SchemeForm => ({ key: "secret", settings });
const ofPublicKey = (...settings: readonly Setting[]): SchemeForm => ({
  key: "public-key",
  settings: [...settings, encoding("base64"), ...signature, tolerance],
});

/** The form of every scheme that the API knows. The compiler names a scheme that is missing, a test each setting. */
export const verificationForms: Readonly<Record<Scheme, SchemeForm>> = {
  "standard-webhooks": plain(tolerance),
  svix: plain(tolerance),
  contentful: plain(tolerance),
  sanity: plain(tolerance),
  storyblok: plain(),
  ghost: plain(tolerance),
  shopify: plain(),
  hygraph: plain(tolerance),
  "kontent-ai": plain(),
  contentstack: plain(tolerance),
  github: plain(),
  "header-secret": plain(header("authorization", "authorization")),
  basic: {
    ...plain(),
    secretHint: "The name, a colon and the password. Stored encrypted and never shown again.",
  },
  "body-secret": plain({
    path: "bodyPath",
    label: "Path of the secret in the body",
    initial: "secret",
    hint: "Names joined by dots, such as meta.secret.",
  }),
  hmac: plain(algorithm, encoding("hex"), keyEncoding, ...signature, tolerance),
  rsa: ofPublicKey(algorithm),
  ecdsa: ofPublicKey(algorithm),
  ed25519: ofPublicKey(),
  jwt: {
    key: "either",
    settings: [
      choice("algorithm", "Algorithm", TOKEN_ALGORITHMS, "HS256"),
      keyEncoding,
      {
        path: "jwksUrl",
        label: "URL of the sender's key set",
        placeholder: "https://",
        hint: "In place of a key. Needs an algorithm with a public key, and a claim of your own.",
      },
      header("authorization", "authorization"),
      claims,
      ...bodyHash,
      tolerance,
    ],
  },
};

/** The form of a scheme; undefined for none, and for a scheme of a later release. */
export const formOf = (scheme: string): SchemeForm | undefined =>
  isScheme(scheme) ? verificationForms[scheme] : undefined;
