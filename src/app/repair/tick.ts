import { SECOND } from "../../core/durations.ts";
import { countAt, type Usage } from "../../core/usage/usage.ts";
import type { PublicAccess } from "../../core/watch/publicAccess.ts";
import type { Deps } from "../deps.ts";
import { type DrainHint, mayHoldFormerKey } from "../stored/drainHint.ts";
import { lookFromOutside } from "./lookFromOutside.ts";
import type { Moment } from "./planVisits.ts";
import type { Shard } from "./shards.ts";

/**
 * The bounds of one tick, which has thirty seconds: when lists end, when visits begin no more, how long a visit may then
 * still take (ms), and how many documents and characters are read.
 */
export const BOUNDS = {
  lists: 8 * SECOND,
  visits: 15 * SECOND,
  visitsAtLeast: 4 * SECOND,
  grace: 3 * SECOND,
  reads: 2500,
  characters: 64 * 1024 * 1024,
};

/** What one tick did. */
export interface Drained {
  readonly listed: number;
  readonly read: number;
  readonly woken: number;
  readonly failed: number;
  /** Documents that were left to the next tick. */
  readonly left: number;
}

/** What one tick starts from and what it finds. */
export interface Tick extends Moment {
  readonly deps: Deps;
  readonly hint: DrainHint;
  /** The time since the tick began (ms). */
  elapsed(): number;
  readonly count: { -readonly [K in keyof Drained]: Drained[K] };
  /** The shards that were read. */
  readonly shards: Map<number, Shard>;
  /** Whether the seen documents are few enough to stand in the hint itself. */
  isSmall: boolean;
  /** The characters of the documents that were read. */
  characters: number;
  usage: Usage;
  /** Whether the next tick must still ask a layer to catch up. */
  behind: boolean;
  /** Looks once a tick whether senders get through to us. */
  lookFromOutside(): Promise<PublicAccess>;
  /** What that look found; undefined: nobody has asked, or it is not over. */
  access: PublicAccess | undefined;
}

/** A tick that began at `began` on the clock that never jumps (ms). */
export const beginTick = (deps: Deps, hint: DrainHint, silentSince: number | undefined, began: number): Tick => {
  const now = deps.clock.now();
  let looking: Promise<PublicAccess> | undefined;
  const tick: Tick = {
    deps,
    hint,
    now,
    silentSince,
    // The former key must stay until every document was visited with the new one.
    keyChanged: mayHoldFormerKey(hint, deps.sealer.keyId),
    elapsed: () => deps.clock.elapsed() - began,
    count: { listed: 0, read: 0, woken: 0, failed: 0, left: 0 },
    shards: new Map(),
    isSmall: false,
    characters: 0,
    usage: countAt(hint.usage, now, { ticks: 1 }),
    behind: false,
    access: undefined,
    async lookFromOutside() {
      looking ??= lookFromOutside(deps);
      tick.access = await looking;
      return tick.access;
    },
  };
  return tick;
};

/** Logs a failure at one document, or of the whole tick. */
export const reportTrouble = (deps: Deps, where: string, error: unknown): void =>
  deps.report({ kind: "trouble", where, error: error instanceof Error ? error.message : "unknown" });
