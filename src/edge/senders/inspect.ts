import type { Sealer } from "../../app/deps.ts";
import { openerOf, sealedParts } from "../../app/stored/sealing.ts";
import { type EventCondition, unmetCondition } from "../../core/webhook/eventFilter.ts";
import type { Inspect, Unverified } from "../../core/webhook/inspection.ts";
import type { Arrived } from "./arrived.ts";
import { contentOf } from "./bodyContent.ts";
import { bodyValueAt } from "./bodyPath.ts";
import { causeOf, handshakeOf } from "./handshakes.ts";
import { testCallOf, unsignedPingOf } from "./testCall.ts";
import { verify } from "./verify.ts";

/**
 * The value in the body that a condition asks for; null: there is none. Undefined: it cannot be known, because the body
 * cannot be read, or not for sure, or the number was too long to be read exactly.
 */
const bodyValue = (arrived: Arrived, path: string, wanted: readonly string[]): string | null | undefined => {
  const content = contentOf(arrived);
  if (content.kind === "unreadable") return undefined;
  const doubt = content.kind === "empty" ? "none" : content.doubt;
  const found = bodyValueAt(arrived, path);
  if (found === undefined && doubt !== "none") return undefined;
  if (typeof found === "number" && Math.abs(found) > Number.MAX_SAFE_INTEGER) return undefined;
  const value = ["string", "number", "boolean"].includes(typeof found) ? String(found) : null;
  return doubt === "all" && (value === null || !wanted.includes(value)) ? undefined : value;
};

/** Finds the values that conditions ask for. `notKnown` is called for one that cannot be known. */
const valueFinder =
  (arrived: Arrived, notKnown: () => void) =>
  ({ header, bodyPath, in: wanted }: EventCondition): string | null | undefined => {
    if (header !== undefined) return arrived.headers.get(header);
    const value = bodyPath === undefined ? undefined : bodyValue(arrived, bodyPath, wanted);
    if (value === undefined && bodyPath !== undefined) notKnown();
    return value;
  };

const UNPROVEN: Unverified = { kind: "unverified" };

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
      return { kind: "ignored", code: "HANDSHAKE", cause: causeOf(handshake), sender: UNPROVEN, unproven: true };
    }
    const opener = openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.webhook(ref));
    const sender = verification === undefined ? null : verify(arrived, verification, opener, now);
    const ping = sender === null || sender.kind === "refused" ? unsignedPingOf(arrived) : null;
    if (ping !== null) {
      const cause = `This is ${ping}'s ping, which is never signed.`;
      return { kind: "ignored", code: "TEST", cause, sender: UNPROVEN, unproven: true };
    }
    if (sender?.kind === "refused") return sender;
    const verified = sender ?? UNPROVEN;
    const test = testCallOf(arrived);
    if (test !== null)
      return { kind: "ignored", code: "TEST", cause: `This is ${test}'s test call.`, sender: verified };
    let bodyUnread = false;
    const finder = valueFinder(arrived, () => {
      bodyUnread = true;
    });
    const unmet = unmetCondition(only, finder);
    if (unmet === null) return bodyUnread ? { ...verified, bodyUnread } : verified;
    const cause = `${placeOf(unmet)} is not one that this webhook lets through.`;
    return { kind: "ignored", code: "FILTERED", cause, sender: verified };
  };
