import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { emptySlot, type Pending } from "../../../src/core/slot/slot.ts";
import { alarmEvents } from "../../../src/core/watch/alarmSchema.ts";
import { raiseAlarm } from "../../../src/core/watch/alarms.ts";
import { nextDigest } from "../../../src/core/watch/digest.ts";
import { DIGEST } from "../../../src/core/watch/digestSchema.ts";
import { isWatched, judgeLayer, type Verdict, type Watch } from "../../../src/core/watch/judge.ts";
import { aLayer, aNotification, aSite, START } from "../../support/builders.ts";

const NEVER = Number.POSITIVE_INFINITY;
const NOW = START + 2 * HOUR;

const pending = (filledAt: number, fields: Partial<Pending> = {}): Pending => ({
  syncId: "sync-9",
  filledAt,
  at: filledAt,
  notBefore: filledAt,
  trigger: { type: "webhook", id: "d", at: filledAt },
  all: true,
  asks: {},
  deliveries: 1,
  build: true,
  ...fields,
});
const watching = (events: readonly string[], fields: Partial<Layer> = {}): Layer =>
  aLayer({}, { notifications: [aNotification("n", events)], ...fields });
const publishing = (filledAt: number): Partial<Layer> => ({ slot: { ...emptySlot(), pending: pending(filledAt) } });
const ended = (id: string, status: string, queuedAt: number): Partial<Layer> => ({
  lastEnded: { fence: 0, open: 0, sync: { id, status, queuedAt, finishedAt: queuedAt + MINUTE } },
});
/** A site that owes the layer a build since a time. */
const waiting = (publishedAt: number): Site =>
  aSite({
    pacing: presetPacing("instant"),
    slot: {
      ...emptySlot(),
      pending: pending(publishedAt, {
        causes: [{ dataLayerId: "layer-1", name: "Blog", syncId: "sync-1", publishedAt }],
      }),
    },
  });
const idle = aSite();
const unheard = aSite({
  lastEnded: {
    ...{ fence: 0, open: 0 },
    sync: { id: "b", status: "succeeded", queuedAt: START, finishedAt: START, deploy: { state: "unheard" } },
  },
});

const judge = (layer: Layer, sites: readonly Site[] | null, watch?: Watch, now = NOW): Verdict => {
  const verdict = judgeLayer(layer, { sites, access: null, watch, now });
  if ("kind" in verdict) throw new Error("the sites are needed");
  return verdict;
};
const needsSites = (layer: Layer, watch?: Watch, now = NOW): boolean =>
  "kind" in judgeLayer(layer, { sites: null, access: null, watch, now });
const alarmsOf = ({ layer }: Pick<Verdict, "layer">) => (layer.alarms ?? []).map(({ event }) => event);

