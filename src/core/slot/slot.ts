/**
 * The slot: four registers and one fence. `README.md` beside this file has the state diagram, the state table and the laws.
 *
 * Every register may be empty or filled whatever the others are, so there is no impossible combination to guard
 * against. Every object is loose: a neighbouring release's fields survive each command of this one.
 */
import { z } from "zod/mini";
import { usageSchema } from "../usage/usage.ts";
import { deploySchema } from "./deploy.ts";
import { type Pace, spentSchema } from "./pace.ts";

const ms = z.number();
const slug = z.string();

/** What one part (a layer's source, a site's build) is asked to do. */
export const askSchema = z.looseObject({
  /** False only while the ask stands for exactly one delivery that named the part. */
  full: z.boolean(),
  body: z.optional(z.string()),
  bodyAt: z.optional(ms),
  /** The revision that committed `body`, and when that was decided: who arrived before it may count as older. */
  bodyRev: z.optional(z.number()),
  bodySetAt: z.optional(ms),
  /** When the newest delivery was written that this stands for; absent: none does. It arrived before that. */
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

/** Which layer's sync asked a site to build. */
export const causeSchema = z.looseObject({ dataLayerId: z.string(), name: z.string(), syncId: z.string() });
export type Cause = z.infer<typeof causeSchema>;

export const pendingSchema = z.looseObject({
  syncId: z.string(),
  filledAt: ms,
  /** When the standing trigger was written. */
  at: ms,
  /** The revision that wrote the newest ask: what was known at an earlier one is older than it, whatever clocks say. */
  askedRev: z.optional(z.number()),
  notBefore: ms,
  trigger: triggerSchema,
  all: z.boolean(),
  asks: z.record(slug, askSchema),
  deliveries: z.number(),
  /** When the newest delivery was written that asked for everything. */
  deliveredAt: z.optional(ms),
  /** Whether sites are to be built after it (a configuration sync alone does not ask for that). */
  build: z.boolean(),
  causes: z.optional(z.array(causeSchema)),
  /** A person let it go: it waits for no quiet, no interval and no budget. */
  released: z.optional(z.boolean()),
});
export type Pending = z.infer<typeof pendingSchema>;

/** Whether a probe saw what was announced, or had to believe it. */
export const freshnessSchema = z.enum(["confirmed", "unconfirmed"]);
export type Freshness = z.infer<typeof freshnessSchema>;

export const outcomeSchema = z.discriminatedUnion("kind", [
  z.looseObject({
    kind: z.literal("ok"),
    changed: z.optional(z.boolean()),
    version: z.optional(z.string()),
    message: z.optional(z.string()),
    records: z.optional(z.number()),
    /** Of a probe. */
    freshness: z.optional(freshnessSchema),
    durationMs: z.number(),
    deploy: z.optional(deploySchema),
  }),
  z.looseObject({
    kind: z.literal("failed"),
    error: z.string(),
    /** No answer came, so the call may have had its effect unseen. */
    unanswered: z.boolean(),
    durationMs: z.number(),
    /** The deploy that failed: it was built, and is paid for. */
    deploy: z.optional(deploySchema),
    /** After so many tries it is given up, however young it is; absent: as the rules for sources say. */
    atMost: z.optional(z.number()),
  }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

const debt = {
  syncId: z.string(),
  /** Failed tries so far. */
  tries: z.number(),
  /** Workers lost while it was open. */
  lost: z.number(),
  /** When its first call was decided: the give-up clock. */
  since: ms,
  /** Of a site's build: when the newest ask it stands for was written, and the revision that wrote it. */
  askedAt: z.optional(ms),
  askedRev: z.optional(z.number()),
  ask: askSchema,
  build: z.boolean(),
  /** Where a `202` with `Location` said to poll. */
  location: z.optional(z.string()),
  /** When the open call counts as timed out. */
  deadline: z.optional(ms),
  /** The fencing token that the open call carries. */
  callFence: z.number(),
  /** The deploy that its call began, or that stands for it. */
  deploy: z.optional(deploySchema),
};

export const partSchema = z.looseObject({
  ...debt,
  /** Open without a worker: the job reports to its callback. */
  parked: z.optional(z.boolean()),
  /** It rides as its sync's second or later try. */
  riding: z.boolean(),
  outcome: z.optional(outcomeSchema),
});
export type Part = z.infer<typeof partSchema>;

export const retrySchema = z.looseObject({ ...debt, due: ms, error: z.string() });
export type Retry = z.infer<typeof retrySchema>;

export const runSchema = z.looseObject({
  fence: z.number(),
  /** The claim that attends it; null: nobody (parked, or handed over). */
  by: z.nullable(z.string()),
  lead: z.string(),
  phase: z.enum(["sources", "sites"]),
  startRev: z.number(),
  startedAt: ms,
  leaseUntil: ms,
  parts: z.record(slug, partSchema),
});
export type Run = z.infer<typeof runSchema>;

/** Builds that a change owes; cleared only when every site was asked. Its id makes asking twice harmless. */
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
  /** Whether it counted as changed; with `countedBecause` its answer said that nothing had changed. */
  changed: z.optional(z.boolean()),
  /** One of `countedReasons`, or one that a neighbouring release knows. */
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
  /** `missing`: it was not asked. The sync fails, for what changed is not shown there. */
  outcome: z.enum(["queued", "coalesced", "missing"]),
  /** It is missing because its document is damaged; absent: it was deleted. */
  unreadable: z.optional(z.boolean()),
});
export type SiteAsk = z.infer<typeof siteAskSchema>;

/** How the purge of a layer's cache tags ended, after a change. */
export const purgeSchema = z.looseObject({
  /** `skipped`: nothing serves a cache here (locally, without a token). */
  outcome: z.enum(["purged", "failed", "skipped"]),
  tags: z.number(),
  error: z.optional(z.string()),
});
export type Purge = z.infer<typeof purgeSchema>;

/** A sync from its claim until nothing of it is open; then it leaves the document as a record. */
export const syncSchema = z.looseObject({
  id: z.string(),
  scope: z.union([z.literal("all"), z.array(slug)]),
  trigger: triggerSchema,
  deliveries: z.number(),
  attempts: z.number(),
  queuedAt: ms,
  startedAt: z.nullable(ms),
  finishedAt: z.nullable(ms),
  /** The revision of its claim: it covers what was accepted at a lower one. */
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
  /** Sources with a call whose effect nobody saw: the next answer without a version counts as changed. */
  doubt: z.record(slug, ms),
  /** Changes of sources that no site was built with yet: when each was put off, and its version if it has one. */
  unbuilt: z.optional(z.record(slug, z.looseObject({ at: ms, version: z.optional(z.string()) }))),
  /** The version of each source that sites were last built with. */
  built: z.record(slug, z.string()),
  /** When each probe was last asked. */
  checked: z.optional(z.record(slug, ms)),
  /** After a silence of the drain that began at `tick`, every probe not asked since `since` is asked once, from `at` on. */
  catchUp: z.optional(z.looseObject({ tick: ms, since: ms, at: ms })),
  recent: z.array(
    z.looseObject({
      id: z.string(),
      syncId: z.string(),
      queued: z.boolean(),
      rev: z.optional(z.number()),
      /** The delivery that was answered so, where `id` is one that its sender may send again. */
      deliveryId: z.optional(z.string()),
    }),
  ),
  open: z.record(z.string(), syncSchema),
  /** What a paced slot has started. */
  spent: z.optional(spentSchema),
  /** When a call that was accepted was last given up waiting for. */
  unheardAt: z.optional(ms),
  usage: z.optional(usageSchema),
});
export type Slot = z.infer<typeof slotSchema>;

/** What the slot's owner tells every command: the parts there are now, and whether sites follow. */
export interface Parts {
  /** Slugs of today's parts; a part that is not here any more is not tried again. */
  readonly known: readonly string[];
  /** A build layer: no parts, each sync counts as changed. */
  readonly buildOnly: boolean;
  /** Whether a change has somewhere to go: sites to build, tags to purge. */
  readonly sites: boolean;
  /** How it spends what each start costs; absent: a start costs nothing. */
  readonly pace?: Pace;
  /** A call that was accepted is over when nobody has told of its end in time: calling again would cost the same again. */
  readonly acceptedIsOver?: boolean;
  /** Its probes, which may be asked without anybody's announcement. */
  readonly probes?: Readonly<Record<string, Probe>>;
}

/** A command's effect: the next slot, and the syncs that ended in it (their records are now owed). */
export interface Change {
  readonly slot: Slot;
  readonly ended: readonly Sync[];
}

/** A command's effect on a slot (null: nothing to write) and what the caller is told. */
export interface SlotDecision<R> {
  readonly change: Change | null;
  readonly result: R;
}

/** An idle slot. `fence` continues that of a document it replaces: tokens never fall. */
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

/** When a probe is asked without anybody's announcement (ms); null: only when somebody asks. */
export interface Probe {
  readonly every: number | null;
  /** Where in that interval its layer's checks stand, so that not all layers check in the same second. */
  readonly phase: number;
}

/** What a record holds under a key of its own: "constructor" is a slug like any other. */
export const own = <V>(record: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** A copy of `record` without `keys`. */
export const without = <V>(record: Readonly<Record<string, V>>, ...keys: readonly string[]): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
