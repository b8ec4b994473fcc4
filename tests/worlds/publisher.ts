import { MANAGE, PUBLISH } from "../../src/app/stored/documents.ts";
import type { Decision } from "../../src/core/document.ts";
import { oweAct } from "../../src/core/layer/layer.ts";
import { type Accepted, accept, type Request, scopeOf } from "../../src/core/slot/accept.ts";
import { needsWake } from "../../src/core/slot/claim.ts";
import { own } from "../../src/core/slot/slot.ts";
import { ada } from "../support/builders.ts";
import type { Document, Documents } from "./documents.ts";
import { holds } from "./lawBroken.ts";
import { type Loop, loop } from "./loop.ts";
import type { PublisherRules } from "./rules.ts";
import type { PhaseAt, Who } from "./state.ts";

interface Answered {
  readonly accepted: Accepted;
  /** Found by its own id: an earlier write of it had landed. */
  readonly recognised: boolean;
  readonly wake: boolean;
}

const requestOf = (who: Who, rules: PublisherRules, receivedAt: number): Request => {
  const id = `request-${who.name}`;
  const byHand = rules.byHand === true;
  return {
    id,
    receivedAt,
    all: rules.names.length === 0,
    slugs: rules.names,
    ...(rules.body === undefined ? {} : { body: rules.body }),
    full: byHand,
    trigger: byHand
      ? { type: "manual", id, at: receivedAt, actor: ada }
      : { type: "webhook", id, at: receivedAt, webhook: "default" },
    build: true,
    written: byHand,
  };
};

/** A read alone may answer only if what it saw pending does all that was asked, in full, under the id that is told. */
const checkReadOnly = (document: Document | null, request: Request, { syncId, revision }: Accepted): void => {
  const pending = document?.kind === "layer" ? document.slot.pending : null;
  const does =
    pending?.syncId === syncId &&
    pending.build &&
    (pending.all || !request.all) &&
    request.slugs.every(
      (slug) => (request.body === undefined && pending.all) || own(pending.asks, slug)?.full === true,
    );
  holds(
    does && document?.rev === revision,
    "an answer without a write is covered by what stood pending after the request arrived",
    () => `${request.id} was told ${syncId} at ${revision}; ${JSON.stringify(pending && scopeOf(pending))} stood`,
  );
};

/** A delivery, as `publish` in src/app/receive/publish.ts decides about it (a request by hand: `requestByHand` in syncs.ts). */
export const publisherLoop = (
  documents: Documents,
  who: Who,
  rules: PublisherRules,
  phase: PhaseAt<"publish">,
  began: number,
): Loop => {
  const request = requestOf(who, rules, began);
  return loop<Answered | null>(
    documents,
    who.on,
    { by: who.name, effort: rules.byHand === true ? MANAGE : PUBLISH },
    (document, attempt): Decision<Document, Answered | null> => {
      if (document?.kind !== "layer") return { kind: "keep", result: null };
      const recognised = document.slot.recent.some(({ id }) => id === request.id);
      const accepted = accept(document.slot, request, attempt, `sync-${who.name}`);
      if (accepted.slot === null) return { kind: "keep", result: { accepted, recognised, wake: false } };
      const wake = needsWake(accepted.slot, attempt.now, accepted.queued);
      const asked = { ...document, slot: accepted.slot };
      if (rules.byHand !== true) {
        return { kind: "write", document: asked, result: { accepted, recognised, wake } };
      }
      const ids = { requestId: request.id, syncId: "", auditIds: [`audit-${who.name}`, ""] } as const;
      const by = { actor: ada, now: attempt.now, ids, attempt: attempt };
      const target = { type: "data_layer", id: document.id, name: document.name };
      const detail = { syncId: accepted.syncId };
      const owing = oweAct(asked, by, { action: "sync.requested", target, detail });
      return { kind: "write", document: owing, result: { accepted, recognised, wake } };
    },
    ({ result, document, wrote }) => {
      if (result === null) return { phase: { at: "over", answer: null } };
      const { accepted, recognised, wake } = result;
      if (!wrote && !recognised) checkReadOnly(document, request, accepted);
      const { syncId, revision } = accepted;
      return {
        phase: { at: "over", answer: { syncId, revision, contents: phase.contents } },
        ...(wake ? { wake: who.on } : {}),
      };
    },
    () => ({ phase: { at: "over", answer: null } }),
  );
};
