import { MINUTE } from "../../src/core/durations.ts";
import type { PacingGiven } from "../../src/core/site/pacing.ts";

/** What may go wrong in a world, and how often at most. */
export interface Faults {
  /** Store replies that get lost after the write landed. */
  readonly lostReplies: number;
  /** Writes without a reply that land at any later moment, if their condition still holds, or never. */
  readonly lateWrites: number;
  /** Workers that vanish at any step. */
  readonly crashes: number;
  /** Times at which a worker stands still until its lease is over and another may claim. */
  readonly freezes: number;
  /** Calls that are answered with an error. */
  readonly failures: number;
  /** Calls that have their effect and no answer. */
  readonly silences: number;
  /** Calls that have neither effect nor answer. */
  readonly deafCalls: number;
  /** Calls that get no answer and have their effect at any later moment. */
  readonly lateEffects: number;
  /** Calls answered with `202`: the job reports to its callback. */
  readonly parks: number;
  /** Calls answered with `202` and `Location`: the job is polled. */
  readonly polls: number;
  /** Renewals of a lease while calls are open. */
  readonly renewals: number;
  /** Calls that go on while their worker tries to record. */
  readonly overlaps: number;
  /** Workers whose time is over in the middle of a run. */
  readonly handOvers: number;
}

export interface PublisherRules {
  readonly on?: number;
  /** The sources it names; none: all. */
  readonly names: readonly string[];
  readonly body?: string;
  /** A person asks: always written, with an audit entry. */
  readonly byHand?: boolean;
}

export interface WorkerRules {
  readonly on?: number;
  /** How often it may be woken again after it went. */
  readonly lives?: number;
  /** Its time suffices for its first run only: what it ends, it ends without starting the next. */
  readonly short?: boolean;
}

export type Act =
  | { readonly do: "cancel"; readonly sync: string }
  | { readonly do: "retry"; readonly sync: string }
  | { readonly do: "pause" }
  | { readonly do: "resume" }
  | { readonly do: "remove"; readonly source: string }
  | { readonly do: "readdress"; readonly source: string }
  | { readonly do: "delete" };

export interface PersonRules {
  readonly on?: number;
  readonly acts: readonly Act[];
}

/** Who lives in a world, what they do, and what may happen to them. */
export interface Rules extends Faults {
  /** The sources of each layer. Documents are counted from the layers on; a site comes last. */
  readonly layers: readonly (readonly string[])[];
  /** One site with a document of its own, shared by all layers. Without it a layer's site is built at once when asked. */
  readonly site: boolean;
  /** How that site is paced. */
  readonly pacing: PacingGiven;
  readonly publishers: readonly PublisherRules[];
  readonly workers: readonly WorkerRules[];
  readonly persons: readonly PersonRules[];
  /** Reports that jobs may make. */
  readonly callbacks: number;
  /** How long a job may take (ms). */
  readonly timeout: number;
  /** How a job says what its call changed. */
  readonly says: "changed" | "version";
  /** Jobs refuse calls with a lower token than they have seen. */
  readonly tokens: boolean;
  /** Owed entries are appended and dropped while the world goes on; else all stay in the documents. */
  readonly archive: boolean;
}

/** One source, one publisher, one worker, and nothing goes wrong. */
export const calm: Rules = {
  layers: [["a"]],
  site: false,
  pacing: { preset: "instant" },
  publishers: [{ names: [] }],
  workers: [{}],
  persons: [],
  callbacks: 0,
  timeout: MINUTE,
  says: "changed",
  tokens: false,
  archive: false,
  lostReplies: 0,
  lateWrites: 0,
  crashes: 0,
  freezes: 0,
  failures: 0,
  silences: 0,
  deafCalls: 0,
  lateEffects: 0,
  parks: 0,
  polls: 0,
  renewals: 0,
  overlaps: 0,
  handOvers: 0,
};

/** The faults of a world alone, in a fixed order. */
export const faultsOf = (rules: Faults): Faults => {
  const { lostReplies, lateWrites, crashes, freezes, failures, silences, deafCalls, lateEffects } = rules;
  const { parks, polls, renewals, overlaps, handOvers } = rules;
  return {
    lostReplies,
    lateWrites,
    crashes,
    freezes,
    failures,
    silences,
    deafCalls,
    lateEffects,
    parks,
    polls,
    renewals,
    overlaps,
    handOvers,
  };
};

/** Publishers beyond those of the world ask for everything: they come when all others have gone. */
export const publisherOf = ({ publishers }: Rules, number: number): PublisherRules =>
  publishers[number] ?? { names: [] };
