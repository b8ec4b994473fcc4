import { MANAGE } from "../../../src/app/stored/documents.ts";
import type { Decision } from "../../../src/core/document.ts";
import { cancelSyncOf, configureAndPause, hasConfigured, hurrySyncOf } from "../../../src/core/layer/acts.ts";
import { type Settings, tombstone } from "../../../src/core/layer/configureLayer.ts";
import { decideLayerChange } from "../../../src/core/layer/decideOnce.ts";
import type { ChangeBy, Layer, LayerDocument } from "../../../src/core/layer/layer.ts";
import { valuesOf } from "../../../src/core/layer/settings.ts";
import { needsWake } from "../../../src/core/slot/nextDue.ts";
import { watchSettings } from "../../../src/core/watch/watchSettings.ts";
import { ada } from "../../support/builders.ts";
import { type Documents, layerOf } from "../documents.ts";
import type { Act, PersonRules } from "../rules.ts";
import type { Phase, PhaseAt, Who } from "../state.ts";
import { type Loop, loop } from "./loop.ts";

/** Whether a worker is to be woken. */
type Acted = Decision<LayerDocument, boolean>;

const wrote = (layer: Layer, { now }: ChangeBy): Acted => ({
  kind: "write",
  document: layer,
  result: needsWake(layer.slot, now, true),
});

const kept = (layer: Layer, { now }: ChangeBy): Acted => ({
  kind: "keep",
  result: needsWake(layer.slot, now, true),
});

const configured = (layer: Layer, by: ChangeBy, change: Partial<Settings>, paused: boolean): Acted => {
  if (hasConfigured(layer, by)) return kept(layer, by);
  if (Object.keys(change).length === 0 && layer.slot.paused === paused) return kept(layer, by);
  const { name, description, sources, connectedSites, notifications, defaultWebhook, buildAfterConfiguration } = layer;
  const standing = {
    name,
    description,
    sources,
    connectedSites,
    notifications,
    keepTitles: layer.keepTitles,
    ...valuesOf(watchSettings, layer),
    live: layer.live,
  };
  const settings: Settings = { ...standing, defaultWebhook, buildAfterConfiguration, ...change };
  return wrote(configureAndPause(layer, { settings, paused }, Object.keys(change), by, true), by);
};

const decide = (act: Act, layer: Layer, by: ChangeBy): Acted => {
  const { paused } = layer.slot;
  const changed = (next: Layer | null): Acted => (next === null ? kept(layer, by) : wrote(next, by));
  switch (act.do) {
    case "cancel":
      return changed(cancelSyncOf(layer, by, act.sync));
    case "retry":
      return changed(hurrySyncOf(layer, by, act.sync));
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

/** One act of a person: the decisions of src/core/layer, tried as `changeLayer` in src/app/manage/changes.ts tries them. */
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
  const change = decideLayerChange<boolean>(
    { actor: ada, ids },
    (layer, { by }) => decide(act, layer, by),
    () => false,
  );
  return loop(
    documents,
    who.on,
    { by: requestId, effort: MANAGE },
    (document, attempt) => change(layerOf(document), attempt),
    ({ result }) => ({ phase: next, wakes: result === true ? [who.on] : [] }),
    () => ({ phase: next, wakes: [] }),
  );
};
