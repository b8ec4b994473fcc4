import { z } from "zod/mini";
import { defined } from "../../core/defined.ts";
import { unreadableReasons } from "../../core/document.ts";
import type { SyncSummary } from "../../core/lastEnded.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { notificationsWork } from "../../core/site/followDeploy.ts";
import { pacingOf } from "../../core/site/pacing.ts";
import type { Site } from "../../core/site/site.ts";
import { presetNames } from "../../core/slot/pace.ts";
import { siteStage } from "../../core/stage/buildStage.ts";
import { type OwnStage, ownStage } from "../../core/stage/layerStage.ts";
import { SLOT_STATUSES, shownStatus, slotStatus } from "../../core/stage/shownStatus.ts";
import { STAGES, type Standing } from "../../core/stage/stage.ts";
import { LAYERS } from "../../store/keys.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { lastDelivery } from "../stored/deliveryLog.ts";
import { isSeen, layerCodec, siteCodec } from "../stored/documents.ts";
import { lastSync, withLastEnded } from "../stored/records.ts";
import type { SummaryKind } from "./summaries.ts";

const ms = z.number();
const text = z.string();

const standingSchema = z.looseObject({
  stage: z.enum(STAGES),
  since: ms,
  until: z.optional(ms),
  reason: z.optional(text),
  siteId: z.optional(text),
  buildId: z.optional(text),
  deployId: z.optional(text),
});

const syncStatuses = ["pending", "running", "retrying", "succeeded", "failed", "cancelled", "superseded"] as const;
const lastSchema = z.looseObject({ id: text, status: z.enum(syncStatuses), at: ms });

const count = z.number();
const layerItemSchema = z.looseObject({
  id: text,
  name: text,
  description: text,
  createdAt: ms,
  updatedAt: ms,
  counts: z.object({ webhooks: count, dataSources: count, connectedSites: count, notifications: count }),
  /** The state of its slot in one word. */
  slot: z.enum(SLOT_STATUSES),
});
/** A layer in a list, without where it stands. */
export type LayerItem = z.infer<typeof layerItemSchema>;

const layerSummarySchema = z.extend(layerItemSchema, {
  kind: z.literal("layer"),
  siteIds: z.array(text),
  stage: z.looseObject({ own: z.array(standingSchema), hasEnded: z.boolean(), since: ms, pausedSince: z.nullable(ms) }),
  lastDeliveryAt: z.nullable(ms),
  lastSync: z.nullable(lastSchema),
});
/** What an overview shows of a layer, as far as its own document says. */
export type LayerSummary = z.infer<typeof layerSummarySchema>;

const siteSummarySchema = z.looseObject({
  kind: z.literal("site"),
  id: text,
  name: text,
  createdAt: ms,
  preset: z.nullable(z.enum(presetNames)),
  slot: z.enum(SLOT_STATUSES),
  standing: z.nullable(standingSchema),
  lastBuild: z.nullable(lastSchema),
  /** Whether deploy notifications arrive, and whether the site's id at Netlify is known. */
  isHeard: z.boolean(),
  isAtNetlify: z.boolean(),
  hasBuilt: z.boolean(),
});
/** What an overview shows of a site. */
export type SiteSummary = z.infer<typeof siteSummarySchema>;

const summarySchema = z.discriminatedUnion("kind", [
  layerSummarySchema,
  siteSummarySchema,
  z.looseObject({ kind: z.literal("deleted") }),
  z.looseObject({ kind: z.literal("unreadable"), reason: z.enum(unreadableReasons), error: text }),
]);
export type DocumentSummary = z.infer<typeof summarySchema>;

/** The standing in a summary, without what another release may have added. */
export const standingIn = ({ stage, since, ...rest }: z.infer<typeof standingSchema>): Standing => {
  const { until, reason, siteId, buildId, deployId } = rest;
  return { stage, since, ...defined({ until, reason, siteId, buildId, deployId }) };
};

/** What a summary says of where its layer stands. */
export const ownStageIn = ({ stage }: LayerSummary): OwnStage => ({ ...stage, own: stage.own.map(standingIn) });

const lastOf = (last: SyncSummary | null): z.infer<typeof lastSchema> | null =>
  last && { id: last.id, status: last.status, at: last.finishedAt ?? last.queuedAt };

const ownStageOf = (layer: Layer): LayerSummary["stage"] => {
  const stage = ownStage(layer);
  return { ...stage, own: stage.own.map((one) => ({ ...one })) };
};

export const layerItem = (layer: Layer): LayerItem => ({
  id: layer.id,
  name: layer.name,
  description: layer.description,
  createdAt: layer.createdAt,
  updatedAt: layer.updatedAt,
  counts: {
    webhooks: layer.webhooks.length,
    dataSources: layer.sources.length,
    connectedSites: layer.connectedSites.length,
    notifications: layer.notifications.length,
  },
  slot: slotStatus(layer.slot),
});

/** Reads a record only of a document of the release before. Throws `StoreUnavailable`. */
const summaryOfLayer = async (deps: Deps, stored: Layer): Promise<LayerSummary> => {
  const layer = await withLastEnded(deps, stored);
  const [lastDeliveryAt, last] = await Promise.all([lastDelivery(deps, layer), lastSync(deps, layer)]);
  return {
    kind: "layer",
    ...layerItem(layer),
    siteIds: layer.connectedSites.map(({ siteId }) => siteId),
    stage: ownStageOf(layer),
    lastDeliveryAt,
    lastSync: lastOf(last),
  };
};

/** The same of a site. */
const summaryOfSite = async (deps: Deps, stored: Site): Promise<SiteSummary> => {
  const site = await withLastEnded(deps, stored);
  const [standing, last] = [siteStage(site), await lastSync(deps, site)];
  return {
    kind: "site",
    id: site.id,
    name: site.name,
    createdAt: site.createdAt,
    preset: pacingOf(site).preset,
    slot: slotStatus(site.slot),
    standing: standing && { ...standing },
    lastBuild: lastOf(last && { ...last, status: shownStatus(last.status, standing?.stage) }),
    isHeard: notificationsWork(site),
    isAtNetlify: site.netlifySiteId !== undefined,
    hasBuilt: Object.values(site.slot.usage ?? {}).some(({ builds = 0 }) => builds > 0),
  };
};

/** Throws `CorruptDocument`, `NewerDocument` or `StoreUnavailable`. */
const summaryOf = async (deps: Deps, key: string, stored: string): Promise<DocumentSummary> => {
  if (key.startsWith(LAYERS)) {
    const document = layerCodec.decode(stored, key);
    return document.kind === "layer" && isSeen(deps, document) ? summaryOfLayer(deps, document) : { kind: "deleted" };
  }
  const document = siteCodec.decode(stored, key);
  return document.kind === "site" ? summaryOfSite(deps, document) : { kind: "deleted" };
};

/** What is remembered of each layer and site for the overview. */
export const documentSummaries: SummaryKind<DocumentSummary> = {
  name: "overview",
  schema: summarySchema,
  async make(deps, key, { text: stored }) {
    try {
      return await summaryOf(deps, key, stored);
    } catch (error) {
      const reason = unreadableReason(error);
      if (reason === null) throw error;
      return { kind: "unreadable", reason, error: error instanceof Error ? error.message : reason };
    }
  },
};
