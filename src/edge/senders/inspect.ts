import type { Sealer } from "../../app/deps.ts";
import { openerOf, sealedParts } from "../../app/stored/sealing.ts";
import { judgeDelivery } from "../../core/webhook/eventFilter.ts";
import type { Inspect, Unverified } from "../../core/webhook/inspection.ts";
import { unmetCause } from "../../core/webhook/unmetCause.ts";
import type { KeySets } from "../outgoing/keySets.ts";
import type { Arrived } from "./arrived.ts";
import { findValues } from "./body/findValues.ts";
import { causeOf, handshakeOf } from "./handshakes.ts";
import { NO_KEY_SETS } from "./secretsOf.ts";
import { testCallOf, unsignedPingOf } from "./testCall.ts";
import { verify } from "./verify.ts";

const UNPROVEN: Unverified = { kind: "unverified" };

/**
 * Judges a request that arrived at `now` (ms): first who sent it, then whether it needs a sync. A handshake comes before
 * both: its sender has nothing to prove itself with yet.
 */
export const makeInspect =
  (
    arrived: Arrived,
    sealer: Sealer,
    layerId: string,
    now: number,
    keySets: Pick<KeySets, "known"> = NO_KEY_SETS,
  ): Inspect =>
  (webhook) => {
    const { ref = "", verification, only = [] } = webhook === "default" ? {} : webhook;
    const handshake = handshakeOf(arrived, verification);
    if (handshake !== null) {
      return { kind: "ignored", code: "HANDSHAKE", cause: causeOf(handshake), sender: UNPROVEN, unproven: true };
    }
    const opener = openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.webhook(ref));
    const sender = verification === undefined ? null : verify(arrived, verification, opener, now, keySets);
    const ping = sender === null || sender.kind === "refused" ? unsignedPingOf(arrived) : null;
    if (ping !== null) {
      const cause = `This request is a ping from ${ping}, which is never signed.`;
      return { kind: "ignored", code: "TEST", cause, sender: UNPROVEN, unproven: true };
    }
    if (sender?.kind === "refused") return sender;
    const verified = sender ?? UNPROVEN;
    const test = testCallOf(arrived);
    if (test !== null)
      return { kind: "ignored", code: "TEST", cause: `This request is a test from ${test}.`, sender: verified };
    const { unmet, inDoubt } = judgeDelivery(only, findValues(arrived));
    if (unmet === null) return inDoubt ? { ...verified, bodyUnread: true } : verified;
    return { kind: "ignored", code: "FILTERED", cause: unmetCause(unmet, verification), sender: verified };
  };
