/**
 * The slot: four registers and one fencing token. `README.md` beside this file has the state diagram, the state table
 * and the laws.
 *
 * Each register may be empty or filled whatever the others hold, so every combination is valid. Every object is loose:
 * fields of a neighbouring release survive each command of this one.
 */
import { z } from "zod/mini";
import { usageSchema } from "../usage/usage.ts";
import { deploySchema } from "./deploy.ts";
import { type Pace, spentSchema } from "./pace.ts";

const ms = z.number();
const slug = z.string();

/** A request for one part (a layer's source, a site's build). */
export const askSchema = z.looseObject({
  /** False only while exactly one delivery that named the part is behind the request. */
  full: z.boolean(),
  body: z.optional(z.string()),
  bodyAt: z.optional(ms),
  /** Revision and time of the write that stored `body`. A request that arrived earlier may be ordered before it. */
  bodyRev: z.optional(z.number()),
  bodySetAt: z.optional(ms),
  /**
   * When the newest delivery behind this request was stored (ms). Absent if no delivery is behind it. The delivery
   * arrived before that time.
   */
  deliveredAt: z.optional(ms),
});
export type Ask = z.infer<typeof askSchema>;

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
export const causeSchema = z.looseObject({ dataLayerId: z.string(), name: z.string(), syncId: z.string() });
export type Cause = z.infer<typeof causeSchema>;

export const pendingSchema = z.looseObject({
  syncId: z.string(),
  filledAt: ms,
  /** When the newest request was written (ms). */
  at: ms,
  /**
   * Revision of the write that stored the newest request. Anything seen at a lower revision happened before the
   * request, whatever the clocks say.
   */
  askedRev: z.optional(z.number()),
  notBefore: ms,
  trigger: triggerSchema,
  all: z.boolean(),
  asks: z.record(slug, askSchema),
  deliveries: z.number(),
  /** When the newest delivery for everything was stored (ms). */
  deliveredAt: z.optional(ms),
  /** Whether the sync builds sites afterwards (a configuration sync alone does not). */
  build: z.boolean(),
  causes: z.optional(z.array(causeSchema)),
  /** A person released the build, so it waits for no quiet period, interval or budget. */
  released: z.optional(z.boolean()),
});
export type Pending = z.infer<typeof pendingSchema>;

/** `unconfirmed`: a delivery announced a change that the probe did not see, and that counts. Otherwise `confirmed`. */
export const freshnessSchema = z.enum(["confirmed", "unconfirmed"]);
export type Freshness = z.infer<typeof freshnessSchema>;

