import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../../src/core/durations.ts";
import { oweBuildMessages } from "../../../src/core/layer/buildMessages.ts";
import { messageId } from "../../../src/core/layer/messages.ts";
import { MESSAGES, TOLD } from "../../../src/core/limits.ts";
import type { BuildEvent } from "../../../src/core/site/buildEvents.ts";
import { aLayer, START } from "../../support/builders.ts";

const event = (fields: Partial<BuildEvent> = {}): BuildEvent => ({
  id: "build.failed/build-1",
  event: "build.failed",
  buildId: "build-1",
  at: START + 60_000,
  causes: [
    { dataLayerId: "layer", name: "Blog", syncId: "sync-1", publishedAt: START },
    { dataLayerId: "another", name: "Shop", syncId: "sync-9" },
    { dataLayerId: "layer", name: "Blog", syncId: "sync-2", publishedAt: START + 5 },
  ],
  reason: "the deploy failed",
  ...fields,
});
const notification = (id: string, events: string[]) => ({
  ...{ id, name: id, url: "sealed", urlHint: "hint", events, secret: "sealed" },
});
const layer = (...notifications: ReturnType<typeof notification>[]) => aLayer({}, { id: "layer", notifications });
const site = { id: "site-1", name: "Web" };

describe("a layer that is told of a build", () => {
  test("a layer owes a message to each notification that wants the event, and to no other", () => {
    const decided = oweBuildMessages(
      layer(notification("a", ["build.failed"]), notification("b", ["build.live"])),
      site,
      event(),
    );
    if (decided.kind !== "write" || decided.document.kind !== "layer") throw new Error(decided.kind);
    expect(decided.document.unsent).toEqual([
      {
        ...{ to: "a", syncId: "sync-2", event: "build.failed", since: START + 60_000, tries: 0, due: START + 60_000 },
        build: {
          ...{ id: "build.failed/build-1", event: "build.failed", buildId: "build-1", at: START + 60_000 },
          ...{ siteId: "site-1", siteName: "Web", syncIds: ["sync-1", "sync-2"], publishedAt: START },
          reason: "the deploy failed",
        },
      },
    ]);
    expect(decided.document.unsent?.map(messageId)).toEqual(["build.failed/build-1/a"]);
    expect(decided.document.told).toEqual(["build.failed/build-1"]);
  });

  test("a budget at risk waits for the end of the quiet hours, and the end of a build does not", () => {
    const events = ["budget.at-risk", "build.failed"];
    const quiet = { ...layer(notification("a", events)), quietHours: "0-23" };
    const dueOf = (name: string) => {
      const decided = oweBuildMessages(quiet, site, event({ event: name, id: `${name}/1` }));
      return decided.kind === "write" && decided.document.kind === "layer" ? decided.document.unsent?.[0]?.due : null;
    };
    const day = Math.floor(START / DAY) * DAY;
    expect([dueOf("budget.at-risk"), dueOf("build.failed")]).toEqual([day + 23 * HOUR, START + 60_000]);
  });

  test("a layer with a digest counts what failed, once for each event, and says where; others are not written", () => {
    const week = { since: START, counts: {}, builds: {} };
    const first = oweBuildMessages({ ...layer(), week }, site, event());
    if (first.kind !== "write" || first.document.kind !== "layer") throw new Error(first.kind);
    expect([first.document.week?.failures, first.result]).toEqual([
      { "build.failed": { times: 1, last: "Web" } },
      false,
    ]);
    expect(oweBuildMessages(first.document, site, event()).kind).toBe("keep");
    const again = oweBuildMessages(first.document, { ...site, name: "Shop" }, event({ id: "build.failed/build-2" }));
    if (again.kind !== "write" || again.document.kind !== "layer") throw new Error(again.kind);
    expect(again.document.week?.failures).toEqual({ "build.failed": { times: 2, last: "Shop" } });
    expect(oweBuildMessages(layer(), site, event()).kind).toBe("keep");
    expect(oweBuildMessages({ ...layer(), week }, site, event({ event: "budget.at-risk" })).kind).toBe("keep");
  });

  test("a layer that nobody listens to is not written", () => {
    expect(oweBuildMessages(layer(notification("b", ["build.live"])), site, event())).toEqual({
      kind: "keep",
      result: false,
    });
    expect(oweBuildMessages(null, site, event())).toEqual({ kind: "keep", result: false });
  });

  test("a layer is told of an event once, although its message has left already", () => {
    const first = oweBuildMessages(layer(notification("a", ["build.failed"])), site, event());
    if (first.kind !== "write" || first.document.kind !== "layer") throw new Error(first.kind);
    const sent = { ...first.document, unsent: [] };
    expect(oweBuildMessages(sent, site, event())).toEqual({ kind: "keep", result: true });
    const other = oweBuildMessages(sent, site, event({ id: "build.failed/build-2", buildId: "build-2" }));
    expect(other.kind).toBe("write");
  });

  test("a layer remembers a bounded number of events", () => {
    let now = layer(notification("a", ["build.failed"]));
    for (let n = 0; n < TOLD + 5; n += 1) {
      const decided = oweBuildMessages(now, site, event({ id: `build.failed/${n}` }));
      if (decided.kind !== "write" || decided.document.kind !== "layer") throw new Error(decided.kind);
      now = decided.document;
    }
    expect(now.told).toHaveLength(TOLD);
  });

  test("a live build counts how long each publish of the layer took, and no publish of another layer", () => {
    const live = event({ event: "build.live", id: "build.live/1", at: START + 60_000 });
    const decided = oweBuildMessages(layer(), site, {
      ...live,
      causes: [
        { dataLayerId: "layer", name: "Blog", syncId: "sync-1", publishedAt: START },
        { dataLayerId: "layer", name: "Blog", syncId: "sync-2", publishedAt: START + 40_000 },
        { dataLayerId: "layer", name: "Blog", syncId: "sync-3", publishedAt: START + 90_000 },
        { dataLayerId: "layer", name: "Blog", syncId: "sync-4" },
        { dataLayerId: "another", name: "Shop", syncId: "sync-9", publishedAt: START },
      ],
    });
    if (decided.kind !== "write" || decided.document.kind !== "layer") throw new Error(decided.kind);
    expect(decided.document.slot.usage).toEqual({ "2027-01": { live: [1, 1, 0, 1] } });
    expect([decided.result, "unsent" in decided.document]).toEqual([false, false]);
    for (const none of [{ ...live, causes: [] }, event()]) {
      expect(oweBuildMessages(layer(), site, none)).toEqual({ kind: "keep", result: false });
    }
  });

  test("a message about a build of others' publishes names the build, and one without times names none", () => {
    const messageOf = (causes: BuildEvent["causes"]) => {
      const decided = oweBuildMessages(layer(notification("a", ["build.failed"])), site, event({ causes }));
      if (decided.kind !== "write" || decided.document.kind !== "layer") throw new Error(decided.kind);
      expect(decided.result).toBe(true);
      return decided.document.unsent?.map(({ syncId, build }) => [syncId, build?.syncIds, build?.publishedAt]);
    };
    expect(messageOf([{ dataLayerId: "another", name: "Shop", syncId: "sync-9", publishedAt: START }])).toEqual([
      ["build-1", [], undefined],
    ]);
    const untimed = ["sync-1", "sync-2", "sync-3"].map((syncId) => ({ dataLayerId: "layer", name: "Blog", syncId }));
    expect(messageOf(untimed)).toEqual([["sync-3", ["sync-1", "sync-2", "sync-3"], undefined]]);
  });

  test("a layer keeps the newest of its messages, behind those it owes already", () => {
    const older = Array.from({ length: MESSAGES }, (_, at) => ({
      ...{ to: "b", syncId: `sync-${at}`, event: "sync.failed", since: START, tries: 0, due: START },
    }));
    const full = { ...layer(notification("a", ["build.failed"])), unsent: older };
    const decided = oweBuildMessages(full, site, event());
    if (decided.kind !== "write" || decided.document.kind !== "layer") throw new Error(decided.kind);
    expect(decided.document.unsent?.map(({ to }) => to)).toEqual([...older.slice(1).map(({ to }) => to), "a"]);
  });
});
