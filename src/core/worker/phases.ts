import type { Holder } from "../holder.ts";
import type { Owed } from "../owed.ts";
import type { Claim } from "../slot/claim.ts";
import type { News, Polled, Settled } from "../slot/settle.ts";
import type { Cause, Outcome, Purge, Run, SiteAsk } from "../slot/slot.ts";
import type { Lease, Moment } from "./lease.ts";

/** The moment at which something happens to a worker, what is left of its time, and a new id for what it claims next. */
export interface Instant extends Moment {
  /** What is left of the worker's invocation (ms). */
  readonly left: number;
  readonly id: string;
}

/** A run in a worker's hands. */
interface Attending {
  readonly run: Run;
  readonly lease: Lease;
  /** The id of the next claim; one for the whole run, so that a claim whose reply was lost is recognised later. */
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
  /** Something is to be recorded at once. */
  readonly urgent: boolean;
  /** The calls were ended, because the lease seemed to be lost. */
  readonly ended: boolean;
  /** Null: no record is under way. */
  readonly record: RecordUnderWay | null;
}

interface RecordUnderWay {
  readonly began: Moment;
  /** The run is handed over once this record stands. */
  readonly leaving: boolean;
  /** The store did not confirm it; it is tried again after a rest. */
  readonly resting: boolean;
}

/** A worker that has every connected site asked for a build and the cache purged. */
export interface Asking extends Attending {
  readonly at: "asking";
  readonly ask: SitesAsk;
  /** Null: not answered yet. "given up": the lease was not sure enough to ask again. */
  readonly asked: readonly SiteAsk[] | "given up" | null;
  readonly purged: Purged | null;
}

/** A worker that records what the sites were asked. */
export interface Concluding extends Attending {
  readonly at: "concluding";
  readonly asked: readonly SiteAsk[];
  readonly purge: Purge | null;
  readonly began: Moment;
}

/** Where a worker is in its programme. Plain data: two workers whose phases are equal go on in the same way. */
export type Phase =
  | { readonly at: "claiming"; readonly by: string; readonly waits: number }
  | { readonly at: "making room"; readonly waits: number }
  | { readonly at: "waiting"; readonly waits: number }
  | Calling
  | Asking
  | Concluding
  | { readonly at: "handing over"; readonly run: Run }
  | { readonly at: "waking" }
  /** Waits for what is still being appended to the archive. */
  | { readonly at: "ending" }
  | { readonly at: "settling" }
  | { readonly at: "over" };

/** A worker: its phase, and how many appends to the archive are under way. */
export interface Worker {
  readonly phase: Phase;
  readonly appending: number;
}

/** How the call of a part ends. */
export type Progress =
  | { readonly kind: "decided"; readonly outcome: Outcome }
  /** The job reports by itself until then (ms). */
  | { readonly kind: "parked"; readonly deadline: number }
  /** Given up unfinished: the lease is lost, or the worker's time is over. */
  | { readonly kind: "left" };

/** How the purge of a layer's cache tags ends. */
export type Purged =
  /** Tried to its end; null: the layer has no tags to purge. */
  | { readonly kind: "done"; readonly purge: Purge | null }
  /** The lease was not sure enough for a single try: it stays owed. */
  | { readonly kind: "left" };

/** What a layer's worker asks of its sites. `id` names what is owed: asking again changes nothing. */
export interface SitesAsk {
  readonly id: string;
  readonly cause: Cause;
  readonly siteIds: readonly string[];
}

/** The result of a write, and the document that it was decided on or written as; null: its document is gone. */
type Written<R> = { readonly result: R; readonly holder: Holder } | null;

/** What a worker is told: how an effect of its own has ended. */
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
  /** An effect failed in a way that nobody foresaw. */
  | { readonly kind: "broke" };

/** What an operator may want to see of a run. */
export type Note =
  | { readonly kind: "claimed" | "ended" | "parked" | "fenced" | "handed over" | "lost"; readonly run: Run }
  | { readonly kind: "decided"; readonly slug: string; readonly outcome: Outcome };

/** What a worker wants done. Each effect ends in what the worker is told, but for those that say otherwise. */
export type Effect =
  /** Claims the slot under this id (`claimWork`); ends in "claimed". */
  | { readonly do: "claim"; readonly by: string }
  /** Ends in "slept". */
  | { readonly do: "sleep"; readonly ms: number }
  /** Appends what the document owes and drops it from there; ends in "room made". */
  | { readonly do: "make room" }
  /** Wakes another worker for this slot; ends in "woken". */
  | { readonly do: "wake" }
  /** Calls a part of the run; ends in "called", perhaps after "polled". */
  | { readonly do: "call"; readonly fence: number; readonly slug: string }
  /** Ends all calls at once; they end in nothing that counts. */
  | { readonly do: "end calls" }
  /** Rings after this time, or when it is nudged; there is one alarm. Ends in "rang". */
  | { readonly do: "set alarm"; readonly ms: number }
  | { readonly do: "nudge" }
  /** Ends in "ticked" a second later. */
  | { readonly do: "tick"; readonly fence: number }
  /** Records what the calls told (`recordNews`); ends in "recorded". */
  | { readonly do: "record"; readonly fence: number; readonly news: News; readonly nextBy: string }
  /** Leaves the run to any worker (`recordHandOver`); ends in "handed over". */
  | { readonly do: "hand over"; readonly fence: number }
  /** Asks each site for a build (`askForBuild`); ends in "asked". */
  | ({ readonly do: "ask sites" } & SitesAsk)
  /** Purges the layer's cache tags; ends in "purged". */
  | { readonly do: "purge" }
  /** Works a site's slot in this invocation too; ends in nothing. */
  | { readonly do: "follow"; readonly siteId: string }
  /** Records that sites were asked and tags purged (`recordBuilt`); ends in "recorded". */
  | {
      readonly do: "conclude";
      readonly fence: number;
      readonly asked: readonly SiteAsk[];
      readonly purge: Purge | null;
      readonly nextBy: string;
    }
  /** Appends to the archive, and sends the messages that follow; ends in "appended". */
  | { readonly do: "append"; readonly owed: readonly Owed[] }
  /** Appends what is left and sends what is left to send; ends in "settled". */
  | { readonly do: "settle" }
  /** Ends in nothing. */
  | { readonly do: "note"; readonly note: Note };

/** A worker after something happened, and what it wants done now, in this order. */
export interface Stepped {
  readonly worker: Worker;
  readonly effects: readonly Effect[];
}
