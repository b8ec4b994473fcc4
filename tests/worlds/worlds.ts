import { MINUTE } from "../../src/core/durations.ts";
import { calm, type Rules } from "./rules.ts";

/** A world by its name. Those with the share "ordinary" run in the ordinary tests. */
export interface NamedWorld {
  readonly name: string;
  readonly share: "ordinary" | "all";
  readonly rules: Rules;
}

const world =
  (share: NamedWorld["share"]) =>
  (name: string, ...rules: readonly Partial<Rules>[]): NamedWorld => ({
    name,
    share,
    rules: Object.assign({}, calm, ...rules),
  });
const ordinary = world("ordinary");
const large = world("all");

const workers = { workers: [{}, {}] };
const two = { publishers: [{ names: [] }, { names: [] }], ...workers };
const sources = { layers: [["a", "b"]] };
/** Each names one source of its own. */
const apart = { ...sources, publishers: [{ names: ["a"] }, { names: ["b"] }] };
/** One names a source and brings a body, one asks for all. */
const nested = { ...sources, publishers: [{ names: ["a"], body: "1" }, { names: [] }] };
const bodies = {
  publishers: [
    { names: ["a"], body: "1" },
    { names: ["a"], body: "2" },
  ],
};
const byHand = { publishers: [{ names: [], byHand: true }] };
const cancels = { persons: [{ acts: [{ do: "cancel", sync: "sync-publisher0" }] }] } as const;
const pauses = { persons: [{ acts: [{ do: "pause" }, { do: "resume" }] }] } as const;
const removes = { persons: [{ acts: [{ do: "remove", source: "a" }] }] } as const;
const readdresses = { persons: [{ acts: [{ do: "readdress", source: "a" }] }] } as const;
const deletes = { persons: [{ acts: [{ do: "pause" }, { do: "delete" }] }] } as const;
const hurries = { persons: [{ acts: [{ do: "retry", sync: "sync-publisher0" }] }] } as const;
/** Two layers with a delivery each, and the site that both build. */
const shared = {
  layers: [["a"], ["b"]],
  site: true,
  publishers: [{ names: [] }, { names: [], on: 1 }],
  workers: [{}, { on: 1 }, { on: 2 }],
};
/** Editors are waited for, and builds are a while apart. */
const paced = { pacing: { quietSeconds: 20, maxWaitSeconds: 30, minIntervalSeconds: 45 } };
const oneSite = { site: true, workers: [{}, { on: 1 }] };

