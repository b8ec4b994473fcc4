import { z } from "zod/mini";
import { type Attempt, envelope } from "../document.ts";
import { type NewAuditEntry, type Owed, oweAudit, owedSchema } from "../owed.ts";
import { type Accepted, accept, type Request } from "../slot/accept.ts";
import { probeOf } from "../slot/check.ts";
import { remember } from "../slot/remember.ts";
import { type Actor, actorSchema, type Parts, slotSchema } from "../slot/slot.ts";
import { usageSchema } from "../usage/usage.ts";
import { eventConditionSchema } from "../webhook/eventFilter.ts";
import { verificationSchema } from "../webhook/verification.ts";
import { CHECK_EVERY, sourceSchema } from "./source.ts";

const ms = z.number();

/** What a notification has to tell: the end of one sync. It is owed by the write that ends the sync. */
export const messageSchema = z.looseObject({
  /** The notification that tells it. */
  to: z.string(),
  syncId: z.string(),
  event: z.string(),
  since: ms,
  /** Tries that were begun; a try counts before it is made, so that one that kills its worker is not repeated for ever. */
  tries: z.number(),
  due: ms,
});
export type Message = z.infer<typeof messageSchema>;

/** How the last try of a notification ended. */
export const lastTrySchema = z.looseObject({
  at: ms,
  event: z.string(),
  syncId: z.string(),
  outcome: z.enum(["sent", "failed"]),
  error: z.optional(z.string()),
});

export const notificationSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** Sealed. */
  url: z.string(),
  urlHint: z.string(),
  events: z.array(z.string()),
  secret: z.string(),
  /** Sealed; signs beside the new one until then. */
  previousSecret: z.optional(z.looseObject({ secret: z.string(), until: ms })),
  /** How its last try ended; absent: there was none. */
  last: z.optional(lastTrySchema),
});
export type Notification = z.infer<typeof notificationSchema>;

export const webhookSchema = z.looseObject({
  /** The secret in its URL. */
  id: z.string(),
  /** Its public name: this is what logs and audit entries say. */
  ref: z.string(),
  name: z.string(),
  createdAt: ms,
  createdBy: actorSchema,
  /** Absent: the secret in its URL is the only proof. */
  verification: z.optional(verificationSchema),
  /** What a delivery must have to count; absent: nothing. */
  only: z.optional(z.array(eventConditionSchema)),
  /** Its senders want an error for what is only warned of elsewhere. */
  strict: z.optional(z.boolean()),
});
export type Webhook = z.infer<typeof webhookSchema>;

export const deletedWebhookSchema = z.looseObject({
  id: z.string(),
  ref: z.string(),
  name: z.string(),
  deletedAt: ms,
  /** When somebody last still called it; moved at most once in ten minutes. */
  seenAt: z.optional(ms),
  /** Since when it has been called in vain, and what the last caller named itself. */
  seenSince: z.optional(ms),
  seenBy: z.optional(z.string()),
  /** The rest of it, while it can be restored. */
  restorable: z.optional(z.omit(webhookSchema, { id: true, ref: true, name: true })),
});
export type DeletedWebhook = z.infer<typeof deletedWebhookSchema>;

/** The id that a webhook had before it was given a new URL. */
export const formerIdSchema = z.looseObject({
  id: z.string(),
  /** Of the webhook. */
  ref: z.string(),
  /** It is accepted until then. */
  until: ms,
  /** When a delivery last came by it; moved at most once in ten minutes. */
  seenAt: z.optional(ms),
});

/** Cache tags that are purged after a change: what a site serves anew without a build. */
export const cachePurgeSchema = z.looseObject({
  tags: z.array(z.string()),
  /** The Netlify site whose cache it is; absent: the one we run on. */
  siteId: z.optional(z.string()),
});
export type CachePurge = z.infer<typeof cachePurgeSchema>;

export const layerSchema = z.looseObject({
  ...envelope,
  kind: z.literal("layer"),
  id: z.string(),
  /**
   * The id of the request that made it. A chosen id may be used anew once its layer is deleted; what is meant for the one
   * layer must not be done to the other. Absent: it was made before there was this field.
   */
  uid: z.optional(z.string()),
  /** Its id was chosen by an Owner, so that the senders of another system keep their URLs. */
  keptId: z.boolean(),
  name: z.string(),
  description: z.string(),
  createdAt: ms,
  createdBy: actorSchema,
  updatedAt: ms,
  /** The revision of the last change of settings: the layer's ETag. */
  settingsRev: z.number(),
  sources: z.array(sourceSchema),
  connectedSites: z.array(z.looseObject({ siteId: z.string() })),
  notifications: z.array(notificationSchema),
  /** What they have still to tell. */
  unsent: z.optional(z.array(messageSchema)),
  /** Null: it was taken away. */
  cachePurge: z.optional(z.nullable(cachePurgeSchema)),
  defaultWebhook: z.enum(["on", "off"]),
  buildAfterConfiguration: z.boolean(),
  webhooks: z.array(webhookSchema),
  deletedWebhooks: z.array(deletedWebhookSchema),
  /** The oldest first. */
  formerIds: z.optional(z.array(formerIdSchema)),
  /** Until when the default webhook is accepted beside the layer's own, and when a delivery last came by it. */
  defaultKept: z.optional(z.looseObject({ until: ms, seenAt: z.optional(ms) })),
  /** When somebody last called the default webhook while it was off. */
  defaultSeenAt: z.optional(ms),
  defaultSeenSince: z.optional(ms),
  defaultSeenBy: z.optional(z.string()),
  slot: slotSchema,
  owed: z.array(owedSchema),
});
export type Layer = z.infer<typeof layerSchema>;

