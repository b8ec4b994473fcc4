import { MANAGE } from "../../src/app/stored/documents.ts";
import type { Decision } from "../../src/core/document.ts";
import { apply } from "../../src/core/layer/apply.ts";
import { configure, type Settings, tombstone } from "../../src/core/layer/configureLayer.ts";
import { type ChangeBy, hasChanged, type Layer, oweAct } from "../../src/core/layer/layer.ts";
import { cancel, pause, retryNow } from "../../src/core/slot/cancel.ts";
import { needsWake } from "../../src/core/slot/claim.ts";
import { ada } from "../support/builders.ts";
import type { Document, Documents } from "./documents.ts";
import { type Loop, loop } from "./loop.ts";
import type { Act, PersonRules } from "./rules.ts";
import type { Phase, PhaseAt, Who } from "./state.ts";

/** Whether a worker is to be woken. */
type Acted = Decision<Document, boolean>;

const KEPT: Acted = { kind: "keep", result: false };
const target = ({ id, name }: Layer) => ({ type: "data_layer", id, name });

/** As `configureLayer` in src/app/manage/layers.ts: settings, then the pause, in one write that is recognised by its id. */
const configured = (layer: Layer, by: ChangeBy, change: Partial<Settings>, paused: boolean): Acted => {
  if (hasChanged(layer, `${by.ids.requestId}.changed`))
    return { kind: "keep", result: needsWake(layer.slot, by.now, true) };
  if (Object.keys(change).length === 0 && layer.slot.paused === paused) return KEPT;
  const { name, description, sources, connectedSites, notifications, defaultWebhook, buildAfterConfiguration } = layer;
  const standing = { name, description, sources, connectedSites, notifications };
  const settings: Settings = { ...standing, defaultWebhook, buildAfterConfiguration, ...change };
  const next = configure(layer, settings, Object.keys(change), by, true);
  const after = { ...next, slot: pause(next.slot, paused) };
  return { kind: "write", document: after, result: needsWake(after.slot, by.now, true) };
};

/** As `cancelSync` in src/app/manage/syncs.ts. */
const cancelled = (layer: Layer, by: ChangeBy, syncId: string): Acted => {
  const change = cancel(layer.slot, syncId, by.now);
  if (change === null) return { kind: "keep", result: needsWake(layer.slot, by.now, true) };
  const entry = { action: "sync.cancelled", target: target(layer), detail: { syncId } } as const;
  const next = oweAct(apply(layer, change), by, entry);
  return { kind: "write", document: next, result: needsWake(next.slot, by.now, true) };
};

/** As `retrySync` in src/app/manage/syncs.ts, for a sync whose sources wait. */
const retried = (layer: Layer, by: ChangeBy, syncId: string): Acted => {
  const waits = Object.values(layer.slot.retry).some((retry) => retry.syncId === syncId && retry.due > by.now);
  const hurried = waits ? retryNow(layer.slot, syncId, by.now) : null;
  if (hurried === null) return KEPT;
  const detail = { syncId, dataSource: null, retryOf: syncId };
  const next = oweAct({ ...layer, slot: hurried }, by, { action: "sync.requested", target: target(layer), detail });
  return { kind: "write", document: next, result: needsWake(next.slot, by.now, true) };
};

const decide = (act: Act, layer: Layer, by: ChangeBy): Acted => {
  const { paused } = layer.slot;
  switch (act.do) {
    case "cancel":
      return cancelled(layer, by, act.sync);
    case "retry":
      return retried(layer, by, act.sync);
    case "pause":
      return configured(layer, by, {}, true);
    case "resume":
      return configured(layer, by, {}, false);
    case "remove":
      return configured(layer, by, { sources: layer.sources.filter(({ slug }) => slug !== act.source) }, paused);
    case "readdress": {
      const sources = layer.sources.map((known) => (known.slug === act.source ? { ...known, url: "v" } : known));
      return configured(layer, by, { sources }, paused);
    }
    case "delete":
      return { kind: "write", document: tombstone(layer, by), result: false };
  }
};

/** One act of a person, as `changeLayer` in src/app/manage/changes.ts tries it. */
export const personLoop = (documents: Documents, who: Who, { acts }: PersonRules, { step }: PhaseAt<"act">): Loop => {
  const act = acts[step];
  if (act === undefined) throw new RangeError(`${who.name} has no act ${step}`);
  const requestId = `${who.name}.${step}`;
  const ids = {
    requestId,
    syncId: `sync-${requestId}`,
    auditIds: [`audit-${requestId}`, `audit-${requestId}.2`],
  } as const;
  const next: Phase = step + 1 < acts.length ? { at: "act", step: step + 1 } : { at: "over", answer: null };
  return loop<boolean>(
    documents,
    who.on,
    { by: requestId, effort: MANAGE },
    (document, attempt) =>
      document?.kind === "layer" ? decide(act, document, { actor: ada, now: attempt.now, ids, attempt }) : KEPT,
    ({ result }) => ({ phase: next, ...(result ? { wake: who.on } : {}) }),
    () => ({ phase: next }),
  );
};
