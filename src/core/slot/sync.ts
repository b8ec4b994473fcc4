/**
 * A sync: what triggered it, its parts, and the sites that it asked. The slot holds a sync while it is open, and the
 * archive keeps it as a record. Every object is loose, as in `slot.ts`.
 */
import { z } from "zod/mini";
import { deploySchema } from "./deploy.ts";

const ms = z.number();
const slug = z.string();

export const actorSchema = z.looseObject({ id: z.string(), name: z.string(), email: z.string() });
export type Actor = z.infer<typeof actorSchema>;

export const triggerSchema = z.looseObject({
  type: z.enum(["webhook", "manual", "configuration", "build", "schedule", "catch-up"]),
  id: z.string(),
  at: ms,
  webhook: z.optional(z.union([z.literal("default"), z.looseObject({ ref: z.string(), name: z.string() })])),
  actor: z.optional(actorSchema),
});
export type Trigger = z.infer<typeof triggerSchema>;

/** The layer and sync that requested a site's build. */
export const causeSchema = z.looseObject({
  dataLayerId: z.string(),
  name: z.string(),
  syncId: z.string(),
  /** The first of the syncs behind the request; absent: `syncId` is the only one. */
  firstSyncId: z.optional(z.string()),
  /** When the first publish behind the request was accepted (ms). */
  publishedAt: z.optional(ms),
  /** How many deliveries are behind the request. Absent in requests of the release before. */
  deliveries: z.optional(z.number()),
  /** How many of these deliveries an earlier request of the layer has counted; absent: none. */
  counted: z.optional(z.number()),
  /** The webhooks that took the deliveries, by `ref`, or `default`. Of too many, the newest are kept. */
  webhooks: z.optional(z.array(z.string())),
  /** What the bodies of all its deliveries are like; absent: different ones, or none that tells. */
  likeness: z.optional(z.number()),
  /** Whether a build was made for it before, and its pages did not show what was published. */
  again: z.optional(z.boolean()),
});
export type Cause = z.infer<typeof causeSchema>;

/** `unconfirmed`: a delivery announced a change that the probe did not see, and that counts. Otherwise `confirmed`. */
export const freshnessSchema = z.enum(["confirmed", "unconfirmed"]);
export type Freshness = z.infer<typeof freshnessSchema>;

export const syncPartSchema = z.looseObject({
  status: z.enum(["running", "retrying", "succeeded", "failed", "cancelled", "superseded"]),
  attempts: z.number(),
  durationMs: z.optional(z.number()),
  /** Whether the answer counted as changed. With `countedBecause`, it said that nothing had changed. */
  changed: z.optional(z.boolean()),
  /** One of `countedReasons`, or a reason of a neighbouring release. */
  countedBecause: z.optional(z.string()),
  records: z.optional(z.number()),
  freshness: z.optional(freshnessSchema),
  error: z.optional(z.string()),
  message: z.optional(z.string()),
  supersededBy: z.optional(z.string()),
  deploy: z.optional(deploySchema),
});
export type SyncPart = z.infer<typeof syncPartSchema>;

export const siteAskSchema = z.looseObject({
  siteId: z.string(),
  name: z.string(),
  buildId: z.nullable(z.string()),
  /** `missing`: no build was requested. The sync fails, because the site does not show the change. */
  outcome: z.enum(["queued", "coalesced", "missing"]),
  /** The site is missing because its document is damaged; absent: it was deleted. */
  unreadable: z.optional(z.boolean()),
});
export type SiteAsk = z.infer<typeof siteAskSchema>;

/** The result of the purge of a layer's cache tags after a change. */
export const purgeSchema = z.looseObject({
  /** `skipped`: there is no cache here (locally, without a token). */
  outcome: z.enum(["purged", "failed", "skipped"]),
  tags: z.number(),
  error: z.optional(z.string()),
});
export type Purge = z.infer<typeof purgeSchema>;

/** A sync from its claim until nothing of it is open. Then it leaves the document as a record. */
export const syncSchema = z.looseObject({
  id: z.string(),
  scope: z.union([z.literal("all"), z.array(slug)]),
  trigger: triggerSchema,
  deliveries: z.number(),
  attempts: z.number(),
  queuedAt: ms,
  startedAt: z.nullable(ms),
  finishedAt: z.nullable(ms),
  /** The revision of the claim, which covers everything accepted at a lower one. */
  claimRev: z.nullable(z.number()),
  cancelled: z.optional(z.boolean()),
  error: z.optional(z.string()),
  parts: z.record(slug, syncPartSchema),
  sites: z.array(siteAskSchema),
  purge: z.optional(purgeSchema),
  causes: z.optional(z.array(causeSchema)),
  /** What a person asked of this build. Absent: what the site says. */
  branch: z.optional(z.string()),
  clearCache: z.optional(z.boolean()),
  likeness: z.optional(z.number()),
  webhooks: z.optional(z.array(z.string())),
  /** Of a build: how many publishes it stands for. */
  publishes: z.optional(z.number()),
});
export type Sync = z.infer<typeof syncSchema>;
