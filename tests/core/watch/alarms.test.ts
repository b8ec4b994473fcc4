import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import type { Message } from "../../../src/core/layer/notification.ts";
import { MESSAGES } from "../../../src/core/limits.ts";
import { alarmOf, endAlarm, raiseAlarm } from "../../../src/core/watch/alarms.ts";
import { toldAt } from "../../../src/core/watch/quietHours.ts";
import { aLayer, aNotification, START } from "../../support/builders.ts";

const hourOf = (ms: number): number => Math.floor(ms / HOUR) % 24;
/** The hours of the day from one to another, over midnight if the second is earlier. */
const hoursFrom = (from: number, until: number): number[] =>
  Array.from({ length: (until - from + 24) % 24 }, (_, index) => (from + index) % 24);

const MIDNIGHT = START - (START % (24 * HOUR));
const anHour = fc.integer({ min: 0, max: 23 });

describe("quiet hours", () => {
  test("an alarm in quiet hours is told when they end, and every other alarm at once", () => {
    const law = (from: number, until: number, now: number) => {
      fc.pre(from !== until);
      const quiet = hoursFrom(from, until);
      let expected = now;
      while (quiet.includes(hourOf(expected))) expected = (Math.floor(expected / HOUR) + 1) * HOUR;
      expect(toldAt({ quietHours: `${from}-${until}` }, now)).toBe(expected);
    };
    fc.assert(fc.property(anHour, anHour, fc.integer({ min: START, max: START + 100 * HOUR }), law), { numRuns: 2000 });
    for (const from of [0, 9, 22]) {
      for (const until of [0, 7, 23].filter((hour) => hour !== from)) {
        for (let hour = 0; hour < 24; hour += 1) law(from, until, MIDNIGHT + hour * HOUR);
      }
    }
  });

  test("quiet hours that begin and end in the same hour last all day", () => {
    expect(toldAt({ quietHours: "7-7" }, MIDNIGHT + 7 * HOUR + 1)).toBeLessThanOrEqual(MIDNIGHT + 7 * HOUR + 1);
    expect(toldAt({ quietHours: "7-7" }, MIDNIGHT + 8 * HOUR)).toBe(MIDNIGHT + 31 * HOUR);
    expect(toldAt({ quietHours: "7-7" }, MIDNIGHT + 6 * HOUR)).toBe(MIDNIGHT + 7 * HOUR);
  });

  test("quiet hours count only if both are hours of a day, with or without a zero before them", () => {
    const isQuietAt = (quietHours: string, hour: number): boolean => {
      const now = MIDNIGHT + (hour % 24) * HOUR;
      return toldAt({ quietHours }, now) > now;
    };
    for (let hour = 0; hour < 40; hour += 1) {
      const next = (hour + 1) % 24;
      expect([hour, isQuietAt(`${hour}-${next}`, hour)]).toEqual([hour, hour < 24]);
      expect([hour, isQuietAt(`12-${hour}`, 12)]).toEqual([hour, hour < 24 && hour !== 12]);
    }
    for (const known of ["07-08", "7-8", "7-08"]) expect(isQuietAt(known, 7)).toBe(true);
    for (const other of ["7-8x", "x7-8", "007-8", "7-008", "-8", "7-", "7 8", "a-b", ""]) {
      expect([other, isQuietAt(other, 7)]).toEqual([other, false]);
    }
    for (const quietHours of [null, undefined]) expect(toldAt({ quietHours }, START)).toBe(START);
  });
});

const NOW = START + 10 * MINUTE;
const watched: Layer = {
  ...aLayer({}, { quietHours: "0-23" }),
  notifications: [
    aNotification("both", ["publish.overdue", "source.silent"]),
    aNotification("overdue", ["publish.overdue"]),
    aNotification("syncs", ["sync.failed"]),
  ],
};
const message = (fields: Partial<Message>): Message => ({
  to: "both",
  syncId: "sync-1",
  event: "sync.failed",
  since: START,
  tries: 0,
  due: START,
  ...fields,
});
/** The layer whose messages were all tried once. */
const tried = (layer: Layer): Layer => ({
  ...layer,
  unsent: (layer.unsent ?? []).map((one) => ({ ...one, tries: 1 })),
});
const named = ({ unsent = [] }: Layer) => unsent.map(({ to, event, alarm }) => [to, event, alarm?.isOver]);