describe("a publish that may be overdue", () => {
  const overdue = (fields: Partial<Layer> = {}): Layer => watching(["publish.overdue"], fields);
  const raised = (fields: Partial<Layer> = {}): Layer => raiseAlarm(overdue(fields), "publish.overdue", START, START);

  test("a layer without an open publish is not looked at again, and its last sync counts as followed", () => {
    const layer = overdue();
    expect(judge(layer, null)).toEqual({ layer, due: NEVER, watch: { since: null, done: undefined } });
    const quiet = overdue(ended("s1", "succeeded", START));
    const watch = { since: null, done: "s1" };
    expect(judge(quiet, null, watch)).toEqual({ layer: quiet, due: NEVER, watch });
  });

  test("a publish in the layer's slot needs its sites from the moment it is overdue, and no read before", () => {
    const layer = overdue(publishing(NOW - HOUR + 1));
    const watch = { since: null, done: "s0" };
    expect(judge(layer, null, watch)).toEqual({ layer, due: NOW + 1, watch: { since: NOW - HOUR + 1, done: "s0" } });
    expect(needsSites(overdue(publishing(NOW - HOUR)))).toBe(true);
    expect(needsSites(overdue({ ...publishing(NOW - 5 * MINUTE), overdueMinutes: 5 }))).toBe(true);
    expect(judge(layer, null)).toMatchObject({ watch: { done: undefined } });
  });

  test("an alarm that stands needs the sites at every look", () => {
    expect(needsSites(raised())).toBe(true);
    const known = { sites: null, access: null, watch: undefined, now: NOW };
    expect(judgeLayer(raised(publishing(NOW)), known)).toEqual({ kind: "sites-needed" });
  });

  test("the oldest of what waits, what was seen before and what the last sync brought is what is followed", () => {
    const since = (layer: Layer, watch?: Watch) => judge(layer, null, watch, START + MINUTE).watch?.since;
    const last = ended("s1", "succeeded", START + 2);
    expect(since(overdue({ ...publishing(START + 1), ...last }), { since: START + 3 })).toBe(START + 1);
    expect(since(overdue({ ...publishing(START + 3), ...last }), { since: START + 1 })).toBe(START + 1);
    expect(since(overdue({ ...publishing(START + 4), ...last }), { since: START + 3 })).toBe(START + 2);
    expect(since(overdue(last))).toBe(START + 2);
  });

  test("the last sync is followed only if it succeeded, has sites, and was not followed before", () => {
    const isFollowed = (fields: Partial<Layer>, watch?: Watch) => judge(overdue(fields), null, watch).due < NEVER;
    const last = ended("s1", "succeeded", NOW - MINUTE);
    expect(isFollowed(last)).toBe(true);
    expect(isFollowed(last, { since: null, done: "s0" })).toBe(true);
    expect(isFollowed(last, { since: null, done: "s1" })).toBe(false);
    expect(isFollowed({ ...last, connectedSites: [] })).toBe(false);
    expect(isFollowed(ended("s1", "failed", NOW - MINUTE))).toBe(false);
    expect(isFollowed({ lastEnded: { fence: 0, open: 0, sync: null } })).toBe(false);
    const { lastEnded: _ended, ...unknown } = overdue();
    expect(judge(unknown, null).due).toBe(NEVER);
  });

  test("a publish that is not live in time raises one alarm, which says since when the publish waits", () => {
    const layer = overdue(ended("s1", "succeeded", START));
    const verdict = judge(layer, [idle, waiting(NOW - HOUR)]);
    expect(verdict).toMatchObject({ due: NOW, watch: { since: NOW - HOUR, done: "s1" } });
    expect(verdict.layer.alarms).toEqual([
      { event: "publish.overdue", id: `publish.overdue/${NOW}`, since: NOW - HOUR },
    ]);
    expect(judge(verdict.layer, [waiting(NOW - HOUR)]).layer).toBe(verdict.layer);
    expect(alarmsOf(judge(overdue(publishing(NOW - HOUR)), []))).toEqual(["publish.overdue"]);
    expect(alarmsOf(judge(overdue(publishing(NOW - HOUR + 1)), []))).toEqual([]);
  });

  test("an alarm ends once a younger publish is the oldest that waits", () => {
    const verdict = judge(raised(), [waiting(NOW - HOUR + 1)]);
    expect([alarmsOf(verdict), verdict.due, verdict.watch]).toEqual([[], NOW + 1, { since: NOW - HOUR + 1 }]);
  });

  test("an alarm ends once no publish waits, unless nobody knows how the last build ended", () => {
    const over = judge(raised(ended("s1", "succeeded", START)), [idle]);
    expect([alarmsOf(over), over.due, over.watch]).toEqual([[], NEVER, { since: null, done: "s1" }]);
    const unknown = judge(raised(), [idle, unheard]);
    expect([alarmsOf(unknown), unknown.due, unknown.watch]).toEqual([["publish.overdue"], NOW, { since: null }]);
    const calm = judge(overdue(ended("s1", "succeeded", START)), [unheard]);
    expect([alarmsOf(calm), calm.due]).toEqual([[], NEVER]);
  });

  test("a layer that wants to hear of no overdue publish has none, and an alarm that stands ends", () => {
    const layer = { ...raised(), notifications: [aNotification("n", ["sync.failed"])] };
    const verdict = judge(layer, null);
    expect([alarmsOf(verdict), verdict.due, verdict.watch]).toEqual([[], NEVER, undefined]);
    expect(judge(aLayer({}, publishing(START)), null).due).toBe(NEVER);
  });
});

