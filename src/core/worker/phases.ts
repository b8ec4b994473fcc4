import type { Owed } from "../owed.ts";
import type { Claim } from "../slot/claim.ts";
import type { News, Polled, Settled } from "../slot/settle.ts";
import type { Outcome, Run } from "../slot/slot.ts";
import type { Cause, Purge, SiteAsk } from "../slot/sync.ts";
import type { SlotOwner } from "../slotOwner.ts";
import type { Lease, Moment } from "./lease.ts";

/** The moment of an event, the worker's remaining time, and a new id for its next claim. */
export interface Instant extends Moment {
  /** The remaining time of the worker's invocation (ms). */
  readonly left: number;
  readonly id: string;
}

/** A run that a worker attends. */
interface Attending {
  readonly run: Run;
  readonly lease: Lease;
  /** The id of the next claim, one for the whole run, so that a claim whose reply was lost is recognised later. */
  readonly nextBy: string;
}

/** A worker that calls the parts of its run and renews its lease. */
export interface Calling extends Attending {
  readonly at: "calling";
  /** Parts whose call is under way. */
  readonly open: readonly string[];
  readonly outcomes: News["outcomes"];
  readonly polled: News["polled"];
  readonly parked: News["parked"];
  /** Whether something must be recorded at once. */
  readonly urgent: boolean;
  /** Whether the calls were ended because the lease seemed to be lost. */
  readonly ended: boolean;
  /** Null: no record is being written. */
  readonly record: RecordUnderWay | null;
}

interface RecordUnderWay {
  readonly began: Moment;
  /** Whether the run is handed over after this record. */
  readonly leaving: boolean;
  /** Whether the store did not confirm the record, which is tried again after a pause. */
  readonly resting: boolean;
}

/** A worker that requests a build of every connected site and purges the cache. */
export interface Asking extends Attending {
  readonly at: "asking";
  readonly ask: SitesAsk;
  /** Null: no answer yet. "given up": the lease was not sure enough to try again. */
  readonly asked: readonly SiteAsk[] | "given up" | null;
  readonly purged: Purged | null;
}

/** A worker that records what was requested of the sites. */
export interface Concluding extends Attending {
  readonly at: "concluding";
  readonly asked: readonly SiteAsk[];
  readonly purge: Purge | null;
}

/** The state of a worker as plain data: two workers with equal phases go on in the same way. */
export type Phase =
  | { readonly at: "claiming"; readonly by: string; readonly waits: number }
  | { readonly at: "making room"; readonly waits: number }
  | { readonly at: "waiting"; readonly waits: number }
  | Calling
  | Asking
  | Concluding
  | { readonly at: "handing over"; readonly run: Run }
  | { readonly at: "waking" }
  /** Waits for the last appends to the archive. */
  | { readonly at: "ending" }
  | { readonly at: "settling" }
  | { readonly at: "over" };

/** A worker: its phase, and the number of running appends to the archive. */
export interface Worker {
  readonly phase: Phase;
  readonly appending: number;
}

/** The end of a part's call. */
export type Progress =
  | { readonly kind: "decided"; readonly outcome: Outcome }
  /** The job reports by itself until then (ms). */
  | { readonly kind: "parked"; readonly deadline: number }
  /** The call was abandoned, because the lease is lost or the worker's time is over. */
  | { readonly kind: "left" };

/** The end of the purge of a layer's cache tags. */
export type Purged =
  /** The purge's result; null: the layer has no tags to purge. */
  | { readonly kind: "done"; readonly purge: Purge | null }
  /** The lease was not sure enough for any attempt, so the purge stays owed. */
  | { readonly kind: "left" };

/** A layer's request to its sites. `id` is the id of the owed build, so that a second request changes nothing. */
export interface SitesAsk {
  readonly id: string;
  readonly cause: Cause;
  readonly siteIds: readonly string[];
}

/** The result of a write, and the document that was read or written; null: the document is gone. */
type Written<R> = { readonly result: R; readonly owner: SlotOwner } | null;

