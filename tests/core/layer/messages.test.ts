import { describe, expect, test } from "vitest";
import { DAY, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { apply } from "../../../src/core/layer/apply.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import {
  layerWithDueMessage,
  messageId,
  nextMessage,
  settleMessages,
  takeMessages,
  wantsEvent,
} from "../../../src/core/layer/messages.ts";
import { formatOf, type Message, notificationFormats } from "../../../src/core/layer/notification.ts";
import { MESSAGES } from "../../../src/core/limits.ts";
import type { Sync, SyncPart } from "../../../src/core/slot/sync.ts";
import { aLayer, aNotification, aSite, must, START } from "../../support/builders.ts";

const told = (...notifications: Layer["notifications"]): Layer => ({ ...aLayer(), notifications });
const ended = (id: string, status: SyncPart["status"], finishedAt: number | null = START): Sync => ({
  id,
  trigger: { type: "webhook", id: "d", at: START },
  scope: "all",
  deliveries: 1,
  attempts: 1,
  queuedAt: START - SECOND,
  startedAt: START,
  finishedAt,
  claimRev: 2,
  parts: { a: { status, attempts: 1 } },
  sites: [],
});
const having = (layer: Layer, ...syncs: Sync[]): Layer => apply(layer, { slot: layer.slot, ended: syncs });
const named = ({ unsent }: Layer) => (unsent ?? []).map(({ to, event, syncId }) => [to, event, syncId]);
const sent = { error: null, final: false, notBefore: 0 };
const failed = { error: "it answered 500", final: false, notBefore: 0 };
const take = (layer: Layer, now: number): { layer: Layer; message: Message } => {
  const { layer: next, taken } = takeMessages(layer, now);
  return { layer: next, message: must(taken[0]) };
};

describe("the end of a sync", () => {
  test("a sync's end owes a message to each notification that subscribed to it, in the same write, and to no other", () => {
    const layer = told(aNotification("all", ["sync.succeeded", "sync.failed"]), aNotification("bad", ["sync.failed"]));
    const next = having(layer, ended("s1", "succeeded"), ended("s2", "failed"), ended("s3", "cancelled"));
    expect(named(next)).toEqual([
      ["all", "sync.succeeded", "s1"],
      ["all", "sync.failed", "s2"],
      ["bad", "sync.failed", "s2"],
    ]);
    expect(next.owed.map(({ id }) => id)).toEqual(["s1", "s2", "s3"]);
    expect([nextMessage(next), nextMessage(layer)]).toEqual([START, Number.POSITIVE_INFINITY]);
    expect("unsent" in having(layer, ended("s3", "superseded"))).toBe(false);
  });

  test("a failed sync is counted for the digest of a layer that wants one, with its source, and no other end is", () => {
    const week = { since: START, counts: {}, builds: {} };
    const next = having({ ...told(), week }, ended("s1", "failed"), ended("s2", "succeeded"), ended("s3", "failed"));
    expect(next.week).toEqual({ ...week, failures: { "sync.failed": { times: 2, last: "a" } } });
    expect("week" in having(told(), ended("s1", "failed"))).toBe(false);
  });

  test("a failed sync is counted for the source that failed, or for none if only a site is missing", () => {
    const week = { since: START, counts: {}, builds: {} };
    const lastOf = (sync: Sync) => having({ ...told(), week }, sync).week?.failures?.["sync.failed"]?.last;
    const part = { attempts: 1 };
    const parts: Sync["parts"] = { a: { ...part, status: "succeeded" }, b: { ...part, status: "failed" } };
    expect(lastOf({ ...ended("s1", "failed"), parts })).toBe("b");
    const missing = { siteId: "site-1", name: "", buildId: null, outcome: "missing" } as const;
    expect(lastOf({ ...ended("s1", "succeeded"), sites: [missing] })).toBe("");
  });

  test("a layer wants an event if one of its notifications announces it", () => {
    const layer = told(aNotification("a", ["sync.failed"]), aNotification("b", ["build.live"]));
    expect(["sync.failed", "build.live", "build.failed"].map((event) => wantsEvent(layer, event))).toEqual([
      true,
      true,
      false,
    ]);
    expect(wantsEvent(told(), "sync.failed")).toBe(false);
  });

  test("a sync's end is dated by when it was recorded, also by a clock that went wrong", () => {
    const layer = told(aNotification("n", ["sync.succeeded"]));
    expect(nextMessage(having(layer, ended("s1", "succeeded", null)))).toBe(START - SECOND);
  });

  test("a sync's end that finds too many messages waiting drops the oldest", () => {
    let layer = told(aNotification("n", ["sync.succeeded"]));
    for (let i = 0; i <= MESSAGES; i += 1) layer = having(layer, ended(`s${i}`, "succeeded"));
    expect([layer.unsent?.length, layer.unsent?.[0]?.syncId]).toEqual([MESSAGES, "s1"]);
  });
});