describe("a layer that may be silent", () => {
  const silent = (fields: Partial<Layer> = {}): Layer =>
    watching(["source.silent"], { silentHours: 1, lastDeliveryAt: START, ...fields });

  test("a layer is looked at when it would be silent, and raises its alarm from that moment on", () => {
    const layer = silent();
    expect(judge(layer, null, undefined, START + HOUR - 1)).toEqual({ layer, due: START + HOUR, watch: undefined });
    const raised = judge(layer, null, undefined, START + HOUR);
    expect(raised.due).toBe(NEVER);
    expect(raised.layer.alarms).toEqual([
      { event: "source.silent", id: `source.silent/${START + HOUR}`, since: START },
    ]);
    expect(judge(raised.layer, null)).toEqual({ layer: raised.layer, due: NEVER, watch: undefined });
  });

  test("a silence ends with the next publish, and no sooner", () => {
    const { layer } = judge(silent(), null);
    expect(alarmsOf(judge({ ...layer, lastDeliveryAt: START + 1 }, null))).toEqual([]);
    expect(judge({ ...layer, lastDeliveryAt: START + 1 }, null).due).toBe(NEVER);
    expect(alarmsOf(judge({ ...layer, lastDeliveryAt: null }, null))).toEqual(["source.silent"]);
    expect(judge({ ...layer, lastDeliveryAt: START, silentHours: 900 }, null).due).toBe(NEVER);
  });

  test("a layer without a rhythm is never silent", () => {
    const layer = silent({ silentHours: null });
    expect(judge(layer, null)).toEqual({ layer, due: NEVER, watch: undefined });
    expect(judge(silent({ lastDeliveryAt: null }), null).due).toBe(NEVER);
  });

  test("a layer that wants to hear of no silence has none, and an alarm that stands ends", () => {
    const { layer } = judge(silent(), null);
    const deaf = { ...layer, notifications: [aNotification("n", ["sync.failed"])] };
    expect(judge(deaf, null)).toMatchObject({ layer: { alarms: [] }, due: NEVER });
    expect(judge(silent({ notifications: [] }), null).due).toBe(NEVER);
  });
});

describe("a layer that is watched", () => {
  test("a layer is next looked at when the first of its alarms may be due", () => {
    const both = watching(["publish.overdue", "source.silent"], { silentHours: 3, lastDeliveryAt: START });
    const publish = publishing(NOW - HOUR + 1);
    expect(judge({ ...both, ...publish }, null).due).toBe(NOW + 1);
    expect(judge({ ...both, ...publish, overdueMinutes: 600 }, null).due).toBe(START + 3 * HOUR);
    const silent = { ...both, ...publishing(NOW - HOUR), silentHours: 1 };
    expect(alarmsOf(judge(silent, []))).toEqual(["source.silent", "publish.overdue"]);
  });

  test("a layer that wants word of a private project is judged with a look at the project, which is remembered", () => {
    const layer = watching(["site.private"]);
    const known = { sites: null, watch: undefined, now: NOW };
    expect(judgeLayer(layer, { ...known, access: null })).toEqual({ kind: "access-needed" });
    const seen = { at: NOW };
    expect(judgeLayer(layer, { ...known, access: "ok" })).toEqual({
      ...{ layer, due: NOW + HOUR, watch: { since: null, access: seen } },
    });
    const both = watching(["site.private", "publish.overdue"], publishing(NOW - 1));
    expect(judgeLayer(both, { ...known, access: "ok" })).toMatchObject({
      ...{ due: NOW - 1 + HOUR, watch: { since: NOW - 1, access: seen } },
    });
    // The last look at the project is an hour old at the earliest then.
    expect(judge(layer, null, { since: null, access: seen })).toMatchObject({
      due: NOW + HOUR,
      watch: { access: seen },
    });
  });

  test("a layer that wants a weekly digest needs its sites when the digest is due, and is looked at for it", () => {
    const layer = watching([DIGEST]);
    expect(needsSites(layer)).toBe(true);
    const begun = judge(layer, []);
    expect([begun.due, begun.layer.week?.since]).toEqual([nextDigest(NOW), NOW]);
    expect(judge(begun.layer, null)).toMatchObject({ layer: begun.layer, due: nextDigest(NOW) });
  });

  test("a look at a layer ends the alarm that looks are late", () => {
    for (const events of [["publish.overdue"], ["source.silent"], ["tick.late"]]) {
      const wanted = [...events, "tick.late"];
      const late = raiseAlarm(watching(wanted), "tick.late", START, START);
      expect(alarmsOf({ layer: late })).toEqual(["tick.late"]);
      expect(alarmsOf(judge(late, []))).toEqual([]);
    }
  });

  test("a layer is watched if somebody wants to hear of its publishes, or while an alarm stands", () => {
    const watched = (layer: Layer) => isWatched(layer);
    expect(watched(aLayer())).toBe(false);
    expect(watched(watching(["sync.failed", "tick.late"]))).toBe(false);
    expect(watched(watching(["publish.overdue"]))).toBe(true);
    expect(watched(watching(["source.silent"]))).toBe(true);
    for (const event of alarmEvents) expect(watched(aLayer({}, { alarms: [{ event, id: "a", since: 0 }] }))).toBe(true);
    expect(watched(aLayer({}, { alarms: [] }))).toBe(false);
    // It remembers a week for a digest that nobody wants any more.
    expect(watched(aLayer({}, { week: { since: START, counts: {}, builds: {} } }))).toBe(true);
  });
});
