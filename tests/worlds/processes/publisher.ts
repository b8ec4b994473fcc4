import { MANAGE, PUBLISH } from "../../../src/app/stored/documents.ts";
import type { Attempt, Decision } from "../../../src/core/document.ts";
import { requestByPerson } from "../../../src/core/layer/acts.ts";
import { decideLayerChange } from "../../../src/core/layer/decideOnce.ts";
import type { LayerDocument } from "../../../src/core/layer/layer.ts";
import { scopeOf } from "../../../src/core/slot/accept.ts";
import { needsWake } from "../../../src/core/slot/nextDue.ts";
import { own } from "../../../src/core/slot/slot.ts";
import { type Delivery, takeDelivery } from "../../../src/core/webhook/takeDelivery.ts";
import { ada } from "../../support/builders.ts";
import { type Document, type Documents, layerOf } from "../documents.ts";
import { holds } from "../lawBroken.ts";
import type { PublisherRules } from "../rules.ts";
import type { PhaseAt, Who } from "../state.ts";
import { type Loop, loop } from "./loop.ts";

interface Answered {
  readonly syncId: string;
  readonly revision: number;
  readonly wake: boolean;
}

type Asking = (document: LayerDocument | null, attempt: Attempt) => Decision<LayerDocument, Answered | null>;

/** A delivery to the default webhook. */
const delivering = (who: Who, { names, body }: PublisherRules, receivedAt: number): Asking => {
  const query = names.length === 0 ? null : names.join(",");
  const delivery: Delivery = {
    layerId: `l${who.on}`,
    webhookId: null,
    selectors: { header: null, query, alias: null },
    body: body ?? null,
    receivedAt,
  };
  const ids = { deliveryId: `request-${who.name}`, newSyncId: `sync-${who.name}` };
  return (document, attempt) => {
    const decision = takeDelivery(document, delivery, ids, attempt);
    const { result } = decision;
    return { ...decision, result: result.kind === "accepted" ? result : null };
  };
};

/** A person asks for a sync. */
const askingByHand = (who: Who, slugs: readonly string[], receivedAt: number): Asking => {
  const ids = {
    requestId: `request-${who.name}`,
    syncId: `sync-${who.name}`,
    auditIds: [`audit-${who.name}`, ""],
  } as const;
  const change = decideLayerChange<Answered | null>(
    { actor: ada, ids },
    (layer, { by }) => {
      const { accepted, next } = requestByPerson(layer, by, { receivedAt, slugs, detail: {} });
      const { syncId, revision } = accepted;
      const result = { syncId, revision, wake: needsWake((next ?? layer).slot, by.now, true) };
      return next === null ? { kind: "keep", result } : { kind: "write", document: next, result };
    },
    () => null,
  );
  return (document, attempt) => {
    const decision = change(document, attempt);
    const { result } = decision;
    return { ...decision, result: result === null || "kind" in result ? null : result };
  };
};

/** A read alone may answer only if what it saw pending does all that was asked, in full, under the id that is told. */
const checkReadOnly = (
  document: Document | null,
  id: string,
  { names, body }: PublisherRules,
  { syncId, revision }: Answered,
): void => {
  const pending = document?.kind === "layer" ? document.slot.pending : null;
  const sources = document?.kind === "layer" ? document.sources : [];
  // A source that is not known (any more) stands for all of them.
  const slugs = names.filter((name) => sources.some(({ slug }) => slug === name));
  const does =
    pending?.syncId === syncId &&
    pending.build &&
    (pending.all || (names.length > 0 && slugs.length === names.length)) &&
    slugs.every((slug) => (body === undefined && pending.all) || own(pending.asks, slug)?.full === true);
  holds(
    does && document?.rev === revision,
    "an answer without a write is covered by what stood pending after the request arrived",
    () => `${id} was told ${syncId} at ${revision}; ${JSON.stringify(pending && scopeOf(pending))} stood`,
  );
};

/** One who asks for a sync: the decision of a delivery, or of a person, and what is told of it. */
export const publisherLoop = (
  documents: Documents,
  who: Who,
  rules: PublisherRules,
  phase: PhaseAt<"publish">,
  began: number,
): Loop => {
  const byHand = rules.byHand === true;
  const asking = byHand ? askingByHand(who, rules.names, began) : delivering(who, rules, began);
  const id = `request-${who.name}`;
  return loop<Answered | null>(
    documents,
    who.on,
    { by: who.name, effort: byHand ? MANAGE : PUBLISH },
    (document, attempt) => asking(layerOf(document), attempt),
    ({ result, document, wrote }) => {
      if (result === null) return { phase: { at: "over", answer: null }, wakes: [] };
      const { syncId, revision, wake } = result;
      const recognised = document?.kind === "layer" && document.slot.recent.some((known) => known.id === id);
      if (!wrote && !recognised) checkReadOnly(document, id, rules, result);
      const answer = { syncId, revision, contents: phase.contents };
      return { phase: { at: "over", answer }, wakes: wake ? [who.on] : [] };
    },
    () => ({ phase: { at: "over", answer: null }, wakes: [] }),
  );
};
