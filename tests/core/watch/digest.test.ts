import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { MESSAGES } from "../../../src/core/limits.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import { estimateOf } from "../../../src/core/usage/credits.ts";
import type { Usage } from "../../../src/core/usage/usage.ts";
import { judgeDigest, nextDigest } from "../../../src/core/watch/digest.ts";
import { DIGEST, type Week } from "../../../src/core/watch/digestSchema.ts";
import { aLayer, aNotification, aSite, START } from "../../support/builders.ts";

const FRIDAY = Date.UTC(2027, 0, 15, 8);
const MONDAY = Date.UTC(2027, 0, 18, 8);
const BEFORE: Usage = { "2026-12": { deliveries: 900, started: 900, worked: 900, builds: 900, live: [900] } };

const slotWith = (usage: Usage) => ({ ...emptySlot(), usage });
const siteWith = (id: string, builds: number): Site =>
  aSite({ id, slot: slotWith({ ...BEFORE, "2027-01": { builds } }) });
const layerWith = (week: Week | undefined, fields: Partial<Layer> = {}): Layer =>
  aLayer(
    {},
    {
      notifications: [aNotification("weekly", [DIGEST]), aNotification("other", ["sync.failed"])],
      slot: slotWith({
        ...BEFORE,
        "2027-01": { deliveries: 17, started: 600, worked: 61_000_000, live: [9, 9, 3, 0, 1] },
      }),
      ...(week === undefined ? {} : { week }),
      ...fields,
    },
  );
const WEEK: Week = {
  since: FRIDAY,
  counts: { deliveries: 10, started: 400, worked: 31_000_000, live: [9, 0, 2] },
  builds: { one: 3, shrunk: 9 },
};
const digestOf = (layer: Layer, sites: readonly Site[], now = MONDAY) =>
  judgeDigest(layer, sites, now)?.layer.unsent?.map(({ digest }) => digest);

test("a digest is due on the first Monday at 8:00 UTC that is at least a day away", () => {
  expect(FRIDAY).toBe(START);
  expect(nextDigest(FRIDAY)).toBe(MONDAY);
  expect(nextDigest(MONDAY - DAY)).toBe(MONDAY);
  expect(nextDigest(MONDAY - DAY + 1)).toBe(MONDAY + 7 * DAY);
  expect(nextDigest(MONDAY)).toBe(MONDAY + 7 * DAY);
});

