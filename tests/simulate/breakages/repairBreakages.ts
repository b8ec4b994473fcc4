import { type Breakage, tested } from "./breakage.ts";

const ROUND = "tests/app/repair/comesRound.test.ts";
const COST = "tests/app/repair/tickCost.test.ts";
const DRAIN = "src/app/repair/drain.ts";
const PLAN = "src/app/repair/planVisits.ts";
const SHARDS = "src/app/repair/shards.ts";

/** Defences of the tick, which show in systems larger than the simulated ones. */
export const repairBreakages: readonly Breakage[] = [
  tested(
    ROUND,
    "save what a tick found at its end alone",
    "a tick that is killed has saved what it found",
    "src/app/repair/findings.ts",
    "if (this.#isSaving || elapsed()",
    "if (elapsed() >= 0 || elapsed()",
  ),
  tested(
    ROUND,
    "leave nothing of a tick for what has changed",
    "what is always due does not starve what has changed",
    DRAIN,
    '["due", 0.6]',
    '["due", 1]',
  ),
  tested(
    ROUND,
    "visit in the order of the list",
    "what is always due is visited in turn",
    PLAN,
    "(a.known?.readAt ?? 0) - (b.known?.readAt ?? 0)",
    "0",
  ),
  tested(
    ROUND,
    "list to the end",
    "a list has a deadline",
    DRAIN,
    "complete = tick.elapsed() < BOUNDS.lists;",
    "complete = true;",
  ),
  tested(
    ROUND,
    "forget what half a list does not name",
    "an incomplete list removes no note",
    PLAN,
    "complete ? shards : []",
    "shards",
  ),
  tested(
    ROUND,
    "wait for a visit that hangs",
    "a visit that hangs keeps no tick from saving",
    DRAIN,
    "await Promise.race([all, alarm(tick, ends + BOUNDS.grace, over.signal)]);",
    "await all;",
  ),
  tested(
    ROUND,
    "take a shard for idle until something changes",
    "a shard in which something is due is read",
    SHARDS,
    "next: Number.isFinite(next) ? next : null",
    "next: null",
  ),
  tested(
    ROUND,
    "take a shard for idle whatever the list says",
    "a shard in which something has changed is read",
    DRAIN,
    "note.digest === listingDigest(deps, own)",
    "note.digest.length > 0",
  ),
  tested(
    COST,
    "look at everything in one hour",
    "the looks are spread over the day",
    SHARDS,
    "const phase = spread(key, LOOK_EVERY);",
    "const phase = 0;",
  ),
  tested(
    COST,
    "read without a bound",
    "the reads of a tick are bounded",
    DRAIN,
    "tick.count.read < share * BOUNDS.reads",
    "tick.count.read >= 0",
  ),
  tested(
    COST,
    "read every layer after a silence",
    "a layer without probes has nothing to catch up with",
    PLAN,
    "!(known?.probes === false && known.etag === etag)",
    "true",
  ),
  tested(
    COST,
    "begin anew after the release before",
    "the hint of the release before is carried over",
    SHARDS,
    "...inHint.seen]);",
    "]);",
  ),
  tested(
    "tests/app/worker/probe.test.ts",
    "read a layer twice after a silence",
    "a layer that was just read catches up without another read",
    "src/app/repair/catchUp.ts",
    "const first = isNext && asked === key;",
    "const first = false;",
  ),
];