/** An event for a worker: the end of one of its effects. */
export type Happened =
  | { readonly kind: "claimed"; readonly written: Written<Claim> }
  | { readonly kind: "slept" }
  | { readonly kind: "room made" }
  | { readonly kind: "woken" }
  | { readonly kind: "rang" }
  | { readonly kind: "ticked"; readonly fence: number }
  | { readonly kind: "polled"; readonly fence: number; readonly slug: string; readonly polled: Polled }
  | { readonly kind: "called"; readonly fence: number; readonly slug: string; readonly progress: Progress }
  /** `written` is absent if the store did not confirm the record. */
  | { readonly kind: "recorded"; readonly written?: Written<Settled> }
  | { readonly kind: "handed over"; readonly isLeft: boolean }
  /** `asked` is absent if a site's document could not be reached. */
  | { readonly kind: "asked"; readonly asked?: readonly SiteAsk[] }
  | { readonly kind: "purged"; readonly purged: Purged }
  | { readonly kind: "appended" }
  | { readonly kind: "settled" }
  /** An effect failed unexpectedly. */
  | { readonly kind: "broke" };

/** A fact about a run for the operator's log. */
export type Note =
  | { readonly kind: "claimed" | "ended" | "parked" | "fenced" | "handed over" | "lost"; readonly run: Run }
  | { readonly kind: "decided"; readonly slug: string; readonly outcome: Outcome };

/** An effect for the driver to perform. Each ends in an event for the worker unless its comment says otherwise. */
export type Effect =
  /** Claims the slot under this id (`claimWork`); ends in "claimed". */
  | { readonly do: "claim"; readonly by: string }
  /** Ends in "slept". */
  | { readonly do: "sleep"; readonly ms: number }
  /** Appends what the document owes and drops it there; ends in "room made". */
  | { readonly do: "make room" }
  /** Wakes another worker for this slot; ends in "woken". */
  | { readonly do: "wake" }
  /** Calls a part of the run; ends in "called", perhaps after "polled". */
  | { readonly do: "call"; readonly fence: number; readonly slug: string }
  /** Ends all calls at once. Their ends no longer count. */
  | { readonly do: "end calls" }
  /** Sets the one alarm, which rings after this time or when it is nudged. Ends in "rang". */
  | { readonly do: "set alarm"; readonly ms: number }
  /** Lets the alarm ring now; ends in no event of its own. */
  | { readonly do: "nudge" }
  /** Ends in "ticked" a second later. */
  | { readonly do: "tick"; readonly fence: number }
  /** Records what the calls reported (`recordNews`); ends in "recorded". */
  | { readonly do: "record"; readonly fence: number; readonly news: News; readonly nextBy: string }
  /** Leaves the run to any worker (`recordHandOver`); ends in "handed over". */
  | { readonly do: "hand over"; readonly fence: number }
  /** Requests a build of each site (`askForBuild`); ends in "asked". */
  | ({ readonly do: "ask sites" } & SitesAsk)
  /** Purges the layer's cache tags; ends in "purged". */
  | { readonly do: "purge" }
  /** Works a site's slot in this invocation too; ends in no event. */
  | { readonly do: "follow"; readonly siteId: string }
  /** Records the requested builds and the purge (`recordBuilt`); ends in "recorded". */
  | {
      readonly do: "conclude";
      readonly fence: number;
      readonly asked: readonly SiteAsk[];
      readonly purge: Purge | null;
      readonly nextBy: string;
    }
  /** Appends to the archive, and sends the messages that follow; ends in "appended". */
  | { readonly do: "append"; readonly owed: readonly Owed[] }
  /** Appends and sends everything that is left; ends in "settled". */
  | { readonly do: "settle" }
  /** Ends in no event. */
  | { readonly do: "note"; readonly note: Note };

/** A worker after an event, and its next effects in order. */
export interface Stepped {
  readonly worker: Worker;
  readonly effects: readonly Effect[];
}
