import { z } from "zod/mini";
import type { Deps } from "../../app/deps.ts";
import { DAY, MINUTE, SECOND } from "../../core/durations.ts";

/** A public key of a key set. */
export interface SetKey {
  /** Null: the set gives it none. */
  readonly id: string | null;
  /** The key as JSON (RFC 7517). */
  readonly jwk: string;
}

/** What an instance knows of a key set. */
export interface KnownKeys {
  /** Null: none was ever fetched, or too long ago. */
  readonly keys: readonly SetKey[] | null;
  /** Whether the keys are old enough to be fetched again before they are used. */
  readonly isOld: boolean;
  /** Whether the set may be fetched now: not so soon after the last time. */
  readonly mayFetch: boolean;
}

/** A sender's request waits for no longer (ms). */
const DEADLINE = 1500;
/** A set is fetched at most once in this time, so that tokens with made-up key ids cause few calls (ms). */
const PAUSE = 10 * SECOND;
const FRESH_FOR = 10 * MINUTE;
/** Keys are used for so long while their set cannot be fetched (ms). */
const USED_FOR = DAY;
/** How many sets one instance remembers, and how many keys of each. */
const SETS = 50;
const KEYS = 20;

const setSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.optional(z.string()), use: z.optional(z.string()) })),
});

/** The keys of a text that is a key set; null: it is none. */
const keysIn = (text: string): readonly SetKey[] | null => {
  try {
    const { keys } = setSchema.parse(JSON.parse(text));
    const signing = keys.filter(({ use = "sig" }) => use === "sig").slice(0, KEYS);
    return signing.length === 0 ? null : signing.map((key) => ({ id: key.kid ?? null, jwk: JSON.stringify(key) }));
  } catch {
    return null;
  }
};

interface Entry {
  keys: readonly SetKey[] | null;
  fetchedAt: number;
  triedAt: number;
  /** The call that is under way; others wait for it too. */
  call: Promise<void> | null;
}

/** The key sets (JWKS) that one instance of a function has fetched. */
export const makeKeySets = () => {
  const entries = new Map<string, Entry>();
  const entryOf = (url: string): Entry => {
    const entry = entries.get(url) ?? { keys: null, fetchedAt: 0, triedAt: Number.NEGATIVE_INFINITY, call: null };
    entries.delete(url);
    entries.set(url, entry);
    const [oldest] = entries.keys();
    if (entries.size > SETS && oldest !== undefined) entries.delete(oldest);
    return entry;
  };
  const call = async (url: string, entry: Entry, { outgoing, clock }: Pick<Deps, "outgoing" | "clock">) => {
    const headers = { accept: "application/json" };
    const { signal } = new AbortController();
    const answer = await outgoing.send({ method: "GET", url, headers, deadline: DEADLINE, signal });
    entry.triedAt = clock.now();
    const keys = answer.kind === "answer" && answer.status === 200 && !answer.cut ? keysIn(answer.text) : null;
    if (keys !== null) Object.assign(entry, { keys, fetchedAt: entry.triedAt });
  };
  return {
    /** What is known of a set at `now` (ms). */
    known(url: string, now: number): KnownKeys {
      const { keys = null, fetchedAt = 0, triedAt = Number.NEGATIVE_INFINITY } = entries.get(url) ?? {};
      // A clock that jumps back must not make a set new, or a pause long.
      const age = Math.abs(now - fetchedAt);
      return { keys: age > USED_FOR ? null : keys, isOld: age > FRESH_FOR, mayFetch: Math.abs(now - triedAt) > PAUSE };
    },
    /** Fetches a set. Waits no longer than the deadline, and leaves what was known if there is no answer. Never throws. */
    async fetch(url: string, deps: Pick<Deps, "outgoing" | "clock">): Promise<void> {
      const entry = entryOf(url);
      entry.call ??= call(url, entry, deps)
        .catch(() => undefined)
        .finally(() => {
          entry.call = null;
        });
      await entry.call;
    },
  };
};
export type KeySets = ReturnType<typeof makeKeySets>;
