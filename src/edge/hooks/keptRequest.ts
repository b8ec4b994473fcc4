import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod/mini";
import type { Deps, Sealer } from "../../app/deps.ts";
import { placeOf } from "../../app/stored/sealing.ts";
import { BODY_BYTES } from "../../core/limits.ts";
import type { EventCondition } from "../../core/webhook/eventFilter.ts";
import { holdsCredential } from "../../core/webhook/unmetCause.ts";
import type { Verification } from "../../core/webhook/verification.ts";
import { type Arrived, queryOf } from "../senders/arrived.ts";
import { bodyValueAt } from "../senders/body/bodyPath.ts";

/** Longer headers, or a longer query, are not kept with their request (bytes). */
const HEADER_BYTES = 4 * 1024;
/** The longest text that a kept request unpacks to. */
const UNPACKED_BYTES = 64 * 1024;
/** Headers with the webhook's secret URL, and those of the platform. */
const NOT_KEPT = /^(?:referer|origin|host|forwarded|client-ip|x-forwarded-.*|x-nf-.*|x-real-ip)$/;

/** Whether a kept request lacks the place of a condition even if the delivery had a value there. */
export const isLeftOut = ({ header, query, bodyPath }: EventCondition, proof: Verification | undefined): boolean => {
  if (header !== undefined) return NOT_KEPT.test(header) || holdsCredential({ header }, proof);
  if (query !== undefined) return holdsCredential({ query }, proof);
  return proof?.scheme === "body-secret" && bodyPath === (proof.bodyPath ?? "secret");
};

const keptSchema = z.object({
  method: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.string()),
  /** In base64. */
  body: z.string(),
});

const placeIn = (layerId: string): string => placeOf({ kind: "layer", id: layerId }, "delivery/request");

/** The body without a secret that proves its sender; null: it cannot be taken out, because the body is no plain JSON. */
const withoutSecret = (arrived: Arrived, body: Buffer, proof: Verification | undefined): Buffer | null => {
  if (proof?.scheme !== "body-secret") return body;
  const { bodyPath = "secret" } = proof;
  const secret = bodyValueAt(arrived, bodyPath);
  if (typeof secret !== "string") return null;
  // Latin-1 keeps every byte as it is.
  const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");
  const text = body.toString("latin1").replaceAll(bytesOf(JSON.stringify(secret)), '""');
  const rest = Buffer.from(text, "latin1");
  const isOut = bodyValueAt({ headers: arrived.headers, body: rest }, bodyPath) === "";
  return isOut && !text.includes(bytesOf(secret)) ? rest : null;
};

/**
 * Seals a delivery's request for the log: its body, headers and query, without credentials and without the `proof` of its
 * webhook. Undefined: it is too long or broke off, its secret cannot be taken out, or there is no key to seal it with.
 */
export const sealRequest = (
  sealer: Sealer,
  layerId: string,
  arrived: Arrived,
  proof: Verification | undefined,
): string | undefined => {
  const { method, body: whole } = arrived;
  if (sealer.keyId === null || whole === null || whole.length > BODY_BYTES) return undefined;
  const body = withoutSecret(arrived, whole, proof);
  if (body === null) return undefined;
  const headers = [...arrived.headers].filter(([header]) => !isLeftOut({ header }, proof));
  const parameters = [...queryOf(arrived)].filter(([query]) => !isLeftOut({ query }, proof));
  const query = new URLSearchParams(parameters).toString();
  const length = headers.reduce((sum, [name, value]) => sum + name.length + value.length, query.length);
  if (length > HEADER_BYTES) return undefined;
  const text = JSON.stringify({ method, query, headers: Object.fromEntries(headers), body: body.toString("base64") });
  return sealer.seal(deflateRawSync(text, { level: 1 }).toString("base64"), placeIn(layerId));
};

/** Reads values of a logged delivery's body by paths; null: its request was not kept. */
export const makeReadRequest =
  (sealer: Sealer): NonNullable<Deps["readRequest"]> =>
  (layerId, sealed) => {
    const arrived = openRequest(sealer, layerId, sealed);
    return arrived === null ? null : (path) => bodyValueAt(arrived, path);
  };

/** The request of a logged delivery; null: it was not kept, or the key that sealed it is not configured any more. */
export const openRequest = (sealer: Sealer, layerId: string, sealed: string | undefined): Arrived | null => {
  const packed = sealed === undefined ? null : sealer.open(sealed, placeIn(layerId));
  if (packed === null) return null;
  try {
    const text = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: UNPACKED_BYTES }).toString("utf8");
    const { method, query, headers, body } = keptSchema.parse(JSON.parse(text));
    const bytes = Buffer.from(body, "base64");
    return { method, target: `/?${query}`, headers: new Headers(headers), body: bytes, bytes: bytes.length };
  } catch {
    return null;
  }
};
