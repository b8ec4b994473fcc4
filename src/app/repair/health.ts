import { z } from "zod/mini";
import { MINUTE, SECOND } from "../../core/durations.ts";
import { CANARY } from "../../store/keys.ts";
import { type Stored, StoreMisconfigured } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { type DrainHint, mayHoldFormerKey, NOTHING, readDrainHint } from "../stored/drainHint.ts";
import { storeFaultDetail } from "../storeFault.ts";

/** The store's conditions are checked at most this often, because the endpoint is public. */
const TRY_EVERY = 30 * SECOND;
/** The drain ticks at least every fifteen minutes. After this much silence the schedule does not work. */
const DRAIN_LATE = 40 * MINUTE;
/** A new system gets its first tick within fifteen minutes. After this long without one the schedule does not work. */
const FIRST_TICK_LATE = 20 * MINUTE;

export type StoreHealth = { readonly status: "ok" } | { readonly status: "failing"; readonly detail: string };
export interface DrainHealth {
  /** `unknown`: no tick yet and none due, because there is no schedule here or the first check was just now. */
  readonly status: "ok" | "late" | "unknown";
  readonly ageSeconds: number | null;
  /** How many documents the last tick left to the next; null: there was no tick. */
  readonly left: number | null;
}
export interface SealingHealth {
  /**
   * `rotating`: some texts are still sealed with the former secret. `unreadable`: some with a secret that is not
   * configured.
   */
  readonly status: "ok" | "rotating" | "unreadable";
  /** The number of layers and sites with a text that cannot be opened. */
  readonly unreadable: number;
}
export interface DocumentsHealth {
  readonly status: "ok" | "unreadable";
  /** The number of layers and sites that a later release wrote, and the number of damaged ones. */
  readonly newer: number;
  readonly corrupt: number;
}
export interface Health {
  readonly ok: boolean;
  readonly store: StoreHealth;
  readonly drain: DrainHealth;
  readonly sealing: SealingHealth;
  readonly documents: DocumentsHealth;
}

/** The result of the last check. The mark of a former release holds no reason. */
const markSchema = z.looseObject({
  at: z.catch(z.number(), 0),
  sound: z.catch(z.boolean(), false),
  failure: z.catch(z.optional(z.string()), undefined),
  /** When health was first requested (ms). */
  since: z.catch(z.optional(z.number()), undefined),
});

const failing = (detail: string): StoreHealth => ({ status: "failing", detail });
const OK: StoreHealth = { status: "ok" };
const UNKNOWN_DRAIN: DrainHealth = { status: "unknown", ageSeconds: null, left: null };

const readMark = (text: string): Mark => {
  try {
    return z.catch(markSchema, { at: 0, sound: false }).parse(JSON.parse(text));
  } catch {
    return { at: 0, sound: false };
  }
};

type Mark = z.infer<typeof markSchema>;

/** The verdict on the store in a mark; a mark without a verdict counts as sound. */
const verdictOf = (mark: Mark | null): StoreHealth => (mark?.failure === undefined ? OK : failing(mark.failure));

/** The promise that the store breaks after `claimed` was written over `former` (null: no document); null: none. */
const brokenPromise = async (
  { store }: Deps,
  mark: () => string,
  former: string | null,
  claimed: string,
): Promise<string | null> => {
  if (former !== null && (await store.write(CANARY, mark(), null)).kind === "written") {
    return "a create over an existing document was accepted";
  }
  const after = await store.read(CANARY);
  if (after === null) return "a document that was written cannot be read";
  if (after.etag === former) return "a read gave an older version than was written";
  if (former === null && (await store.write(CANARY, mark(), claimed)).kind === "conflict") return null;
  const stale = await store.write(CANARY, mark(), former ?? claimed);
  return stale.kind === "written" ? "a write over an old version was accepted" : null;
};

/**
 * Checks the store's conditions on one key: a create over a document is refused, a write is read back, a write over the
 * current version succeeds, and a write over an old version is refused. The first write is a claim, so only one of
 * several checks goes on, and losing that race is no failure. The claim repeats the former verdict until there is a new
 * one. A store that accepts a stale write is the worst case, because then two workers can run.
 */