describe("a layer's weekly digest", () => {
  test("a layer that nobody wants a digest of remembers nothing for one, and is not looked at again", () => {
    const unwanted = layerWith(WEEK, { notifications: [aNotification("other", ["sync.failed"])] });
    const { week: _week, ...rest } = unwanted;
    expect(judgeDigest(unwanted, null, MONDAY)).toEqual({ layer: rest, due: Number.POSITIVE_INFINITY });
    expect(judgeDigest(aLayer(), null, MONDAY)?.layer).toEqual(aLayer());
  });

  test("a layer counts from the moment at which a digest is wanted first, and tells of nothing before", () => {
    const layer = layerWith(undefined);
    expect(judgeDigest(layer, null, FRIDAY)).toBeNull();
    const counts = { deliveries: 17, started: 600, worked: 61_000_000, live: [9, 9, 3, 0, 1] };
    expect(judgeDigest(layer, [siteWith("one", 8)], FRIDAY)).toEqual({
      layer: { ...layer, week: { since: FRIDAY, counts, builds: { one: 8 } } },
      due: MONDAY,
    });
    const fresh = judgeDigest(layerWith(undefined, { slot: emptySlot() }), [aSite({ id: "one" })], FRIDAY);
    expect(fresh?.layer.week).toEqual({
      since: FRIDAY,
      counts: { deliveries: 0, started: 0, worked: 0, live: [] },
      builds: { one: 0 },
    });
  });

  test("a digest waits for its Monday, and for the counts of the layer's sites", () => {
    const layer = layerWith(WEEK);
    expect(judgeDigest(layer, [], MONDAY - 1)).toEqual({ layer, due: MONDAY });
    expect(judgeDigest(layer, null, MONDAY - 1)).toEqual({ layer, due: MONDAY });
    expect(judgeDigest(layer, null, MONDAY)).toBeNull();
  });

  test("a digest tells of the week alone, and the next one counts from there", () => {
    const failures = { "build.failed": { times: 2, last: "Web" } };
    const layer = layerWith({ ...WEEK, failures }, { alarms: [{ event: "site.private", id: "a", since: 1 }] });
    const sites = [siteWith("one", 8), siteWith("new", 40), siteWith("shrunk", 7)];
    const judged = judgeDigest(layer, sites, MONDAY);
    const credits = estimateOf({ deliveries: 7, started: 200, worked: 30_000_000, builds: 5 }).total;
    const digest = {
      ...{ id: "digest.weekly/2027-01-18", since: FRIDAY, until: MONDAY, publishes: 7, builds: 5 },
      ...{
        credits: Math.round(credits * 10) / 10,
        missing: ["site.private"],
        p50Seconds: 30,
        p95Seconds: 90,
        failures,
      },
    };
    expect(judged?.due).toBe(MONDAY + 7 * DAY);
    expect(judged?.layer.unsent).toEqual([
      { to: "weekly", syncId: "", event: DIGEST, since: MONDAY, tries: 0, due: MONDAY, digest },
    ]);
    expect(judged?.layer.week).toEqual({
      since: MONDAY,
      counts: { deliveries: 17, started: 600, worked: 61_000_000, live: [9, 9, 3, 0, 1] },
      builds: { one: 8, new: 40, shrunk: 7 },
    });
  });

  test("a digest counts the builds of another service, and no credits for them", () => {
    const week = { since: FRIDAY, counts: {}, builds: { one: 3, other: 1 } };
    const sites = [siteWith("one", 5), { ...siteWith("other", 9), buildHookKind: "other" as const }];
    const layer = layerWith(week, { slot: emptySlot() });
    expect(digestOf(layer, sites)).toMatchObject([{ builds: 10, credits: 30 }]);
  });

  test("a digest of a week without publishes says so, and says since when the layer is silent", () => {
    const nothing = { since: FRIDAY, until: MONDAY, publishes: 0, builds: 0, credits: 0, missing: [] };
    const silentHours = (MONDAY - FRIDAY) / HOUR;
    const idle = (fields: Partial<Layer>) => digestOf(layerWith({ since: FRIDAY, counts: {}, builds: {} }, fields), []);
    const id = "digest.weekly/2027-01-18";
    expect(idle({ slot: emptySlot() })).toEqual([{ id, ...nothing }]);
    const since = FRIDAY - 1;
    expect(idle({ slot: emptySlot(), silentHours, lastDeliveryAt: since })).toEqual([
      { id, ...nothing, silentSince: since },
    ]);
    expect(idle({ slot: emptySlot(), silentHours, lastDeliveryAt: FRIDAY })).toEqual([{ id, ...nothing }]);
  });

  test("a digest waits for the end of the quiet hours, behind the newest messages of the layer", () => {
    const layer = layerWith(WEEK, { quietHours: "7-10" });
    const [message] = judgeDigest(layer, [], MONDAY)?.layer.unsent ?? [];
    expect([message?.due, message?.since]).toEqual([MONDAY + 2 * HOUR, MONDAY]);
    const older = Array.from({ length: MESSAGES }, (_, at) => ({
      ...{ to: "other", syncId: `sync-${at}`, event: "sync.failed", since: FRIDAY, tries: 0, due: FRIDAY },
    }));
    const full = judgeDigest({ ...layer, unsent: older }, [], MONDAY)?.layer.unsent ?? [];
    expect(full.map(({ syncId }) => syncId)).toEqual([...older.slice(1).map(({ syncId }) => syncId), ""]);
  });
});
