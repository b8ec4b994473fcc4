import { type Breakage, tested } from "./breakage.ts";

const NEWEST = "tests/app/stored/newestFirst.test.ts";
const GATHER = "tests/edge/gatherDeliveries.test.ts";
const MOVE = "tests/app/stored/moveToDays.test.ts";

/** Defences of the logs, which decide nothing and so break no world. */
export const logBreakages: readonly Breakage[] = [
  tested(
    NEWEST,
    "take the first keys of a busy day for all of them",
    "a list that is full may not be complete",
    "src/app/stored/newestFirst.ts",
    "return listed.length < most;",
    "return true;",
  ),
  tested(
    NEWEST,
    "begin every page of a busy day at its end",
    "a slice of the day is found by the beginning of its ids",
    "src/app/stored/newestFirst.ts",
    "return Math.min(start + DAY, below, until ?? Number.POSITIVE_INFINITY, now + MINUTE);",
    "return Math.min(start + DAY, below + DAY, until ?? Number.POSITIVE_INFINITY, now + MINUTE);",
  ),
  tested(
    GATHER,
    "leave without a word",
    "the delivery that leaves last writes what waits",
    "src/edge/hooks/gatherDeliveries.ts",
    "if (!isLast && !isDue) return;",
    "if (!isDue) return;",
  ),
  tested(
    GATHER,
    "wait for a record to be full",
    "what has waited for a second is written",
    "src/edge/hooks/gatherDeliveries.ts",
    " || Math.abs(now - gathering.since) >= SECOND",
    "",
  ),
  tested(
    GATHER,
    "go on below the record in which a page ended",
    "a record above the cursor may hold deliveries below it",
    "src/app/stored/deliveryLog.ts",
    "lowestIdAt(at + SPAN + 1)",
    "cursor",
  ),
  tested(
    GATHER,
    "show a page as soon as it is full",
    "no delivery of a further record is newer than those on the page",
    "src/app/stored/deliveryLog.ts",
    "found.filter(({ id }) => id > next.id)",
    "found",
  ),
  tested(
    GATHER,
    "count records for deliveries",
    "the newest thousand deliveries are kept",
    "src/app/stored/retention.ts",
    "newer += gatheredIn(key).count;",
    "newer += 1;",
  ),
  tested(
    MOVE,
    "remove a record as soon as it is copied",
    "whoever has just listed the old key can read it",
    "src/app/stored/moveToDays.ts",
    '.kind === "written") return;',
    '.kind === "conflict") return;',
  ),
  tested(
    MOVE,
    "remove before the copy",
    "a tick that dies loses no record",
    "src/app/stored/moveToDays.ts",
    "  const byDay = ",
    "  await archive.remove(key);\n  const byDay = ",
  ),
];
