import type { AuditEntry } from "../owed.ts";
import { askAll, type Request } from "../slot/accept.ts";
import { removeParts } from "../slot/cancel.ts";
import { emptySlot, type Slot } from "../slot/slot.ts";
import { apply } from "./apply.ts";
import {
  type AuditFields,
  audits,
  type CachePurge,
  type ChangeBy,
  changeMark,
  defaultEnabled,
  type Layer,
  type LayerTombstone,
  layerParts,
  layerTarget,
  type Notification,
  rememberChange,
  requestSync,
  uidOf,
} from "./layer.ts";
import type { Source } from "./source.ts";

const configurationRequest = (layer: Layer, by: ChangeBy, all: boolean, slugs: readonly string[]): Request => ({
  id: by.ids.requestId,
  receivedAt: by.now,
  all,
  slugs,
  full: true,
  trigger: { type: "configuration", id: by.ids.requestId, at: by.now, actor: by.actor },
  build: layer.buildAfterConfiguration,
  written: true,
});

/** The settings a person gives a layer, checked and sealed. */
export interface Settings {
  readonly name: string;
  readonly description: string;
  readonly sources: Source[];
  readonly connectedSites: { siteId: string }[];
  readonly notifications: Notification[];
  /** Absent: as it was; for a new layer, none. */
  readonly cachePurge?: CachePurge | null;
  readonly defaultWebhook: "on" | "off";
  readonly buildAfterConfiguration: boolean;
}

/**
 * A new layer; over a tombstone its fence goes on rising. A layer with sources syncs them once, unless told not to.
 * `detail` goes into the audit log.
 */
export const createLayer = (
  id: string,
  keptId: boolean,
  settings: Settings,
  by: ChangeBy,
  sync: boolean,
  over: LayerTombstone | null,
  detail: AuditEntry["detail"] = {},
): Layer => {
  const layer: Layer = {
    v: 1,
    rev: 0,
    by: "",
    at: 0,
    kind: "layer",
    id,
    uid: by.ids.requestId,
    keptId,
    ...settings,
    createdAt: by.now,
    createdBy: by.actor,
    updatedAt: by.now,
    settingsRev: by.attempt.rev,
    webhooks: [],
    deletedWebhooks: [],
    slot: { ...emptySlot(over === null ? 0 : over.fence + 1), ...(over?.usage && { usage: over.usage }) },
    owed: over?.owed ?? [],
  };
  const owed = audits(layer, by, [{ action: "data_layer.created", target: layerTarget(layer), detail }]);
  const created = { ...layer, owed: [...layer.owed, ...owed] };
  if (!sync || settings.sources.length === 0) return created;
  return requestSync(created, configurationRequest(created, by, true, []), by.attempt, by.ids.syncId).layer;
};

/** Whether a source is to be asked anew after a change: what it answers may be something else now. */
const sourceChanged = (before: Source | undefined, after: Source): boolean => {
  if (before === undefined || before.type !== after.type || before.url !== after.url) return true;
  return before.type === "probe" && after.type === "probe" && before.pick !== after.pick;
};

/**
 * What waits in a build layer asked for labels. Once there are sources these name nothing, and a sync of nothing would
 * leave the deliveries behind it uncovered: it becomes one of everything.
 */
const unlabelled = (before: Layer, after: Layer): Slot => {
  const { pending } = after.slot;
  if (before.sources.length > 0 || after.sources.length === 0 || pending === null) return after.slot;
  return { ...after.slot, pending: askAll(pending) };
};

/**
 * Changes settings. Removed sources leave every register, new and changed ones are synced. `changed` names the fields
 * for the audit log, `detail` says more of them there.
 */
export const configure = (
  layer: Layer,
  settings: Settings,
  changed: readonly string[],
  by: ChangeBy,
  sync: boolean,
  detail: AuditEntry["detail"] = {},
): Layer => {
  const next: Layer = { ...layer, ...settings, updatedAt: by.now, settingsRev: by.attempt.rev };
  const removed = layer.sources.map(({ slug }) => slug).filter((slug) => !next.sources.some((s) => s.slug === slug));
  const fresh = next.sources
    .filter((source) =>
      sourceChanged(
        layer.sources.find(({ slug }) => slug === source.slug),
        source,
      ),
    )
    .map(({ slug }) => slug);
  const wasEnabled = defaultEnabled(layer);
  const switched: AuditFields[] =
    wasEnabled === defaultEnabled(next)
      ? []
      : [
          {
            action: wasEnabled ? "default_webhook.disabled" : "default_webhook.enabled",
            target: layerTarget(next),
            detail: {},
          },
        ];
  const owed = audits(next, by, [
    { action: "data_layer.updated", target: layerTarget(next), detail: { fields: [...changed], ...detail } },
    ...switched,
  ]);
  const removal = removeParts(unlabelled(layer, next), removed, layerParts(next), by.now);
  const kept = rememberChange(apply({ ...next, owed: [...next.owed, ...owed] }, removal), changeMark(by.ids));
  if (!sync || fresh.length === 0) return kept;
  return requestSync(kept, configurationRequest(kept, by, false, fresh), by.attempt, by.ids.syncId).layer;
};

/**
 * Deletes a layer by writing over it: removing the document would take its owed audit entry along, and a delayed create
 * would bring it back.
 */
export const tombstone = (layer: Layer, by: ChangeBy, detail: AuditEntry["detail"] = {}): LayerTombstone => ({
  v: layer.v,
  rev: layer.rev,
  by: layer.by,
  at: layer.at,
  kind: "layer-tombstone",
  id: layer.id,
  uid: uidOf(layer),
  keptId: layer.keptId,
  fence: layer.slot.fence + 1,
  createdAt: layer.createdAt,
  deletedAt: by.now,
  ...(layer.slot.usage && { usage: layer.slot.usage }),
  owed: [
    ...layer.owed.filter(({ kind }) => kind === "audit"),
    ...audits(layer, by, [{ action: "data_layer.deleted", target: layerTarget(layer), detail }]),
  ],
});
