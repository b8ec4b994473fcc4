import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../../app/deps.ts";
import type { LayerItem } from "../../../app/show/documentSummaries.ts";
import type { StagedLayer } from "../../../app/show/stages.ts";
import { openerOf, sealedParts } from "../../../app/stored/sealing.ts";
import { isoTime } from "../../../app/time.ts";
import type { defaultWebhookSchema, layerItemSchema, layerSchema } from "../../../contract/resources/layerSchemas.ts";
import { defined } from "../../../core/defined.ts";
import { defaultEnabled, keptDefault, type Layer, layerSettings } from "../../../core/layer/layer.ts";
import { formatOf } from "../../../core/layer/notification.ts";
import { shownOf } from "../../../core/layer/settings.ts";
import { ownerStatus, slotStatus } from "../../../core/stage/shownStatus.ts";
import type { Standing } from "../../../core/stage/stage.ts";
import { isGuessable } from "../../../core/webhook/guessable.ts";
import { type Shown, sourceViews } from "./sourceView.ts";
import { brakeView, layerStandingView } from "./standingView.ts";
import { actorView, syncView } from "./syncView.ts";

type LayerView = z.input<typeof layerSchema>;

/** The base of a layer's publish URLs. */
export const publishUrl = (deps: Deps, layerId: string): string =>
  `${deps.publicUrl}/hooks/data_layer/data_source/publish/${layerId}`;

/** The default webhook. Every member sees its URL, which holds nothing but the layer's id. */
export const defaultWebhookView = (deps: Deps, layer: Layer): z.input<typeof defaultWebhookSchema> => {
  const grace = keptDefault(layer, deps.clock.now());
  const enabled = defaultEnabled(layer) || grace !== null;
  return {
    url: publishUrl(deps, layer.id),
    enabled,
    warnings: enabled && isGuessable(layer.id) ? ["GUESSABLE_URL"] : [],
    setting: layer.defaultWebhook,
    keptUntil: grace === null ? null : isoTime(grace.until),
    lastDeliveryAt: grace?.seenAt === undefined ? null : isoTime(grace.seenAt),
    brake: brakeView(layer, "default", deps.clock.now()),
  };
};

/** A layer in a list. */
export const layerItemView = (
  { id, name, description, slot, counts, createdAt, updatedAt }: LayerItem,
  standing: Standing | null,
): z.input<typeof layerItemSchema> => ({
  id,
  name,
  description,
  status: ownerStatus(slot, standing?.stage),
  ...layerStandingView(standing, createdAt),
  counts,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
});

const syncOf = ({ layer: { slot }, syncs }: StagedLayer): LayerView["sync"] => {
  const show = (id: string | undefined) => {
    const sync = id === undefined ? undefined : syncs.get(id);
    return sync === undefined ? null : syncView(sync);
  };
  return {
    status: slotStatus(slot),
    running: show(slot.running?.lead ?? slot.build?.syncIds[0]),
    pending: show(slot.pending?.syncId),
    retrying: Object.entries(slot.retry).map(([slug, { syncId, tries, lost, due, error }]) => ({
      slug,
      syncId,
      attempts: tries + lost,
      due: isoTime(due),
      error,
    })),
  };
};

const connectedSitesOf = ({ layer, siteNames }: StagedLayer): LayerView["connectedSites"] =>
  layer.connectedSites.map(({ siteId }) => {
    const name = siteNames.get(siteId);
    if (name === null) return { siteId, missing: true as const };
    return { siteId, ...defined({ name }) };
  });

const notificationsOf = (deps: Deps, layer: Layer, secrets: boolean): LayerView["notifications"] =>
  layer.notifications.map(({ id, name, urlHint, events, format, secret, last }) => ({
    id,
    name,
    url: urlHint,
    events,
    format: formatOf({ format }),
    lastTry:
      last === undefined
        ? null
        : {
            at: isoTime(last.at),
            event: last.event,
            syncId: last.syncId,
            buildId: last.buildId ?? null,
            outcome: last.outcome,
            error: last.error ?? null,
          },
    waiting: (layer.unsent ?? []).filter(({ to }) => to === id).length,
    ...defined({
      secret: secrets ? openerOf(deps.sealer, layer, sealedParts.notification(id)).open(secret) : undefined,
    }),
  }));

/** A layer in full. */
export const layerView = (deps: Deps, staged: StagedLayer, { writer, secrets }: Shown): LayerView => ({
  id: staged.layer.id,
  name: staged.layer.name,
  description: staged.layer.description,
  status: ownerStatus(slotStatus(staged.layer.slot), staged.standing?.stage),
  ...layerStandingView(staged.standing, staged.layer.createdAt),
  dataSources: sourceViews(deps, staged.layer, { writer, secrets }),
  connectedSites: connectedSitesOf(staged),
  notifications: notificationsOf(deps, staged.layer, secrets),
  cachePurge:
    staged.layer.cachePurge === null || staged.layer.cachePurge === undefined
      ? null
      : { tags: staged.layer.cachePurge.tags, siteId: staged.layer.cachePurge.siteId ?? null },
  defaultWebhook: defaultWebhookView(deps, staged.layer),
  alarms: (staged.layer.alarms ?? []).map(({ event, since }) => ({ event, since: isoTime(since) })),
  ...shownOf(layerSettings, staged.layer),
  paused: staged.layer.slot.paused,
  createdAt: isoTime(staged.layer.createdAt),
  createdBy: actorView(staged.layer.createdBy),
  updatedAt: isoTime(staged.layer.updatedAt),
  sync: syncOf(staged),
});