describe("an alarm", () => {
  test("an alarm owes one message to each notification that announces it, due when the quiet hours end", () => {
    const sync = message({});
    const raised = raiseAlarm({ ...watched, unsent: [sync] }, "publish.overdue", START, NOW);
    const alarm = { event: "publish.overdue", id: `publish.overdue/${NOW}`, since: START };
    expect(raised.alarms).toEqual([alarm]);
    expect(alarmOf(raised, "publish.overdue")).toEqual(alarm);
    expect(alarmOf(raised, "source.silent")).toBeUndefined();
    expect(alarmOf(watched, "publish.overdue")).toBeUndefined();
    const about = {
      syncId: "",
      event: "publish.overdue",
      since: NOW,
      tries: 0,
      due: toldAt(watched, NOW),
      alarm: { id: alarm.id, since: START, isOver: false },
    };
    expect(about.due).toBeGreaterThan(NOW);
    expect(raised.unsent).toEqual([sync, { to: "both", ...about }, { to: "overdue", ...about }]);
  });

  test("an alarm that stands is not raised again, and one that no notification announces is not raised", () => {
    const raised = raiseAlarm(watched, "publish.overdue", START, NOW);
    expect(raiseAlarm(raised, "publish.overdue", START, NOW + MINUTE)).toBe(raised);
    expect(named(raised)).toHaveLength(2);
    expect(named(endAlarm({ ...raised, unsent: undefined }, "publish.overdue", NOW))).toHaveLength(2);
    expect(raiseAlarm(watched, "tick.late", START, NOW)).toBe(watched);
    const both = raiseAlarm(raised, "source.silent", START, NOW);
    expect(both.alarms?.map(({ event }) => event)).toEqual(["publish.overdue", "source.silent"]);
  });

  test("an alarm that ends is told as over to the notifications that were told of it", () => {
    const raised = tried(raiseAlarm(watched, "publish.overdue", START, NOW));
    const over = endAlarm({ ...raised, unsent: [] }, "publish.overdue", NOW + MINUTE);
    expect([over.alarms, named(over)]).toEqual([
      [],
      [
        ["both", "publish.overdue", true],
        ["overdue", "publish.overdue", true],
      ],
    ]);
    expect(over.unsent?.[0]).toMatchObject({
      syncId: "",
      since: NOW + MINUTE,
      alarm: { id: `publish.overdue/${NOW}`, since: START },
    });
    expect(named(endAlarm(raised, "publish.overdue", NOW + MINUTE))).toEqual([
      ...named(raised),
      ["both", "publish.overdue", true],
      ["overdue", "publish.overdue", true],
    ]);
  });

  test("an alarm that ends before a notification was told of it is never told to that notification", () => {
    const sync = message({});
    const silent = raiseAlarm({ ...watched, unsent: [sync] }, "source.silent", START, NOW);
    const raised = raiseAlarm(silent, "publish.overdue", START, NOW);
    const [first, second, third, fourth] = raised.unsent ?? [];
    expect([first?.to, second?.event, third?.to, fourth?.to]).toEqual(["both", "source.silent", "both", "overdue"]);
    const oneTried = {
      ...raised,
      unsent: (raised.unsent ?? []).map((one) => (one === third ? { ...one, tries: 1 } : one)),
    };
    const over = endAlarm(oneTried, "publish.overdue", NOW + MINUTE);
    expect(named(over)).toEqual([
      ["both", "sync.failed", undefined],
      ["both", "source.silent", false],
      ["both", "publish.overdue", false],
      ["both", "publish.overdue", true],
    ]);
    expect(over.alarms?.map(({ event }) => event)).toEqual(["source.silent"]);
    expect(named(endAlarm(raised, "publish.overdue", NOW + MINUTE))).toEqual([
      ["both", "sync.failed", undefined],
      ["both", "source.silent", false],
    ]);
  });

  test("an alarm that does not stand cannot end", () => {
    expect(endAlarm(watched, "publish.overdue", NOW)).toBe(watched);
    const raised = raiseAlarm(watched, "source.silent", START, NOW);
    expect(endAlarm(raised, "publish.overdue", NOW)).toBe(raised);
  });

  test("an alarm's messages push out the oldest if a layer has too many, at its beginning and at its end", () => {
    const full = Array.from({ length: MESSAGES }, (_, index) => message({ syncId: `sync-${index}`, tries: 1 }));
    const raised = raiseAlarm({ ...watched, unsent: full }, "publish.overdue", START, NOW);
    expect(raised.unsent?.slice(0, -2)).toEqual(full.slice(2));
    const over = endAlarm({ ...raised, unsent: full }, "publish.overdue", NOW);
    expect(over.unsent?.slice(0, -2)).toEqual(full.slice(2));
    expect(named(over).slice(-2)).toEqual([
      ["both", "publish.overdue", true],
      ["overdue", "publish.overdue", true],
    ]);
  });
});