export const layerTombstoneSchema = z.looseObject({
  ...envelope,
  kind: z.literal("layer-tombstone"),
  id: z.string(),
  /** Tells the layer that was deleted from others under its id. */
  uid: z.optional(z.string()),
  keptId: z.boolean(),
  fence: z.number(),
  /** When the layer was made: names its order marker, which counts towards the limit until it goes, a day later. */
  createdAt: z.optional(ms),
  deletedAt: ms,
  /** What it did was paid for all the same; under the same id the counts go on. */
  usage: z.optional(usageSchema),
  owed: z.array(owedSchema),
});
export type LayerTombstone = z.infer<typeof layerTombstoneSchema>;

export const layerDocumentSchema = z.discriminatedUnion("kind", [layerSchema, layerTombstoneSchema]);
export type LayerDocument = z.infer<typeof layerDocumentSchema>;

/** Tells a layer from others that had or will have its id. */
export const uidOf = ({ uid, createdAt }: Pick<Layer, "uid" | "createdAt">): string => uid ?? String(createdAt);

/** What the layer's slot works on today. */
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
    ...(probes.length === 0 ? {} : { probes: Object.fromEntries(probes) }),
  };
};

/** Whether the default webhook is on: while there is no other, unless the layer forbids it for good. */
export const defaultEnabled = (layer: Pick<Layer, "webhooks" | "defaultWebhook">): boolean =>
  layer.webhooks.length === 0 && layer.defaultWebhook === "on";

/** Until when the default webhook is still accepted although it is off; null: it is not. */
export const keptDefault = (
  layer: Pick<Layer, "webhooks" | "defaultWebhook" | "defaultKept">,
  now: number,
): NonNullable<Layer["defaultKept"]> | null => {
  const { defaultKept: kept } = layer;
  const off = layer.defaultWebhook === "on" && layer.webhooks.length > 0;
  return off && kept !== undefined && now <= kept.until ? kept : null;
};

/** The ids that one change needs, made outside: equal for every attempt, so that deciding twice is deciding once. */
export interface ChangeIds {
  readonly requestId: string;
  /** Under which the platform knows the request that asks for the change, if one does: it may make several changes. */
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

/** What an entry says beside who, when and where. */
export type AuditFields = Pick<NewAuditEntry, "action" | "target" | "detail">;

/** The entries of one change to a layer, owed. One change owes two at most: each has an id that was made with it. */
export const audits = (layer: Pick<Layer, "id">, by: ChangeBy, entries: readonly AuditFields[]): Owed[] =>
  entries.map((fields, index) =>
    oweAudit({
      id: by.ids.auditIds[index === 0 ? 0 : 1],
      at: by.now,
      actor: by.actor,
      dataLayerId: layer.id,
      ...(by.ids.asked === undefined ? {} : { requestId: by.ids.asked }),
      ...fields,
    }),
  );

/** A layer, as the audit log names it. */
export const layerTarget = (layer: Pick<Layer, "id" | "name">) => ({
  type: "data_layer",
  id: layer.id,
  name: layer.name,
});

/** A webhook, as the audit log names it: its id is a secret, its ref is not. */
export const webhookTarget = ({ ref, name }: Pick<Webhook, "ref" | "name">) => ({ type: "webhook", id: ref, name });

/**
 * The mark of a change, stored in the document it changes: a change that is retried after somebody else's must not undo
 * theirs under its old entry.
 */
export const changeMark = ({ requestId }: Pick<ChangeIds, "requestId">): string => `${requestId}.changed`;

/** Whether a change under this request id stands already (its reply was lost). */
export const hasChanged = (layer: Layer, requestId: string): boolean =>
  layer.slot.recent.some(({ id }) => id === requestId);

/** The layer, with a change that stands under this request id. */
export const rememberChange = (layer: Layer, requestId: string): Layer =>
  hasChanged(layer, requestId)
    ? layer
    : { ...layer, slot: remember(layer.slot, { id: requestId, syncId: "", queued: false }) };

/** Asks for a sync in the layer's slot. */
export const requestSync = (
  layer: Layer,
  request: Request,
  attempt: Attempt,
  newSyncId: string,
): { accepted: Accepted; layer: Layer } => {
  const accepted = accept(layer.slot, request, attempt, newSyncId);
  return { accepted, layer: accepted.slot === null ? layer : { ...layer, slot: accepted.slot } };
};

/** Owes an entry about something a person did to the layer's slot. */
export const oweAct = (layer: Layer, by: ChangeBy, fields: AuditFields): Layer => ({
  ...layer,
  owed: [...layer.owed, ...audits(layer, by, [fields])],
});
