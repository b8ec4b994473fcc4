import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { type Attempt, envelope } from "../document.ts";
import { lastEndedSchema } from "../lastEnded.ts";
import { type NewAuditEntry, type Owed, oweAudit, owedSchema } from "../owed.ts";
import { liveCheckSchema } from "../proof/pageCheck.ts";
import { type Accepted, accept, type Request } from "../slot/accept.ts";
import { probeOf } from "../slot/check.ts";
import { type Parts, remember, slotSchema } from "../slot/slot.ts";
import { type Actor, actorSchema } from "../slot/sync.ts";
import { statusLinkSchema } from "../status/statusLink.ts";
import { usageSchema } from "../usage/usage.ts";
import { alarmSchema } from "../watch/alarmSchema.ts";
import { weekSchema } from "../watch/digestSchema.ts";
import { watchSettings } from "../watch/watchSettings.ts";
import { storedConditionSchema } from "../webhook/eventFilter.ts";
import { verificationSchema } from "../webhook/verification.ts";
import { messageSchema, notificationSchema } from "./notification.ts";
import { type Settings, storedShape } from "./settings.ts";
import { CHECK_EVERY, sourceSchema } from "./source.ts";

const ms = z.number();

export const webhookSchema = z.looseObject({
  /** The secret part of the webhook's URL. */
  id: z.string(),
  /** The public name of the webhook, used in logs and audit entries. */
  ref: z.string(),
  name: z.string(),
  createdAt: ms,
  createdBy: actorSchema,
  /** How requests are verified; absent: the secret in the URL is the only proof. */
  verification: z.optional(verificationSchema),
  /** The conditions that a delivery must meet to count; absent: none. */
  only: z.optional(z.array(storedConditionSchema)),
  /** Whether the webhook answers with an error where others only warn. */
  strict: z.optional(z.boolean()),
  /** Whether the log keeps the requests of its deliveries, sealed; absent: it does. */
  keepRequests: z.optional(z.boolean()),
});
export type Webhook = z.infer<typeof webhookSchema>;

export const deletedWebhookSchema = z.looseObject({
  id: z.string(),
  ref: z.string(),
  name: z.string(),
  deletedAt: ms,
  /** When a sender last called the deleted webhook; updated at most once in ten minutes. */
  seenAt: z.optional(ms),
  /** Since when the deleted webhook has been called, and the name that the last caller gave. */
  seenSince: z.optional(ms),
  seenBy: z.optional(z.string()),
  /** The other fields of the webhook, while it can be restored. */
  restorable: z.optional(z.omit(webhookSchema, { id: true, ref: true, name: true })),
});
export type DeletedWebhook = z.infer<typeof deletedWebhookSchema>;

/** An id that a webhook had before it was given a new URL. */
export const formerIdSchema = z.looseObject({
  id: z.string(),
  /** The `ref` of the webhook. */
  ref: z.string(),
  /** Until when the former URL is accepted (ms). */
  until: ms,
  /** When a delivery last used the former URL; updated at most once in ten minutes. */
  seenAt: z.optional(ms),
});

/** A webhook whose deliveries met a site's brake. */
export const brakedWebhookSchema = z.looseObject({
  /** The `ref` of the webhook, or `default`. */
  ref: z.string(),
  siteId: z.string(),
  /** When the brake held a build of its deliveries back, and when the newest one was written (ms). */
  since: ms,
  lastAt: ms,
});
export type BrakedWebhook = z.infer<typeof brakedWebhookSchema>;

/** Cache tags to purge after a change, which make a site serve new content without a build. */
export const cachePurgeSchema = z.looseObject({
  tags: z.array(z.string()),
  /** The id of the Netlify site whose cache is purged; absent: the site that Layerhook runs on. */
  siteId: z.optional(z.string()),
});
export type CachePurge = z.infer<typeof cachePurgeSchema>;

/** The plain settings of a layer. */
export const layerSettings = {
  buildAfterConfiguration: {
    stored: z.boolean(),
    absent: false,
    means: "Whether a change of the layer's settings starts builds.",
  },
  keepTitles: {
    stored: z.optional(z.boolean()),
    absent: false,
    means: "The log of deliveries keeps the titles of what was published, encrypted, and builds are handed them.",
  },
  ...watchSettings,
  live: {
    stored: z.optional(z.nullable(liveCheckSchema)),
    absent: null,
    means: "How a publish is recognised on its page.",
  },
} satisfies Settings;

