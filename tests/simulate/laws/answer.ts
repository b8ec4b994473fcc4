import { own } from "../../../src/core/slot/slot.ts";
import { layerKey } from "../../../src/store/keys.ts";
import type { Document, Ledger } from "../records/ledger.ts";
import type { Answered } from "../records/oracle.ts";
import { TRIGGER_WINDOW } from "./numbers.ts";
import type { Fail } from "./slot.ts";
import { admits } from "./webhooks.ts";

/** Whether the answer is one that this state of the document justifies, at some time while it was being made. */
const justified = (document: Document | null, { result, webhookId, receivedAt, instance }: Answered): boolean => {
  if (document?.kind !== "layer") return result.kind === "unknown-layer";
  if (result.kind === "unknown-layer") return false;
  const accepted = result.kind === "accepted";
  return [receivedAt, instance.wall()].some((at) => admits(document, webhookId, at) === accepted);
};

/** Whether this state holds what an accepted delivery asked for, under the id that it was told. */
const holds = (document: Document | null, { result, promised, body }: Answered): boolean => {
  if (document?.kind !== "layer" || result.kind !== "accepted") return false;
  const { pending } = document.slot;
  if (pending?.syncId !== result.syncId || !pending.build) return false;
  // The slugs of a build layer are labels, also when it has become one since.
  if (promised.known.length === 0 || document.sources.length === 0) return true;
  if (promised.named === null) return pending.all;
  return promised.named.every((slug) => {
    const ask = own(pending.asks, slug);
    if (ask === undefined && !document.sources.some((source) => source.slug === slug)) return pending.all;
    if (body) return ask !== undefined && (ask.full || ask.body !== undefined);
    return pending.all || ask !== undefined;
  });
};

/**
 * Whether a newer body took the place of the one that stood for a source when the delivery arrived: its own, or one that
 * was concurrent with it. By clocks that agree; a delivery whose body had no room says so.
 */
const renewed = (states: readonly (Document | null)[], { result, promised, body }: Answered): boolean => {
  const [first] = states;
  if (result.kind !== "accepted" || !body || result.warnings.includes("BODY_NOT_KEPT")) return true;
  if (first?.kind !== "layer" || first.slot.pending?.syncId !== result.syncId) return true;
  return (promised.named ?? []).every((slug) => {
    if (own(first.slot.pending?.asks ?? {}, slug)?.body === undefined) return true;
    return states.some((state) => {
      if (state?.kind !== "layer" || state.slot.pending === null) return true;
      // Removed since: what is kept for a source goes with it, and a build layer keeps no bodies.
      if (!state.sources.some((source) => source.slug === slug)) return true;
      return (own(state.slot.pending.asks, slug)?.bodyRev ?? 0) > first.rev;
    });
  });
};

/**
 * What must hold of every answer to a delivery: some state of the document between its arrival and its answer justifies
 * it. That is what it means that the read behind an answer began after the request arrived.
 */
export const answerLaws = (
  ledger: Ledger,
  answered: Answered,
  stamp: number,
  commits: number,
  fail: Fail,
  clocksAgree: boolean,
): void => {
  const { result, promised, instance, receivedAt } = answered;
  const states = ledger.during(layerKey(promised.layerId), promised.arrived, stamp);
  const what = `${instance.name} to ${promised.layerId}: ${JSON.stringify(result)}`;
  if (!states.some((document) => justified(document, answered))) fail("P8: decisions are linearizable", what);
  if (result.kind !== "accepted") return;
  const held = states.filter((document) => holds(document, answered));
  if (held.length === 0) {
    fail("P1: an accepted delivery is pending when it is answered", what);
    return;
  }
  if (clocksAgree && !renewed(states, answered)) fail("rule 1: the newest body is kept", what);
  if (commits > 0 || promised.byHand) return;
  const began = Math.min(receivedAt, instance.wall());
  const fresh = held.some(
    (document) => document?.kind === "layer" && began - (document.slot.pending?.at ?? 0) <= TRIGGER_WINDOW,
  );
  if (!fresh) fail("rule 2: a read answers only for what was requested at most a second before", what);
};
