import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { raiseAlarm } from "../../../src/core/watch/alarms.ts";
import { type AccessSeen, judgeAccess } from "../../../src/core/watch/judgeAccess.ts";
import { accessOf, type PublicAccess } from "../../../src/core/watch/publicAccess.ts";
import { aLayer, aNotification, START } from "../../support/builders.ts";

const NOW = START + 10 * HOUR;
const layer = aLayer({}, { notifications: [aNotification("n", ["site.private"])] });
const raised = raiseAlarm(layer, "site.private", START, START);
const judge = (owner: Layer, access: PublicAccess | null, former?: AccessSeen) =>
  judgeAccess(owner, access, former, NOW);

describe("an answer to a GET of the publish URL", () => {
  test("an answer of our own function lets senders through, and a login or a redirect in front of it does not", () => {
    const of = (status: number, allow: string | null = null) => accessOf(status, allow);
    expect(of(405, "POST")).toBe("ok");
    expect([of(405), of(405, "GET"), of(200, "POST"), of(404), of(500), of(299), of(400)]).toEqual(
      Array.from({ length: 7 }, () => "unknown"),
    );
    expect([of(300), of(302, "POST"), of(399)]).toEqual(["redirects", "redirects", "redirects"]);
    expect([of(401), of(403)]).toEqual(["private", "private"]);
  });
});

describe("a project that may be private", () => {
  test("a layer whose notifications want no word of it is not looked at, and its alarm ends", () => {
    for (const owner of [aLayer(), { ...raised, notifications: [] }]) {
      const judged = judge(owner, null);
      expect([judged?.layer.alarms ?? [], judged?.due, judged?.seen]).toEqual([
        [],
        Number.POSITIVE_INFINITY,
        undefined,
      ]);
    }
  });

  test("a project that lets senders through is looked at once an hour", () => {
    expect(judge(layer, null)).toBeNull();
    expect(judge(layer, "ok")).toEqual({ layer, due: NOW + HOUR, seen: { at: NOW } });
    const fresh = { at: NOW - HOUR + 1 };
    expect(judge(layer, null, fresh)).toEqual({ layer, due: NOW + 1, seen: fresh });
    expect(judge(layer, "private", fresh)?.seen).toEqual(fresh);
    expect(judge(layer, null, { at: NOW - HOUR })).toBeNull();
    for (const access of ["redirects", "unknown"] as const) {
      expect(judge(layer, access)).toEqual({ layer, due: NOW + HOUR, seen: { at: NOW } });
    }
  });

  test("a project is called private by the second look that finds it so, since the first", () => {
    const first = judge(layer, "private");
    expect(first).toEqual({ layer, due: NOW, seen: { at: NOW, privateSince: NOW } });
    const since = NOW - 5 * MINUTE;
    const second = judge(layer, "private", { at: since, privateSince: since });
    expect(second?.layer.alarms).toMatchObject([{ event: "site.private", since }]);
    expect([second?.due, second?.seen]).toEqual([NOW, { at: NOW, privateSince: since }]);
  });

  test("a private project is looked at by every tick until senders get through again", () => {
    expect(judge(raised, null, { at: NOW })).toBeNull();
    expect(judge(layer, null, { at: NOW, privateSince: NOW })).toBeNull();
    for (const owner of [raised, layer]) {
      const over = judge(owner, "ok", { at: START, privateSince: START });
      expect([over?.layer.alarms ?? [], over?.due, over?.seen]).toEqual([[], NOW + HOUR, { at: NOW }]);
    }
  });

  test("an answer that says neither leaves the alarm of a private project as it is", () => {
    const former = { at: START, privateSince: START };
    for (const access of ["unknown", "redirects"] as const) {
      for (const owner of [raised, layer]) {
        expect(judge(owner, access, former)).toEqual({
          layer: owner,
          due: NOW,
          seen: { at: NOW, privateSince: START },
        });
      }
    }
  });
});
