import { z } from "zod";
import { MINUTE, SECOND } from "../core/durations.ts";
import { CANARY } from "../store/keys.ts";
import { StoreMisconfigured } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { type DrainHint, readDrainHint } from "./drainHint.ts";
import { storeFaultDetail } from "./storeFault.ts";

/** The conditions are tried at most this often, however often somebody asks: the endpoint is public. */
const TRY_EVERY = 30 * SECOND;
/** The drain ticks at least every fifteen minutes; after this much silence something is wrong with it. */
const DRAIN_LATE = 40 * MINUTE;

export type StoreHealth = { readonly status: "ok" } | { readonly status: "failing"; readonly detail: string };
export interface DrainHealth {
  /** `unknown`: it left no word yet, as on a preview or a fresh deploy. */
  readonly status: "ok" | "late" | "unknown";
  readonly ageSeconds: number | null;
}
export interface SealingHealth {
  /** `rotating`: some is still sealed with the former secret. `unreadable`: some with one that is not named. */
  readonly status: "ok" | "rotating" | "unreadable";
  /** How many layers and sites hold what cannot be opened. */
  readonly unreadable: number;
}
export interface DocumentsHealth {
  readonly status: "ok" | "unreadable";
  /** How many layers and sites a later release wrote, and how many are damaged. */
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

/** What the last try found; the mark of a former release says no reason. */
const markSchema = z.looseObject({
  at: z.number().catch(0),
  sound: z.boolean().catch(false),
  failure: z.string().optional().catch(undefined),
});

const failing = (detail: string): StoreHealth => ({ status: "failing", detail });
const OK: StoreHealth = { status: "ok" };

const readMark = (text: string): z.infer<typeof markSchema> => {
  try {
    return markSchema.catch({ at: 0, sound: false }).parse(JSON.parse(text));
  } catch {
    return { at: 0, sound: false };
  }
};

type NewMark = (failure?: string) => string;

/** Which promise the store breaks, after `claimed` was written over `former` (null: there was nothing); null: none. */
const brokenPromise = async (
  { store }: Deps,
  mark: NewMark,
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
 * Tries on one key what everything rests on: a create over something is refused, what was written is read back, a write
 * over the current version succeeds and one over an old version is refused. The first write is a claim: of many checks at
 * once one goes on, and losing that race is no failure. Accepting a stale write is the worst there is, because then two
 * workers can run.
 */
const checkStore = async (deps: Deps): Promise<StoreHealth> => {
  const { store, clock } = deps;
  const mark: NewMark = (failure) =>
    JSON.stringify({ at: clock.now(), by: deps.ids.timeOrdered(), sound: failure === undefined, failure });
  const standing = await store.read(CANARY);
  if (standing !== null) {
    const { at, sound, failure } = readMark(standing.text);
    const isFresh = Math.abs(clock.now() - at) < TRY_EVERY;
    if (isFresh && sound) return OK;
    if (isFresh && failure !== undefined) return failing(failure);
  }
  const claim = await store.write(CANARY, mark(), standing?.etag ?? null);
  if (claim.kind === "conflict") return OK;
  const failure = await brokenPromise(deps, mark, standing?.etag ?? null, claim.etag);
  if (failure === null) return OK;
  const last = await store.read(CANARY);
  await store.write(CANARY, mark(failure), last?.etag ?? null);
  return failing(failure);
};

const drainHealth = ({ at = 0 }: DrainHint, now: number): DrainHealth => {
  if (at === 0) return { status: "unknown", ageSeconds: null };
  const age = Math.max(0, now - at);
  return { status: age > DRAIN_LATE ? "late" : "ok", ageSeconds: Math.round(age / SECOND) };
};

/** As the last tick saw it; a key that no tick has seen yet may fit nothing of what is kept. */
const sealingHealth = ({ seen, keyId }: DrainHint, current: string | null): SealingHealth => {
  const sealings = Object.values(seen).map(({ sealing }) => sealing);
  const unreadable = sealings.filter((sealing) => sealing === "unreadable").length;
  if (unreadable > 0) return { status: "unreadable", unreadable };
  const rotating = (keyId !== undefined && keyId !== current) || sealings.includes("former");
  return { status: rotating ? "rotating" : "ok", unreadable };
};

/** As the last tick saw it. */
const documentsHealth = ({ seen }: DrainHint): DocumentsHealth => {
  const reasons = Object.values(seen).map(({ unreadable }) => unreadable);
  const newer = reasons.filter((reason) => reason === "newer").length;
  const corrupt = reasons.filter((reason) => reason === "corrupt").length;
  return { status: newer + corrupt > 0 ? "unreadable" : "ok", newer, corrupt };
};

/** Whether the system can do its work. Never throws. */
export const checkHealth = async (deps: Deps): Promise<Health> => {
  const store = await checkStore(deps).catch((error: unknown) =>
    failing(
      error instanceof StoreMisconfigured
        ? storeFaultDetail(error.fault)
        : "The store does not answer. Try again in a minute.",
    ),
  );
  const { hint } = await readDrainHint(deps);
  const drain = drainHealth(hint, deps.clock.now());
  const sealing = sealingHealth(hint, deps.sealer.keyId);
  const documents = documentsHealth(hint);
  const readable = sealing.status !== "unreadable" && documents.status === "ok";
  return { ok: store.status === "ok" && drain.status !== "late" && readable, store, drain, sealing, documents };
};
