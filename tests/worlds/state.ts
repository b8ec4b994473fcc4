import type { Outcome, Run } from "../../src/core/slot/slot.ts";
import type { Effect, Worker } from "../../src/core/worker/phases.ts";
import type { Stored } from "./documents.ts";
import type { Numbered } from "./interned.ts";
import type { Faults } from "./rules.ts";

/** What a publisher was told, and which edition of each source's content its delivery was about. */
export interface Answer {
  readonly syncId: string;
  readonly revision: number;
  readonly contents: Readonly<Record<string, number>>;
}

/** What a process does for a worker's machine, one after the other. */
export type Doing =
  | Exclude<Effect, { readonly do: "sleep" }>
  | { readonly do: "sleep"; readonly until: number }
  /** The second half of "settle" and "make room": what is appended leaves the document. */
  | { readonly do: "drop"; readonly then: "settled" | "room made" };

/** A worker that is not over. Its ids come from a count; `flushed` are entries it knows to stand in the archive. */
export interface Working {
  readonly at: "working";
  readonly worker: Worker;
  readonly doing: readonly Doing[];
  /** The part that is about to be called: time may pass before its call arrives. */
  readonly sent: string | null;
  readonly n: number;
  /** Writes tried under the newest id, for their stamps. */
  readonly writes: number;
  readonly flushed: readonly string[];
  /** How often it may still be woken, this time included. */
  readonly lives: number;
}

/** A job's report, as its call's token is bound to it. */
export interface Reporting {
  readonly slug: string;
  readonly syncId: string;
  readonly fence: number;
  readonly outcome: Outcome;
}

/** Where a process is in its programme. */
export type Phase =
  | { readonly at: "over"; readonly answer: Answer | null }
  | { readonly at: "publish"; readonly contents: Readonly<Record<string, number>> }
  | { readonly at: "off"; readonly n: number; readonly lives: number }
  | Working
  | { readonly at: "act"; readonly step: number }
  | { readonly at: "waiting to report" }
  | ({ readonly at: "report" } & Reporting);

/** The run in a worker's hands, if it has one. */
export const runOf = (phase: Phase): Run | null =>
  phase.at === "working" && "run" in phase.worker.phase ? phase.worker.phase.run : null;

export type PhaseAt<A extends Phase["at"]> = Extract<Phase, { at: A }>;

/** What the store answered to a process, since its loop began. */
export type Heard =
  | { readonly kind: "found"; readonly stored: Stored; readonly now: number }
  | { readonly kind: "written" | "conflict" | "unavailable" | "paused"; readonly now: number };

export type Kind = "publisher" | "worker" | "person" | "callback";

/** Who somebody is; that never changes. */
export interface Who {
  readonly name: string;
  readonly kind: Kind;
  /** Its place among those of its kind, and in the state. */
  readonly number: number;
  readonly place: number;
  /** The document it works on. */
  readonly on: number;
}

/** A process in one moment of its programme. */
export interface Local {
  readonly id: number;
  readonly who: Who;
  readonly phase: Phase;
  readonly heard: readonly Heard[];
  /** When its loop began (ms). */
  readonly began: number;
}

/** A source's job: editions of its content, of what it synced, and of what the sites show. */
export interface Job {
  readonly content: number;
  readonly synced: number;
  readonly shown: number;
  /** The highest token it saw, and the highest whose answer was heard. */
  readonly token: number;
  readonly heard: number;
  /** The documented exception: an effect out of sight after a later answer of the source had been heard. */
  readonly hidden: boolean;
}

/** Work that goes on without its caller. */
export interface Task {
  /** `<document>/<slug>` */
  readonly job: string;
  readonly syncId: string;
  readonly fence: number;
  readonly way: "parked" | "polled" | "late";
  readonly outcome: Outcome | null;
}

export interface Jobs {
  readonly jobs: Readonly<Record<string, Job>>;
  readonly tasks: readonly Task[];
}

/** A write on its way without a writer. */
export interface Late {
  readonly text: number;
  readonly expected: number;
  readonly by: Kind;
}

/** The archive's entries by id. */
export type Archived = Readonly<Record<string, string>>;

/** One state of a world. */
export interface State {
  readonly now: number;
  readonly documents: readonly Stored[];
  readonly locals: readonly Local[];
  readonly jobs: Numbered<Jobs>;
  readonly late: Numbered<readonly Late[]>;
  readonly left: Numbered<Faults>;
  readonly archive: Numbered<Archived>;
  /** A bit for each document whose worker was woken and has not come yet. */
  readonly wakes: number;
}
