import { expect, test } from "vitest";
import {
  isEndKnown,
  knownEnded,
  lastEndedAfter,
  noteEnded,
  nothingEnded,
  summaryOf,
} from "../../src/core/lastEnded.ts";
import { emptySlot, type Slot } from "../../src/core/slot/slot.ts";
import type { Sync } from "../../src/core/slot/sync.ts";

const sync = (id: string, part: "succeeded" | "running" = "succeeded"): Sync => ({
  id,
  scope: "all",
  trigger: { type: "manual", id: "r", at: 1 },
  deliveries: 0,
  attempts: 1,
  queuedAt: 1,
  startedAt: 2,
  finishedAt: part === "running" ? null : 3,
  claimRev: 1,
  parts: { a: { status: part, attempts: 1 } },
  sites: [],
});
const running = (fence: number, id: string): Slot => ({ ...emptySlot(fence), open: { [id]: sync(id, "running") } });
const ended = { id: "s2", status: "succeeded", queuedAt: 1, finishedAt: 3 };

test("an owner of which nothing has ended says so, and does not know after a sync of the release before", () => {
  expect(knownEnded(emptySlot(4), nothingEnded(4))).toBeNull();
  expect(knownEnded(emptySlot(5), nothingEnded(4))).toBeUndefined();
  expect(knownEnded(emptySlot(4), undefined)).toBeUndefined();
});

test("an owner keeps the newest of the syncs that have ended, in whatever order they end", () => {
  const first = lastEndedAfter({ slot: emptySlot(), lastEnded: nothingEnded(0) }, emptySlot(1), [
    sync("s1"),
    sync("s2"),
  ]);
  expect(knownEnded(emptySlot(1), first.lastEnded)).toEqual(ended);
  const late = lastEndedAfter({ slot: emptySlot(1), ...first }, emptySlot(2), [sync("s0")]);
  expect(knownEnded(emptySlot(2), late.lastEnded)).toEqual(ended);
});

test.each([
  [["s1", "s2", "s3"]],
  [["s1", "s3", "s2"]],
  [["s2", "s1", "s3"]],
  [["s2", "s3", "s1"]],
  [["s3", "s1", "s2"]],
  [["s3", "s2", "s1"]],
])("an owner keeps the newest of three syncs that one write ends: %j", (ids) => {
  const { lastEnded } = lastEndedAfter(
    { slot: emptySlot(), lastEnded: nothingEnded(0) },
    emptySlot(),
    ids.map((id) => sync(id)),
  );
  expect(lastEnded?.sync?.id).toBe("s3");
});

test("an owner of the release before learns of the first sync that ends, and of nothing from a write that ends none", () => {
  const owner = { slot: emptySlot() };
  expect(lastEndedAfter(owner, emptySlot(1), [])).toEqual({});
  expect(lastEndedAfter(owner, emptySlot(1), [sync("s2")]).lastEnded).toEqual({ fence: 1, open: 0, sync: ended });
});

test("an owner keeps why a sync failed and which deploy it made, and neither where there is none", () => {
  const deploy = { id: "deploy-1", state: "failed" } as const;
  const parts = {
    a: { status: "succeeded", attempts: 1 },
    b: { status: "failed", attempts: 5, error: "the build failed", deploy },
  } as const;
  const failed = { ...sync("s2"), parts };
  const summary = { ...ended, status: "failed", error: "the build failed", deploy } as const;
  expect(summaryOf(failed, "failed")).toStrictEqual(summary);
  expect(summaryOf(sync("s2"), "succeeded")).toStrictEqual(ended);
  const owner = lastEndedAfter({ slot: emptySlot(), lastEnded: nothingEnded(0) }, emptySlot(1), [failed]);
  expect(knownEnded(emptySlot(1), owner.lastEnded)).toStrictEqual(summary);
});

test("an owner that does not know what ended last notes what its records say, and one that knows changes nothing", () => {
  const lost = { slot: running(3, "s3"), lastEnded: { ...nothingEnded(2), added: 1 } };
  expect(isEndKnown(lost)).toBe(false);
  const summary = summaryOf(sync("s2"), "succeeded");
  const noted = noteEnded(lost, summary);
  expect(noted).toEqual({ ...lost, lastEnded: { fence: 3, open: 1, added: 1, sync: summary } });
  expect(isEndKnown(noted)).toBe(true);
  expect(noteEnded(noted, null)).toBe(noted);
  expect(noteEnded(lost, null).lastEnded).toEqual({ fence: 3, open: 1, added: 1, sync: null });
});

test("an owner still knows after claims and unchanged checks, which end without a record", () => {
  const claimed = lastEndedAfter({ slot: emptySlot(), lastEnded: nothingEnded(0) }, running(1, "s1"), []);
  const takenOver = lastEndedAfter({ slot: running(1, "s1"), ...claimed }, running(2, "s1"), []);
  const over = lastEndedAfter({ slot: running(2, "s1"), ...takenOver }, emptySlot(2), []);
  expect(knownEnded(emptySlot(2), over.lastEnded)).toBeNull();
});

test("an owner does not know what ended after the release before ended an open sync, until the next one ends", () => {
  const claimed = lastEndedAfter({ slot: emptySlot(), lastEnded: nothingEnded(0) }, running(1, "s1"), []);
  expect(knownEnded(emptySlot(1), claimed.lastEnded)).toBeUndefined();
  const changed = lastEndedAfter({ slot: emptySlot(1), ...claimed }, emptySlot(1), []);
  expect(changed).toEqual({});
  const next = lastEndedAfter({ slot: emptySlot(1), ...claimed }, emptySlot(2), [sync("s2")]);
  expect(knownEnded(emptySlot(2), next.lastEnded)).toEqual(ended);
});

test("a status of a later release is looked up in the record, and unknown fields survive", () => {
  const odd = { ...nothingEnded(0), added: 1, sync: { ...ended, status: "later" } };
  expect(knownEnded(emptySlot(), odd)).toBeUndefined();
  expect(lastEndedAfter({ slot: emptySlot(), lastEnded: odd }, emptySlot(1), []).lastEnded).toMatchObject({
    added: 1,
    fence: 1,
  });
});