describe("a message", () => {
  const waiting = having(told(aNotification("n", ["sync.succeeded"])), ended("s1", "succeeded"));

  test("a message is claimed by one worker alone, and its attempt counts before it is made", () => {
    const { layer, message } = take(waiting, START);
    expect(message).toMatchObject({ to: "n", syncId: "s1", tries: 1, due: START + MINUTE });
    expect(messageId(message)).toBe("s1/n");
    expect(takeMessages(layer, START + MINUTE - 1).taken).toEqual([]);
    expect(takeMessages(layer, START + MINUTE).taken).toHaveLength(1);
  });

  test("a delivered message is over, and the notification says so", () => {
    const { layer, message } = take(waiting, START);
    const done = settleMessages(layer, [{ message, ...sent }], START + 5);
    expect([done.unsent, nextMessage(done)]).toEqual([[], Number.POSITIVE_INFINITY]);
    const last = { at: START + 5, event: "sync.succeeded", syncId: "s1", outcome: "sent" };
    expect(done.notifications[0]?.last).toEqual(last);
    const build = {
      id: "build.live/b1",
      event: "build.live",
      buildId: "b1",
      at: START,
      siteId: "site-1",
      siteName: "Web",
    };
    const about: Message = { ...message, build: { ...build, syncIds: ["s1"] } };
    const built = settleMessages({ ...layer, unsent: [about] }, [{ message: about, ...sent }], START + 5);
    expect(built.notifications[0]?.last).toEqual({ ...last, buildId: "b1" });
  });

  test("a failed message waits 1, 2, 4, 8 and 8 minutes, and fails for good after five attempts and a quarter of an hour", () => {
    let layer = waiting;
    let now = START;
    const waits: number[] = [];
    while ((layer.unsent ?? []).length > 0) {
      const taken = take(layer, now);
      layer = settleMessages(taken.layer, [{ message: taken.message, ...failed }], now);
      expect(layer.notifications[0]?.last).toMatchObject({ outcome: "failed", error: "it answered 500" });
      if (nextMessage(layer) < Number.POSITIVE_INFINITY) waits.push((nextMessage(layer) - now) / MINUTE);
      now = nextMessage(layer);
    }
    expect(waits).toEqual([1, 2, 4, 8]);
    const late = { ...waiting, unsent: [{ ...must(waiting.unsent?.[0]), tries: 7 }] };
    const early = take(late, START + MINUTE);
    expect(settleMessages(early.layer, [{ message: early.message, ...failed }], START + MINUTE).unsent).toHaveLength(1);
  });

  test("a message that could not be tried for an hour still has five attempts", () => {
    const now = START + 60 * MINUTE;
    const { layer, message } = take(waiting, now);
    expect(settleMessages(layer, [{ message, ...failed }], now).unsent).toEqual([{ ...message, due: now + MINUTE }]);
  });

  test("a message waits as long as its receiver asks, and fails at once if its receiver is gone", () => {
    const { layer, message } = take(waiting, START);
    const asked = settleMessages(layer, [{ message, ...failed, notBefore: START + 3 * MINUTE }], START);
    expect(nextMessage(asked)).toBe(START + 3 * MINUTE);
    const sooner = settleMessages(layer, [{ message, ...failed, notBefore: START + SECOND }], START);
    expect(nextMessage(sooner)).toBe(START + MINUTE);
    const gone = settleMessages(layer, [{ message, ...failed, final: true }], START);
    expect([gone.unsent, gone.notifications[0]?.last?.outcome]).toEqual([[], "failed"]);
  });

  test("a message's later attempt wins over an earlier one reported late, and delivered stays delivered", () => {
    const first = take(waiting, START);
    const second = take(first.layer, START + MINUTE);
    const late = settleMessages(second.layer, [{ message: first.message, ...failed, final: true }], START + 2 * MINUTE);
    expect([late.unsent, late.notifications]).toEqual([second.layer.unsent, second.layer.notifications]);
    const done = settleMessages(second.layer, [{ message: second.message, ...sent }], START + 2 * MINUTE);
    expect(settleMessages(done, [{ message: first.message, ...failed }], START + 3 * MINUTE)).toEqual(done);
    const taken = settleMessages(second.layer, [{ message: first.message, ...sent }], START + 2 * MINUTE);
    expect([taken.unsent, taken.notifications[0]?.last?.outcome]).toEqual([[], "sent"]);
  });

  test("a message of a removed notification is never sent, and is dropped", () => {
    const without = { ...waiting, notifications: [] };
    expect(takeMessages(without, START)).toMatchObject({ layer: { unsent: [] }, taken: [] });
  });

  test("a message that is not due stays as it is, and so do all others when one is decided", () => {
    const both = having(waiting, ended("s2", "succeeded", START + DAY));
    const { layer, message } = take(both, START);
    expect(layer.unsent?.map(({ syncId, tries }) => [syncId, tries])).toEqual([
      ["s1", 1],
      ["s2", 0],
    ]);
    expect(named(settleMessages(layer, [{ message, ...sent }], START))).toEqual([["n", "sync.succeeded", "s2"]]);
    const other = told(aNotification("n", ["sync.succeeded"]), aNotification("m", []));
    const mixed = { ...other, unsent: layer.unsent };
    expect(settleMessages(mixed, [{ message, ...sent }], START).notifications[1]).toEqual(other.notifications[1]);
    expect(settleMessages(aLayer(), [], START).unsent).toEqual([]);
    expect(takeMessages(aLayer(), START).taken).toEqual([]);
  });
});

describe("a notification's messages", () => {
  test("a message is written in the format of its notification, or in ours if the format is not known", () => {
    for (const format of notificationFormats) expect(formatOf({ format })).toBe(format);
    for (const other of [{}, { format: undefined }, { format: "later" }]) expect(formatOf(other)).toBe("standard");
  });

  test("a message's id names what it is about, and tells the end of an alarm from its beginning", () => {
    const about = { syncId: "sync-1", to: "n" };
    const alarm = { id: "publish.overdue/7", since: START, isOver: false };
    expect(messageId(about)).toBe("sync-1/n");
    expect(messageId({ ...about, alarm })).toBe("publish.overdue/7/n");
    expect(messageId({ ...about, alarm: { ...alarm, isOver: true } })).toBe("publish.overdue/7/over/n");
  });

  test("a layer has a due message from the moment it is due, and no other document has one", () => {
    const message = { to: "n", syncId: "s", event: "e", since: START, tries: 0, due: START };
    const layer = aLayer({}, { unsent: [message] });
    expect([layerWithDueMessage(layer, START - 1), layerWithDueMessage(layer, START)]).toEqual([null, layer]);
    for (const document of [null, aSite(), aLayer()]) expect(layerWithDueMessage(document, START)).toBeNull();
  });
});