export const outcomeSchema = z.discriminatedUnion("kind", [
  z.looseObject({
    kind: z.literal("ok"),
    changed: z.optional(z.boolean()),
    version: z.optional(z.string()),
    message: z.optional(z.string()),
    records: z.optional(z.number()),
    /** Only for probes. */
    freshness: z.optional(freshnessSchema),
    durationMs: z.number(),
    deploy: z.optional(deploySchema),
  }),
  z.looseObject({
    kind: z.literal("failed"),
    error: z.string(),
    /** No answer came, so the call may have had its effect. */
    unanswered: z.boolean(),
    durationMs: z.number(),
    /** The failed deploy, which was built and paid for. */
    deploy: z.optional(deploySchema),
    /**
     * The part fails for good after this many attempts, however recent its first call is; absent: the rules for
     * sources.
     */
    atMost: z.optional(z.number()),
  }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

const debt = {
  syncId: z.string(),
  /** The number of failed attempts so far. */
  tries: z.number(),
  /** The number of workers lost while the part was open. */
  lost: z.number(),
  /** When the first call was decided (ms). The time until the final failure counts from here. */
  since: ms,
  /** For a site's build: when the newest request behind it was stored, and the revision of that write. */
  askedAt: z.optional(ms),
  askedRev: z.optional(z.number()),
  ask: askSchema,
  build: z.boolean(),
  /** The `Location` of a `202`, where the job is polled. */
  location: z.optional(z.string()),
  /** When the open call times out. */
  deadline: z.optional(ms),
  /** The fencing token of the open call. */
  callFence: z.number(),
  /** The deploy that the call started, or that covers the build. */
  deploy: z.optional(deploySchema),
};

export const partSchema = z.looseObject({
  ...debt,
  /** The part is open without a worker: the job reports to its callback. */
  parked: z.optional(z.boolean()),
  /** True from the sync's second attempt on. */
  riding: z.boolean(),
  outcome: z.optional(outcomeSchema),
});
export type Part = z.infer<typeof partSchema>;

export const retrySchema = z.looseObject({ ...debt, due: ms, error: z.string() });
export type Retry = z.infer<typeof retrySchema>;

export const runSchema = z.looseObject({
  fence: z.number(),
  /** The claim whose worker attends the run; null: none (parked, or handed over). */
  by: z.nullable(z.string()),
  lead: z.string(),
  phase: z.enum(["sources", "sites"]),
  startRev: z.number(),
  startedAt: ms,
  leaseUntil: ms,
  parts: z.record(slug, partSchema),
});
export type Run = z.infer<typeof runSchema>;

/** Builds that a change owes, until every site's build was requested. The id makes a second request harmless. */
export const buildSchema = z.looseObject({
  id: z.string(),
  syncIds: z.array(z.string()),
  changed: z.array(slug),
  versions: z.record(slug, z.string()),
  since: ms,
});
export type Build = z.infer<typeof buildSchema>;

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
});
export type Sync = z.infer<typeof syncSchema>;

export const slotSchema = z.looseObject({
  fence: z.number(),
  paused: z.boolean(),
  pending: z.nullable(pendingSchema),
  running: z.nullable(runSchema),
  retry: z.record(slug, retrySchema),
  build: z.nullable(buildSchema),
  /** Sources with a call whose effect is unknown. Their next answer without a version counts as changed. */
  doubt: z.record(slug, ms),
  /** Changes of sources that no site was built with yet: when each was put off, and its version if it has one. */
  unbuilt: z.optional(z.record(slug, z.looseObject({ at: ms, version: z.optional(z.string()) }))),
  /** The version of each source that sites were last built with. */
  built: z.record(slug, z.string()),
  /** When each probe was last called. */
  checked: z.optional(z.record(slug, ms)),
  /**
   * The catch-up after a silence of the drain that began at `tick`: every probe not called since `since` is called
   * once, from `at` on.
   */
  catchUp: z.optional(z.looseObject({ tick: ms, since: ms, at: ms })),
  recent: z.array(
    z.looseObject({
      id: z.string(),
      syncId: z.string(),
      queued: z.boolean(),
      rev: z.optional(z.number()),
      /** The delivery that the answer named, if its sender may send `id` again. */
      deliveryId: z.optional(z.string()),
    }),
  ),
  open: z.record(z.string(), syncSchema),
  /** The recent starts of a paced slot. */
  spent: z.optional(spentSchema),
  /** When we last stopped waiting for the end of an accepted build call, because no notification came (ms). */
  unheardAt: z.optional(ms),
  usage: z.optional(usageSchema),
});
export type Slot = z.infer<typeof slotSchema>;

/** What every command gets from the slot's owner: the present parts, and what follows a sync. */
export interface Parts {
  /** The slugs of the present parts. A removed part is not retried. */
  readonly known: readonly string[];
  /** A build layer: it has no parts, and each sync counts as changed. */
  readonly buildOnly: boolean;
  /** Whether a change has an effect: sites to build or tags to purge. */
  readonly sites: boolean;
  /** The limits on starts; absent: a start costs nothing. */
  readonly pace?: Pace;
  /**
   * If no end of an accepted call is reported in time, the call counts as over, because a second call would cost the
   * same again.
   */
  readonly acceptedIsOver?: boolean;
  /** The probes, which may be called without a delivery. */
  readonly probes?: Readonly<Record<string, Probe>>;
}

/** The effect of a command: the next slot, and the ended syncs (whose records are now owed). */
export interface Change {
  readonly slot: Slot;
  readonly ended: readonly Sync[];
}

/** The effect of a command on a slot (null: nothing to write), and the result for the caller. */
export interface SlotDecision<R> {
  readonly change: Change | null;
  readonly result: R;
}

/** An idle slot. `fence` goes on from the document that it replaces, because fencing tokens never fall. */
export const emptySlot = (fence = 0): Slot => ({
  fence,
  paused: false,
  pending: null,
  running: null,
  retry: {},
  build: null,
  doubt: {},
  built: {},
  recent: [],
  open: {},
});

/** When a probe is called without a delivery (ms); null: never. */
export interface Probe {
  readonly every: number | null;
  /** The offset of the layer's checks in that interval, so that not all layers check in the same second. */
  readonly phase: number;
}

/** A record's own property. Without this, the slug "constructor" would find an inherited one. */
export const own = <V>(record: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** A copy of `record` without `keys`. */
export const without = <V>(record: Readonly<Record<string, V>>, ...keys: readonly string[]): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