/** Every world there is: small enough to be seen to all its ends, and each with faults that meet. */
export const worlds: readonly NamedWorld[] = [
  ordinary("two publishers, two workers", two),
  ordinary("a lost reply, a freeze, a crash", workers, { lostReplies: 1, freezes: 1, crashes: 1 }),
  ordinary("a late write, a lost reply, a crash", workers, { lateWrites: 1, lostReplies: 1, crashes: 1 }),
  ordinary("a late write, a freeze", workers, { lateWrites: 1, freezes: 1 }),
  ordinary("two sources, a failure, a crash, a renewal", workers, sources, { failures: 1, crashes: 1, renewals: 1 }),
  ordinary("failures up to giving up", { workers: [{ lives: 7 }], failures: 6 }),
  ordinary("jobs that never report, up to giving up", { workers: [{ lives: 9 }], parks: 6, timeout: 6 * MINUTE }),
  ordinary("crashes until one counts as a failure", { workers: [{ lives: 6 }], crashes: 4, failures: 1 }),
  ordinary("time-outs with and without effect, an effect that comes late, a crash", workers, {
    silences: 1,
    deafCalls: 1,
    lateEffects: 1,
    crashes: 1,
  }),
  ordinary("jobs with versions, an effect that comes late", two, {
    workers: [{ lives: 2 }],
    says: "version",
    lateEffects: 1,
  }),
  ordinary("jobs with versions, and nothing goes wrong", two, { workers: [{ lives: 2 }], says: "version" }),
  ordinary("a person cancels, jobs with versions", workers, cancels, { says: "version", crashes: 1 }),
  ordinary("a parked job that reports twice, a lost reply, a crash", {
    parks: 1,
    callbacks: 2,
    lostReplies: 1,
    crashes: 1,
  }),
  ordinary("a parked job, a freeze, a failure", workers, { parks: 1, callbacks: 1, freezes: 1, failures: 1 }),
  ordinary("a parked and a direct job, two reports, a crash", sources, { parks: 1, callbacks: 2, crashes: 1 }),
  ordinary("a polled job, a hand-over, a crash", workers, { polls: 1, handOvers: 1, crashes: 1 }),
  ordinary("two publishers with bodies for one source", two, bodies, { workers: [{}] }),
  ordinary("two publishers that name one source", two, { publishers: [{ names: ["a"] }, { names: ["a"] }] }),
  ordinary("two sources, a narrow and a wide publisher", two, nested, { workers: [{}], crashes: 1 }),
  ordinary("a person cancels, a crash, a lost reply", workers, cancels, { crashes: 1, lostReplies: 1 }),
  ordinary("a person cancels, a freeze", workers, cancels, { freezes: 1 }),
  ordinary("a person cancels what waits for a retry", { workers: [{ lives: 2 }] }, cancels, {
    failures: 1,
    crashes: 1,
  }),
  ordinary("a person pauses and resumes, a crash", workers, pauses, { crashes: 1 }),
  ordinary("a person removes one of two sources, a failure", sources, removes, {
    workers: [{ lives: 2 }],
    failures: 1,
  }),
  ordinary("a person readdresses a source, a crash", { workers: [{}] }, readdresses, { crashes: 1 }),
  ordinary("a person deletes the layer, a lost reply, a freeze", deletes, { lostReplies: 1, freezes: 1 }),
  ordinary("a person asks and cancels, a lost reply", byHand, workers, cancels, { lostReplies: 1 }),
  ordinary("a person hurries a retry", workers, hurries, { failures: 1, crashes: 1 }),
  ordinary("a site of its own, a crash, a lost reply", oneSite, { crashes: 1, lostReplies: 1 }),
  ordinary("records on their way to the archive, a lost reply, a crash", workers, {
    archive: true,
    lostReplies: 1,
    crashes: 1,
  }),
  ordinary("two publishers, one worker, a failure, a lost reply", two, {
    workers: [{}],
    failures: 1,
    lostReplies: 1,
  }),
  ordinary("two sources, one publisher each, one worker, a failure", apart, { workers: [{ lives: 2 }], failures: 1 }),
  ordinary("two calls, one goes on while the other is recorded, a lost reply", sources, {
    parks: 1,
    polls: 1,
    overlaps: 1,
    lostReplies: 1,
  }),
  ordinary("a call that goes on during a renewal, a freeze", workers, { renewals: 1, overlaps: 1, freezes: 1 }),
  ordinary("a parked, a renewed and a lost call of one run", {
    layers: [["a", "b", "c"]],
    workers: [{ lives: 2 }],
    parks: 1,
    callbacks: 1,
    renewals: 1,
    crashes: 1,
  }),
  ordinary("two layers share a site, a lost reply, a crash", shared, {
    workers: [{}, { on: 2 }],
    lostReplies: 1,
    crashes: 1,
  }),
  ordinary("a person cancels a parked job that reports", cancels, { parks: 1, callbacks: 1, lostReplies: 1 }),
  ordinary("a person removes the source of a parked job that reports", sources, removes, { parks: 1, callbacks: 1 }),
  ordinary("a person deletes the layer of a parked job that reports", deletes, { parks: 1, callbacks: 1 }),
  ordinary("a person pauses and resumes, a parked job that reports", pauses, { parks: 1, callbacks: 1 }),

  large("crashes up to giving up", { workers: [{ lives: 9 }], crashes: 8, failures: 6 }),
  large("a parked job that reports twice, a lost reply, two crashes", workers, {
    parks: 1,
    callbacks: 2,
    lostReplies: 1,
    crashes: 2,
  }),
  large("two workers, a person removes one of two sources, a failure", workers, sources, removes, { failures: 1 }),
  large("a polled job, a hand-over, a lost reply, a crash", workers, {
    polls: 1,
    handOvers: 1,
    lostReplies: 1,
    crashes: 1,
  }),
  large("two publishers, a lost reply", two, { lostReplies: 1 }),
  large("two publishers, a late write", two, { lateWrites: 1 }),
  large("two publishers, a crash, a failure", two, { crashes: 1, failures: 1 }),
  large("two publishers, a freeze", two, { freezes: 1 }),
  large("two publishers, a freeze, jobs that refuse old tokens", two, { freezes: 1, tokens: true }),
  large("two publishers, one worker, a lost reply, a freeze", two, { workers: [{}], lostReplies: 1, freezes: 1 }),
  large("two publishers, one worker, a late write, a crash", two, { workers: [{}], lateWrites: 1, crashes: 1 }),
  large("two publishers, a time-out with effect, a time-out without", two, { silences: 1, deafCalls: 1 }),
  large("two publishers, jobs with versions, an effect that comes late, a crash", two, {
    says: "version",
    lateEffects: 1,
    crashes: 1,
  }),
  large("two publishers with bodies for one source, a lost reply", two, bodies, { lostReplies: 1 }),
  large("two sources, one publisher each, a failure", two, apart, { failures: 1 }),
  large("two sources, a narrow and a wide publisher, a crash", two, nested, { crashes: 1 }),
  large("two sources, a narrow and a wide publisher, a failure, one worker", two, nested, {
    workers: [{}],
    failures: 1,
    crashes: 1,
  }),
  large("two publishers, a parked job that reports, a crash", two, { parks: 1, callbacks: 1, crashes: 1 }),
  large("two publishers, a polled job, a hand-over, short of time", two, {
    workers: [{ short: true }, {}],
    polls: 1,
    handOvers: 1,
  }),
  large("two publishers, a person cancels", two, cancels),
  large("two publishers, one worker, a person cancels, a crash", two, cancels, { workers: [{}], crashes: 1 }),
  large("two publishers, one worker, a person pauses and resumes", two, pauses, { workers: [{}] }),
  large("two sources, two publishers, one worker, a person removes a source", two, nested, removes, { workers: [{}] }),
  large("two publishers, one worker, a person deletes the layer, a lost reply", two, deletes, {
    workers: [{}],
    lostReplies: 1,
  }),
  large("two layers share a site", shared),
  large("two layers share a site, one worker each, a crash", shared, { workers: [{}, { on: 1 }], crashes: 1 }),
  large("a site of its own, a freeze, a failure", oneSite, { freezes: 1, failures: 1, lostReplies: 1 }),
  ordinary("a site that waits for its editors, a crash", oneSite, paced, { crashes: 1 }),
  large("two layers share a site that waits for its editors, a crash", shared, paced, { crashes: 1 }),
  large("two publishers, records on their way to the archive", two, { archive: true }),
  large("a person deletes the layer, records on their way to the archive, a lost reply, a crash", workers, deletes, {
    archive: true,
    lostReplies: 1,
    crashes: 1,
  }),
  large("three workers, two freezes, a lost reply", { workers: [{}, {}, {}] }, { freezes: 2, lostReplies: 1 }),
  large("a lost reply, a late write, a freeze, a crash", workers, {
    lostReplies: 1,
    lateWrites: 1,
    freezes: 1,
    crashes: 1,
  }),
];
