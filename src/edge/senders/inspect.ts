import type { Sealer } from "../../app/deps.ts";
import { openerOf, sealedParts } from "../../app/stored/sealing.ts";
import { type EventCondition, unmetCondition } from "../../core/webhook/eventFilter.ts";
import type { Inspect } from "../../core/webhook/inspection.ts";
import type { Arrived } from "./arrived.ts";
import { bodyValueAt, jsonOf } from "./bodyPath.ts";
import { causeOf, handshakeOf } from "./handshakes.ts";
import { testCallOf } from "./testCall.ts";
import { verify } from "./verify.ts";

/** The body, if it can be read as JSON; null if it broke off, is too long or is no JSON. */
const readable = (body: Buffer | null): Buffer | null =>
  body === null || ["too-long", "no-json"].includes(jsonOf(body).kind) ? null : body;

const valueFinder =
  ({ headers, body }: Arrived) =>
  ({ header, bodyPath }: EventCondition): string | null | undefined => {
    if (header !== undefined) return headers.get(header);
    const json = readable(body);
    if (bodyPath === undefined || json === null) return undefined;
    const value = bodyValueAt(json, bodyPath);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : null;
  };

const placeOf = ({ header, bodyPath }: EventCondition): string =>
  header === undefined ? `"${bodyPath}" in the body` : `The header ${header}`;

/**
 * Judges a request that arrived at `now` (ms): first who sent it, then whether it needs a sync. A handshake comes before
 * both: its sender has nothing to prove itself with yet.
 */
export const makeInspect =
  (arrived: Arrived, sealer: Sealer, layerId: string, now: number): Inspect =>
  (webhook) => {
    const { ref = "", verification, only = [] } = webhook === "default" ? {} : webhook;
    const handshake = handshakeOf(arrived, verification?.header);
    if (handshake !== null) {
      return { kind: "ignored", code: "HANDSHAKE", cause: causeOf(handshake), sender: { kind: "unverified" } };
    }
    const opener = openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.webhook(ref));
    const sender = verification === undefined ? null : verify(arrived, verification, opener, now);
    if (sender?.kind === "refused") return sender;
    const verified = sender ?? { kind: "unverified" as const };
    const test = testCallOf(arrived);
    if (test !== null)
      return { kind: "ignored", code: "TEST", cause: `This is ${test}'s test call.`, sender: verified };
    const unmet = unmetCondition(only, valueFinder(arrived));
    if (unmet === null) {
      const readsBody = only.some(({ header, bodyPath }) => header === undefined && bodyPath !== undefined);
      return readsBody && readable(arrived.body) === null ? { ...verified, bodyUnread: true } : verified;
    }
    const cause = `${placeOf(unmet)} is not one that this webhook lets through.`;
    return { kind: "ignored", code: "FILTERED", cause, sender: verified };
  };