export const layerSchema = z.looseObject({
  ...envelope,
  kind: z.literal("layer"),
  id: z.string(),
  /**
   * The id of the request that created the layer. A chosen id may be used again after its layer is deleted, and what is
   * meant for one layer must not happen to the other. Absent in layers of earlier releases.
   */
  uid: z.optional(z.string()),
  /** An Owner chose the id, so that the senders of another system keep their URLs. */
  keptId: z.boolean(),
  name: z.string(),
  description: z.string(),
  createdAt: ms,
  createdBy: actorSchema,
  updatedAt: ms,
  /** The revision of the last change of settings, which is the layer's ETag. */
  settingsRev: z.number(),
  sources: z.array(sourceSchema),
  connectedSites: z.array(z.looseObject({ siteId: z.string() })),
  notifications: z.array(notificationSchema),
  /** The messages that still have to be sent. */
  unsent: z.optional(z.array(messageSchema)),
  /** The ids of the build events that messages were owed for, so that none is told twice. */
  told: z.optional(z.array(z.string())),
  /** What is missing and was told. */
  alarms: z.optional(z.array(alarmSchema)),
  /** Absent: nobody wants a weekly digest. */
  week: z.optional(weekSchema),
  /** Null: the setting was removed. */
  cachePurge: z.optional(z.nullable(cachePurgeSchema)),
  defaultWebhook: z.enum(["on", "off"]),
  ...storedShape(layerSettings),
  webhooks: z.array(webhookSchema),
  deletedWebhooks: z.array(deletedWebhookSchema),
  /** Oldest first. */
  formerIds: z.optional(z.array(formerIdSchema)),
  /** Until when the default webhook is accepted beside the layer's own webhooks, and when a delivery last used it. */
  defaultKept: z.optional(z.looseObject({ until: ms, seenAt: z.optional(ms) })),
  /** When a sender last called the disabled default webhook. */
  defaultSeenAt: z.optional(ms),
  defaultSeenSince: z.optional(ms),
  defaultSeenBy: z.optional(z.string()),
  /** The webhooks whose deliveries met a brake, until they pause. */
  braked: z.optional(z.array(brakedWebhookSchema)),
  statusLinks: z.optional(z.array(statusLinkSchema)),
  /**
   * When the newest written delivery arrived (ms); null: there was none; absent: not known. One that was answered from
   * the read alone may be a second newer.
   */
  lastDeliveryAt: z.optional(z.nullable(ms)),
  slot: slotSchema,
  lastEnded: z.optional(lastEndedSchema),
  owed: z.array(owedSchema),
});
export type Layer = z.infer<typeof layerSchema>;

export const layerTombstoneSchema = z.looseObject({
  ...envelope,
  kind: z.literal("layer-tombstone"),
  id: z.string(),
  /** Tells the deleted layer from others of the same id. */
  uid: z.optional(z.string()),
  keptId: z.boolean(),
  fence: z.number(),
  /**
   * When the layer was created (ms). It names the layer's order marker, which counts towards the limit for a day after
   * the deletion.
   */
  createdAt: z.optional(ms),
  deletedAt: ms,
  /** The deleted layer's usage, which has been paid for. A new layer of the same id goes on counting here. */
  usage: z.optional(usageSchema),
  owed: z.array(owedSchema),
});
export type LayerTombstone = z.infer<typeof layerTombstoneSchema>;

export const layerDocumentSchema = z.discriminatedUnion("kind", [layerSchema, layerTombstoneSchema]);
export type LayerDocument = z.infer<typeof layerDocumentSchema>;

/** Tells a layer from earlier and later layers of the same id. */
export const uidOf = ({ uid, createdAt }: Pick<Layer, "uid" | "createdAt">): string => uid ?? String(createdAt);