const tryStore = async (
  deps: Deps,
  standing: Stored | null,
  former: StoreHealth,
  since: number,
): Promise<StoreHealth> => {
  const { store, clock } = deps;
  const mark = (verdict: StoreHealth): string => {
    const failure = verdict.status === "ok" ? undefined : verdict.detail;
    return JSON.stringify({
      at: clock.now(),
      by: deps.ids.timeOrdered(),
      sound: failure === undefined,
      failure,
      since,
    });
  };
  const claim = await store.write(CANARY, mark(former), standing?.etag ?? null);
  if (claim.kind === "conflict") return former;
  const broken = await brokenPromise(deps, () => mark(former), standing?.etag ?? null, claim.etag);
  const verdict = broken === null ? OK : failing(broken);
  if (broken === null && former.status === "ok") return verdict;
  const last = await store.read(CANARY);
  await store.write(CANARY, mark(verdict), last?.etag ?? null);
  return verdict;
};

/** The store's health, and when health was first requested (ms). Never throws. */
const checkStore = async (deps: Deps): Promise<{ readonly store: StoreHealth; readonly since: number }> => {
  const now = deps.clock.now();
  let since = now;
  try {
    const standing = await deps.store.read(CANARY);
    const mark = standing === null ? null : readMark(standing.text);
    since = mark?.since ?? now;
    const isFresh = mark !== null && Math.abs(now - mark.at) < TRY_EVERY;
    const former = verdictOf(mark);
    if (isFresh && (mark.sound || mark.failure !== undefined)) return { store: former, since };
    return { store: await tryStore(deps, standing, former, since), since };
  } catch (error) {
    const misconfigured = error instanceof StoreMisconfigured;
    const detail = misconfigured ? storeFaultDetail(error.fault) : "The store does not answer. Try again in a minute.";
    return { store: failing(detail), since };
  }
};

const drainHealth = ({ at = 0, left = 0 }: DrainHint, { clock, isTicked = true }: Deps, since: number): DrainHealth => {
  const now = clock.now();
  if (at === 0) {
    return { status: isTicked && now - since > FIRST_TICK_LATE ? "late" : "unknown", ageSeconds: null, left: null };
  }
  const age = Math.max(0, now - at);
  return { status: age > DRAIN_LATE ? "late" : "ok", ageSeconds: Math.round(age / SECOND), left };
};

const UNWELL = ["former", "unreadable", "newer", "corrupt"] as const;

/** How many documents the last tick found in each state; those of a hint of the release before are counted one by one. */
const countUnwell = ({ seen, shards = [] }: DrainHint): Record<(typeof UNWELL)[number], number> => {
  const sum = { former: 0, unreadable: 0, newer: 0, corrupt: 0 };
  for (const note of shards) for (const state of UNWELL) sum[state] += note?.[state] ?? 0;
  for (const { sealing, unreadable } of Object.values(seen)) {
    if (sealing !== undefined) sum[sealing] += 1;
    if (unreadable !== undefined) sum[unreadable] += 1;
  }
  return sum;
};

/** The sealing as the last tick saw it. A new key counts as `rotating` until a tick has seen it. */
const sealingHealth = (hint: DrainHint, current: string | null): SealingHealth => {
  const { former, unreadable } = countUnwell(hint);
  if (unreadable > 0) return { status: "unreadable", unreadable };
  const rotating = mayHoldFormerKey(hint, current) || former > 0;
  return { status: rotating ? "rotating" : "ok", unreadable };
};

/** As the last tick saw it. */
const documentsHealth = (hint: DrainHint): DocumentsHealth => {
  const { newer, corrupt } = countUnwell(hint);
  return { status: newer + corrupt > 0 ? "unreadable" : "ok", newer, corrupt };
};

/** Whether the system can do its work. Never throws. */
export const checkHealth = async (deps: Deps): Promise<Health> => {
  const { store, since } = await checkStore(deps);
  const hint = await readDrainHint(deps).then(
    (found) => found.hint,
    () => null,
  );
  const drain = hint === null ? UNKNOWN_DRAIN : drainHealth(hint, deps, since);
  const sealing = sealingHealth(hint ?? NOTHING, deps.sealer.keyId);
  const documents = documentsHealth(hint ?? NOTHING);
  const readable = sealing.status !== "unreadable" && documents.status === "ok";
  return { ok: store.status === "ok" && drain.status !== "late" && readable, store, drain, sealing, documents };
};
