/**
 * The slot: four registers and one fencing token. `README.md` beside this file has the state diagram, the state table
 * and the laws.
 *
 * Each register may be empty or filled whatever the others hold, so every combination is valid. Every object is loose:
 * fields of a neighbouring release survive each command of this one.
 */
import { z } from "zod/mini";
import { RECENT } from "../limits.ts";
import { heldSchema } from "../usage/held.ts";
import { usageSchema } from "../usage/usage.ts";
import { deploySchema } from "./deploy.ts";
import { habitSchema, type Pace, spentSchema } from "./pace.ts";
import { causeSchema, freshnessSchema, type Sync, syncSchema, triggerSchema } from "./sync.ts";

const ms = z.number();
const slug = z.string();

/** What a person asked of one build: its branch, and a cleared build cache. Absent: what the site says. */
const buildOptions = { branch: z.optional(z.string()), clearCache: z.optional(z.boolean()) };

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
  ...buildOptions,
});
export type Ask = z.infer<typeof askSchema>;

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
  /** What the bodies of all deliveries are like; absent: different ones, or none that tells. */
  likeness: z.optional(z.number()),
  /** The webhooks that took the deliveries, by `ref`, or `default`. Of too many, the newest are kept. */
  webhooks: z.optional(z.array(z.string())),
  /** Of a build: how many publishes it stands for. */
  publishes: z.optional(z.number()),
  /** A person released the build, so it waits for no quiet period, interval or budget. */
  released: z.optional(z.boolean()),
  ...buildOptions,
});
export type Pending = z.infer<typeof pendingSchema>;

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
    /** No build began, so the start is given back although a deploy is known. */
    unbuilt: z.optional(z.boolean()),
    /** The attempt is not counted, because nothing was wrong with the build. */
    uncounted: z.optional(z.boolean()),
    /** What holds all builds of the site back. */
    held: z.optional(z.enum(["credits", "builds-stopped"])),
    /** The next attempt starts no earlier than this (ms), because the receiver of the call asked for it. */
    notBefore: z.optional(ms),
  }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

const debt = {
  syncId: z.string(),
  /** The number of failed attempts so far. */
  tries: z.number(),
  /** The number of workers lost while the part was open. */
  lost: z.number(),
  /** The number of attempts that are not counted in `tries`. */
  uncounted: z.optional(z.number()),
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
  /** How the requests of a paced slot usually follow one another. */
  habit: z.optional(habitSchema),
  /** What holds all starts back at Netlify; absent: nothing. */
  held: z.optional(heldSchema),
  /** When we last stopped waiting for the end of an accepted build call, because no notification came (ms). */
  unheardAt: z.optional(ms),
  usage: z.optional(usageSchema),
});
export type Slot = z.infer<typeof slotSchema>;

/** When a probe is called without a delivery (ms); null: never. */
export interface Probe {
  readonly every: number | null;
  /** The offset of the layer's checks in that interval, so that not all layers check in the same second. */
  readonly phase: number;
}

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

/** Adds a decision to those that the slot recognises by id, and drops the oldest. */
export const remember = (slot: Slot, decision: Slot["recent"][number]): Slot => ({
  ...slot,
  recent: [...slot.recent, decision].slice(-RECENT),
});

/** A record's own property. Without this, the slug "constructor" would find an inherited one. */
export const own = <V>(record: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** A copy of `record` without `keys`. */
export const without = <V>(record: Readonly<Record<string, V>>, ...keys: readonly string[]): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