/** The parts that the layer's slot works on, and how. */
export const layerParts = (layer: Pick<Layer, "id" | "sources" | "connectedSites" | "cachePurge">): Parts => {
  const probes = layer.sources.flatMap((source) => {
    if (source.type !== "probe") return [];
    const every = source.checkEvery === undefined ? null : CHECK_EVERY[source.checkEvery];
    return [[source.slug, probeOf(layer.id, every)] as const];
  });
  return {
    known: layer.sources.map(({ slug }) => slug),
    buildOnly: layer.sources.length === 0,
    sites: layer.connectedSites.length > 0 || (layer.cachePurge ?? null) !== null,
    ...defined({ probes: probes.length === 0 ? undefined : Object.fromEntries(probes) }),
  };
};

/**
 * Whether the default webhook is enabled: while the layer has no other webhook, unless the layer forbids it for good.
 */
export const defaultEnabled = (layer: Pick<Layer, "webhooks" | "defaultWebhook">): boolean =>
  layer.webhooks.length === 0 && layer.defaultWebhook === "on";

/** Until when the disabled default webhook is still accepted, and its last use; null: it is not accepted. */
export const keptDefault = (
  layer: Pick<Layer, "webhooks" | "defaultWebhook" | "defaultKept">,
  now: number,
): NonNullable<Layer["defaultKept"]> | null => {
  const { defaultKept: grace } = layer;
  const isDisabled = layer.defaultWebhook === "on" && layer.webhooks.length > 0;
  return isDisabled && grace !== undefined && now <= grace.until ? grace : null;
};

/**
 * The ids that one change needs. They are created once for all attempts, so that a second attempt recognises what the
 * first one did.
 */
export interface ChangeIds {
  readonly requestId: string;
  /** The platform's id of the API request, if there is one. One request may make several changes. */
  readonly asked?: string;
  readonly syncId: string;
  readonly auditIds: readonly [string, string];
}

/** Who changes something, when, and under which ids. */
export interface ChangeBy {
  readonly actor: Actor;
  readonly now: number;
  readonly ids: ChangeIds;
  readonly attempt: Attempt;
}

/** What an audit entry says besides who, when and where. */
export type AuditFields = Pick<NewAuditEntry, "action" | "target" | "detail">;

/** Owes the audit entries of one change to a layer: at most two, each with an id of the change. */
export const audits = (layer: Pick<Layer, "id">, by: ChangeBy, entries: readonly AuditFields[]): Owed[] =>
  entries.map((fields, index) =>
    oweAudit({
      id: by.ids.auditIds[index === 0 ? 0 : 1],
      at: by.now,
      actor: by.actor,
      dataLayerId: layer.id,
      ...defined({ requestId: by.ids.asked }),
      ...fields,
    }),
  );

/** A layer as the audit log names it. */
export const layerTarget = (layer: Pick<Layer, "id" | "name">) => ({
  type: "data_layer",
  id: layer.id,
  name: layer.name,
});

/** A webhook as the audit log names it: by its `ref`, because its id is a secret. */
export const webhookTarget = ({ ref, name }: Pick<Webhook, "ref" | "name">) => ({ type: "webhook", id: ref, name });

/**
 * The mark of a change, stored in the document that it changes. Without it, a retry after a change by somebody else
 * would undo that change, and the audit log would not show it.
 */
export const changeMark = ({ requestId }: Pick<ChangeIds, "requestId">): string => `${requestId}.changed`;

/** Whether an earlier attempt, whose reply was lost, has already made the change with this mark. */
export const hasChanged = (layer: Layer, mark: string): boolean => layer.slot.recent.some(({ id }) => id === mark);

/** Stores the mark of a change in the layer. */
export const addChangeMark = (layer: Layer, mark: string): Layer =>
  hasChanged(layer, mark) ? layer : { ...layer, slot: remember(layer.slot, { id: mark, syncId: "", queued: false }) };

/** Requests a sync in the layer's slot. */
export const requestSync = (
  layer: Layer,
  request: Request,
  attempt: Attempt,
  newSyncId: string,
): { accepted: Accepted; layer: Layer } => {
  const accepted = accept(layer.slot, request, attempt, newSyncId);
  return { accepted, layer: accepted.slot === null ? layer : { ...layer, slot: accepted.slot } };
};

/** Owes an audit entry about a person's command to the layer's slot. */
export const oweAct = (layer: Layer, by: ChangeBy, fields: AuditFields): Layer => ({
  ...layer,
  owed: [...layer.owed, ...audits(layer, by, [fields])],
});
