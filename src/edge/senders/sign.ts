import { SECOND } from "../../core/durations.ts";
import type { SchemeName, Verification } from "../../core/webhook/verification.ts";
import type { Arrived } from "./arrived.ts";
import { hmac } from "./hmac.ts";
import { keyOf } from "./schemes/genericHmac.ts";
import { hashOf } from "./schemes/jwt.ts";
import { schemeOf } from "./verify.ts";

/** A request to prove. */
export interface Unsigned {
  readonly method: string;
  /** The scheme and host. */
  readonly origin?: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export type Signed =
  | { readonly kind: "signed"; readonly request: Unsigned }
  /** This release cannot give such a proof. */
  | { readonly kind: "unsignable" };

/** The headers of one scheme, with the proof in one of them. */
interface Form {
  readonly beside?: Readonly<Record<string, string>>;
  readonly header: string;
  around(proof: string): string;
}

interface Circumstances {
  readonly settings: Verification;
  /** The names of headers that the request already has. */
  readonly names: readonly string[];
  /** The time of the request (ms since 1970). */
  readonly at: number;
  readonly id: string;
}

const plain = (header: string) => (): Form => ({ header, around: (proof) => proof });
const seconds = (at: number): number => Math.floor(at / SECOND);

const standard =
  (prefix: string) =>
  ({ at, id }: Circumstances): Form => ({
    beside: { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: `${seconds(at)}` },
    header: `${prefix}-signature`,
    around: (proof) => `v1,${proof}`,
  });

const contentful = ({ names, at }: Circumstances): Form => {
  const signed = [...names, "x-contentful-signed-headers", "x-contentful-timestamp"].join(",");
  const beside = { "x-contentful-signed-headers": signed, "x-contentful-timestamp": `${at}` };
  return { beside, header: "x-contentful-signature", around: (proof) => proof };
};

const genericHmac = ({ settings, at }: Circumstances): Form => {
  const { header = "", prefix = "", timestamp } = settings;
  const around = (proof: string): string => `${prefix}${proof}`;
  if (timestamp === undefined) return { header, around };
  const { name, unit } = timestamp;
  const time = `${name === undefined ? "" : `${name}=`}${unit === "milliseconds" ? at : seconds(at)}`;
  if (timestamp.header === header) return { header, around: (proof) => `${time},${around(proof)}` };
  return { beside: { [timestamp.header]: time }, header, around };
};

/** Only the sender has the private key of these. */
type PublicKeyScheme = "rsa" | "ecdsa" | "ed25519";
type FormScheme = Exclude<SchemeName, "body-secret" | "jwt" | PublicKeyScheme>;

const forms: Readonly<Record<FormScheme, (circumstances: Circumstances) => Form>> = {
  "standard-webhooks": standard("webhook"),
  svix: standard("svix"),
  contentful,
  sanity: ({ at }) => ({ header: "sanity-webhook-signature", around: (proof) => `t=${at},v1=${proof}` }),
  storyblok: plain("webhook-signature"),
  ghost: ({ at }) => ({ header: "x-ghost-signature", around: (proof) => `sha256=${proof}, t=${at}` }),
  shopify: plain("x-shopify-hmac-sha256"),
  hygraph: ({ at }) => ({ header: "gcms-signature", around: (proof) => `sign=${proof}, env=master, t=${at}` }),
  "kontent-ai": plain("x-kontent-ai-signature"),
  contentstack: ({ at }) => ({
    header: "x-contentstack-hmac-signature",
    around: (proof) => `t=${seconds(at)},v1=${proof}`,
  }),
  github: () => ({ header: "x-hub-signature-256", around: (proof) => `sha256=${proof}` }),
  "header-secret": ({ settings }) => ({ header: settings.header ?? "authorization", around: (proof) => proof }),
  basic: () => ({ header: "authorization", around: (proof) => `Basic ${proof}` }),
  hmac: genericHmac,
};

/** A JSON body with a text at a path of names joined by dots. Other values on the path are replaced. */
const withText = (body: string | null, path: string, text: string): string => {
  const put = (value: unknown, [name, ...rest]: readonly string[]): unknown => {
    if (name === undefined) return text;
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const inner = entries.find(([key]) => key === name)?.[1];
    return Object.fromEntries([...entries.filter(([key]) => key !== name), [name, put(inner, rest)]]);
  };
  return JSON.stringify(put(body === null ? {} : JSON.parse(body), path.split(".")));
};

const asArrived = ({ headers, body, ...called }: Unsigned): Arrived => {
  const bytes = Buffer.from(body ?? "", "utf8");
  return { ...called, headers: new Headers(headers), body: bytes, bytes: bytes.length };
};

const SECONDS_VALID = 60;

/** A request with a token in its header, made with a key that both sides have. */
const withToken = (request: Unsigned, settings: Verification, secret: string, at: number): Signed => {
  const { header = "authorization", algorithm = "HS256", claims, bodyHash, keyEncoding } = settings;
  const hash = hashOf(asArrived(request), settings);
  if (!algorithm.startsWith("HS") || typeof hash !== "string") return { kind: "unsignable" };
  const times = { iat: seconds(at), exp: seconds(at) + SECONDS_VALID };
  const content = { ...claims, ...times, ...(bodyHash === undefined ? {} : { [bodyHash.claim]: hash }) };
  const parts = [{ alg: algorithm, typ: "JWT" }, content];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const proof = hmac(algorithm.replace("HS", "sha"), keyOf(secret, keyEncoding), "base64url", [signed]);
  const word = header === "authorization" ? "Bearer " : "";
  return {
    kind: "signed",
    request: { ...request, headers: { ...request.headers, [header]: `${word}${signed}.${proof}` } },
  };
};

/** Proves a request as `sign` does. Throws for a secret that is no key under the settings. */
const withProofOf = (request: Unsigned, settings: Verification, secret: string, at: number, id: string): Signed => {
  if (settings.scheme === "body-secret") {
    const body = withText(request.body, settings.bodyPath ?? "secret", secret);
    return { kind: "signed", request: { ...request, body } };
  }
  if (settings.scheme === "jwt") return withToken(request, settings, secret, at);
  const scheme = schemeOf(settings.scheme);
  const formOf = Object.entries(forms).find(([name]) => name === settings.scheme)?.[1];
  if (scheme === undefined || formOf === undefined) return { kind: "unsignable" };
  const { beside = {}, header, around } = formOf({ settings, names: Object.keys(request.headers), at, id });
  const withProof = (proof: string): Unsigned => ({
    ...request,
    headers: { ...request.headers, ...beside, [header]: around(proof) },
  });
  // Any well-formed text lets the verifier say which proof is right.
  const read = scheme(asArrived(withProof("AAAA")), settings);
  const [proof] = read.kind === "claim" ? read.claim.expected(secret) : [];
  return proof === undefined ? { kind: "unsignable" } : { kind: "signed", request: withProof(proof.text) };
};

/**
 * Proves a request as its sender would, with the webhook's secret. The proof is the one that our verifier expects, and
 * tests with the vendors' own libraries show that vendors send the same. `at` is when the request is sent (ms), and
 * `id` its id.
 */
export const sign: typeof withProofOf = (request, settings, secret, at, id) => {
  try {
    return withProofOf(request, settings, secret, at, id);
  } catch (error) {
    if (error instanceof RangeError) return { kind: "unsignable" };
    throw error;
  }
};
