import type { Attempt, Contention, Decision } from "../core/document.ts";
import type { Sending } from "./stepBack.ts";
import type { Codec, Store } from "./store.ts";
import { StoreMisconfigured, StoreUnavailable } from "./store.ts";

export type Step =
  | { readonly op: "read"; readonly key: string }
  | { readonly op: "write"; readonly key: string; readonly text: string; readonly expected: string | null }
  /** Pause before attempt number `attempt`. */
  | { readonly op: "pause"; readonly attempt: number; readonly after: "conflict" | "unavailable" }
  /** Wait `ms` before a write that many contend for, and read again. */
  | { readonly op: "step back"; readonly ms: number };

/** The answer to a step, with the wall clock and the time since the loop began (ms). */
export type Stepped = { readonly now: number; readonly elapsed: number } & (
  | { readonly kind: "found"; readonly text: string; readonly etag: string }
  | { readonly kind: "absent" }
  | { readonly kind: "written" }
  | { readonly kind: "conflict" }
  | { readonly kind: "unavailable"; readonly cause: unknown }
  | { readonly kind: "paused" }
);

export interface UpdateOptions {
  /** Unique to this call. The stamp of each attempt is made from it. */
  readonly by: string;
  /** No further attempt begins after this time (ms). */
  readonly budget: number;
  /** The largest number of attempts. */
  readonly attempts: number;
  /** How long to wait before a write that others contend for (ms); absent: every write is sent at once. */
  stepBack?(contention: Contention, sending: Omit<Sending, "random">): number;
}

/** The result of a loop, and whether anything was written for it. */
export interface Updated<D, R> {
  readonly result: R;
  readonly document: D | null;
  readonly wrote: boolean;
}

/** Decodes the document. One that cannot be read does not prove that no earlier write has landed. */
const decoded = <D>(codec: Codec<D>, text: string, key: string, unsure: boolean): D => {
  try {
    return codec.decode(text, key);
  } catch (cause) {
    if (!unsure) throw cause;
    throw new StoreUnavailable(`${key} cannot be read after a write whose outcome is unknown`, { cause });
  }
};

/**
 * The one compare-and-swap loop, as a machine: it yields its steps and gets their answers, so that production drives it
 * with promises and an exhaustive test with values.
 *
 * A write whose outcome is unknown is followed by a fresh read and a fresh decision. That is safe because every command
 * recognises its own effect in the document by id, and because a write that lands late fails its condition: each attempt
 * has another stamp, so the version it expects is gone for good.
 *
 * Throws `StoreUnavailable` when budget or attempts run out, and whatever `decide` or the codec throws. Its driver throws
 * `StoreMisconfigured` at once.
 */
export function* update<D extends { rev: number }, R>(
  key: string,
  codec: Codec<D>,
  decide: (document: D | null, attempt: Attempt) => Decision<D, R>,
  options: UpdateOptions,
): Generator<Step, Updated<D, R>, Stepped> {
  let firstRev: number | null = null;
  let cause: unknown = "nothing was tried";
  let unsure = false;
  let elapsed = 0;
  let queued = 0;
  for (let attempt = 1; attempt <= options.attempts; attempt += 1) {
    let after: "conflict" | "unavailable";
    const seen = yield { op: "read", key };
    // If the process was frozen during this read, the trace of an attempt that landed may have left the document since.
    if (attempt > 1 && seen.elapsed >= options.budget) break;
    if (seen.kind === "found" || seen.kind === "absent") {
      const current = seen.kind === "found" ? decoded(codec, seen.text, key, unsure) : null;
      const rev = current?.rev ?? 0;
      firstRev ??= rev;
      const decision = decide(current, { now: seen.now, rev: rev + 1, firstRev });
      if (decision.kind === "keep") return { result: decision.result, document: current, wrote: false };
      const roundTrip = seen.elapsed - elapsed;
      const { contention } = decision;
      const raced = rev > firstRev;
      const sending = { roundTrip, queued: raced ? queued : 0, raced };
      const ms = contention === undefined ? 0 : (options.stepBack?.(contention, sending) ?? 0);
      if (ms > 0) {
        ({ elapsed } = yield { op: "step back", ms });
        continue;
      }
      const document = codec.stamp(decision.document, current, `${options.by}.${attempt}`, seen.now);
      const text = codec.encode(document);
      const put = yield { op: "write", key, text, expected: seen.kind === "found" ? seen.etag : null };
      if (put.kind === "written") return { result: decision.result, document, wrote: true };
      after = put.kind === "conflict" ? "conflict" : "unavailable";
      queued = put.elapsed - seen.elapsed - roundTrip;
      unsure ||= put.kind === "unavailable";
      cause = put.kind === "unavailable" ? put.cause : "lost every race";
      if (put.elapsed >= options.budget) break;
    } else {
      after = "unavailable";
      cause = seen.kind === "unavailable" ? seen.cause : seen.kind;
      if (seen.elapsed >= options.budget) break;
    }
    ({ elapsed } = yield { op: "pause", attempt, after });
    if (elapsed >= options.budget) break;
  }
  throw new StoreUnavailable(`no decision on ${key} in time`, { cause });
}

/** What drives the machine in production. */
export interface Driver {
  readonly store: Store;
  /** Wall clock (ms). */
  now(): number;
  /** A clock that never jumps (ms). */
  elapsed(): number;
  sleep(ms: number): Promise<void>;
  /**
   * The pause before an attempt (ms). After a lost race a publisher pauses for a random time. A worker does not, or it
   * would starve. After a failure of the store everybody pauses.
   */
  pause(attempt: number, after: "conflict" | "unavailable"): number;
}

/** Runs the loop against a store. Throws as `update` does. */
export const drive = async <D, R>(
  machine: Generator<Step, Updated<D, R>, Stepped>,
  driver: Driver,
): Promise<Updated<D, R>> => {
  const began = { wall: driver.now(), steady: driver.elapsed() };
  // The larger of two times counts, because one clock may stop in a frozen process. A read that comes minutes later
  // may no longer show what an earlier attempt wrote.
  const stamped = () => {
    const now = driver.now();
    return { now, elapsed: Math.max(now - began.wall, driver.elapsed() - began.steady) };
  };
  const perform = async (step: Step): Promise<Stepped> => {
    if (step.op === "pause" || step.op === "step back") {
      const ms = step.op === "pause" ? driver.pause(step.attempt, step.after) : step.ms;
      if (ms > 0) await driver.sleep(ms);
      return { kind: "paused", ...stamped() };
    }
    try {
      if (step.op === "read") {
        const found = await driver.store.read(step.key);
        return found === null ? { kind: "absent", ...stamped() } : { kind: "found", ...found, ...stamped() };
      }
      const { kind } = await driver.store.write(step.key, step.text, step.expected);
      return { kind, ...stamped() };
    } catch (cause) {
      if (!(cause instanceof StoreUnavailable) || cause instanceof StoreMisconfigured) throw cause;
      return { kind: "unavailable", cause, ...stamped() };
    }
  };
  let step = machine.next();
  while (!step.done) step = machine.next(await perform(step.value));
  return step.value;
};
