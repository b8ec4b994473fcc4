import { nothingEnded } from "../lastEnded.ts";
import type { AuditEntry } from "../owed.ts";
import type { Request } from "../slot/accept.ts";
import { askAll, removeParts } from "../slot/cancel.ts";
import { emptySlot, type Slot } from "../slot/slot.ts";
import { apply } from "./apply.ts";
import {
  type AuditFields,
  addChangeMark,
  audits,
  type CachePurge,
  type ChangeBy,
  changeMark,
  defaultEnabled,
  type Layer,
  type LayerTombstone,
  layerParts,
  type layerSettings,
  layerTarget,
  requestSync,
  uidOf,
} from "./layer.ts";
import type { Notification } from "./notification.ts";
import type { Values } from "./settings.ts";
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
export interface Settings extends Values<typeof layerSettings> {
  readonly name: string;
  readonly description: string;
  readonly sources: Source[];
  readonly connectedSites: { siteId: string }[];
  readonly notifications: Notification[];
  /** Absent: unchanged; for a new layer: none. */
  readonly cachePurge?: CachePurge | null;
  readonly defaultWebhook: "on" | "off";
}

/**
 * Creates a layer. If `former` was deleted under the same id, its fencing token goes on rising. With `sync`, the sources
 * are synced once. `detail` goes into the audit entry.
 */
export const createLayer = (
  id: string,
  keptId: boolean,
  settings: Settings,
  by: ChangeBy,
  sync: boolean,
  former: LayerTombstone | null,
  detail: AuditEntry["detail"] = {},
): Layer => {
  const fence = former === null ? 0 : former.fence + 1;
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
    lastDeliveryAt: null,
    slot: { ...emptySlot(fence), ...(former?.usage && { usage: former.usage }) },
    lastEnded: nothingEnded(fence),
    owed: former?.owed ?? [],
  };
  const owed = audits(layer, by, [{ action: "data_layer.created", target: layerTarget(layer), detail }]);
  const created = { ...layer, owed: [...layer.owed, ...owed] };
  if (!sync || settings.sources.length === 0) return created;
  return requestSync(created, configurationRequest(created, by, true, []), by.attempt, by.ids.syncId).layer;
};

/** Whether a source must be called again after a change, because its answer may differ now. */
const sourceChanged = (before: Source | undefined, after: Source): boolean => {
  if (before === undefined || before.type !== after.type || before.url !== after.url) return true;
  return before.type === "probe" && after.type === "probe" && before.pick !== after.pick;
};

/**
 * The slot after a build layer got its first sources: its pending sync becomes one of everything. Its labels name no
 * source, and a sync of no source would leave its deliveries uncovered.
 */
const withoutLabels = (before: Layer, after: Layer): Slot => {
  const { pending } = after.slot;
  if (before.sources.length > 0 || after.sources.length === 0 || pending === null) return after.slot;
  return { ...after.slot, pending: askAll(pending) };
};

/**
 * Changes settings. Removed sources leave the whole slot. With `sync`, new and changed sources are synced. The audit
 * entry has the fields in `changed` and the values in `detail`.
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
  const changedSlugs = next.sources
    .filter((source) =>
      sourceChanged(
        layer.sources.find(({ slug }) => slug === source.slug),
        source,
      ),
    )
    .map(({ slug }) => slug);
  const wasEnabled = defaultEnabled(layer);
  const defaultSwitch: AuditFields[] =
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
    ...defaultSwitch,
  ]);
  const removal = removeParts(withoutLabels(layer, next), removed, layerParts(next), by.now);
  const withoutRemoved = addChangeMark(apply({ ...next, owed: [...next.owed, ...owed] }, removal), changeMark(by.ids));
  if (!sync || changedSlugs.length === 0) return withoutRemoved;
  return requestSync(
    withoutRemoved,
    configurationRequest(withoutRemoved, by, false, changedSlugs),
    by.attempt,
    by.ids.syncId,
  ).layer;
};

/**
 * Deletes a layer by writing a tombstone over it. Removing the document would lose its audit entry, and a delayed
 * create could bring the layer back.
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
