import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { endStatus, type SyncStatus } from "../../../src/core/slot/ending.ts";
import { emptySlot, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import type { RecordState } from "../../../src/core/stage/buildStage.ts";
import { layerStage, ownStage } from "../../../src/core/stage/layerStage.ts";
import { ownerStatus, shownStatus, slotStatus } from "../../../src/core/stage/shownStatus.ts";
import { STAGES, type Stage, type Standing, worstOf } from "../../../src/core/stage/stage.ts";
import { deliveryStage, shownAfter, syncStage } from "../../../src/core/stage/syncStage.ts";
import { aLayer, must, START } from "../../support/builders.ts";

const ENDED = START + MINUTE;
const standing = (stage: Stage, fields: Partial<Standing> = {}): Standing => ({ stage, since: ENDED, ...fields });

const sync = (fields: Partial<Sync> = {}): Sync => ({
  id: "sync-1",
  scope: "all",
  trigger: { type: "webhook", id: "d", at: START },
  deliveries: 1,
  attempts: 1,
  queuedAt: START,
  startedAt: START + SECOND,
  finishedAt: ENDED,
  claimRev: 3,
  parts: {},
  sites: [],
  ...fields,
});
const claimed = (fields: Partial<Sync> = {}, status?: SyncStatus): RecordState => {
  const one = sync(fields);
  return { kind: "claimed", sync: one, status: status ?? endStatus(one) };
};
const part = (status: Sync["parts"][string]["status"], fields: Partial<Sync["parts"][string]> = {}) => ({
  parts: { blog: { status, attempts: 1, ...fields } },
});
const pending: RecordState = {
  kind: "pending",
  pending: {
    syncId: "sync-1",
    filledAt: START,
    at: START,
    notBefore: START + SECOND,
    trigger: { type: "webhook", id: "d", at: START },
    all: true,
    asks: {},
    deliveries: 1,
    build: true,
  },
};
const retry: Slot["retry"] = {
  blog: {
    syncId: "sync-1",
    tries: 1,
    lost: 0,
    since: START,
    ask: { full: true },
    build: true,
    callFence: 1,
    due: START + 2 * MINUTE,
    error: "answered 500",
  },
};
const stageOf = (
  state: RecordState,
  builds: readonly Stage[] = [],
  slot: Partial<Slot> = {},
  sites: readonly Stage[] = [],
): Standing =>
  syncStage({
    state,
    slot: { ...emptySlot(), ...slot },
    builds: builds.map((stage) => standing(stage)),
    sites: sites.map((stage) => standing(stage)),
  });

describe("where a sync stands", () => {
  test.each([
    ["is pending", () => stageOf(pending), { stage: "pending", until: START + SECOND }],
    [
      "is pending in a paused layer",
      () => stageOf(pending, [], { paused: true }),
      { stage: "pending", reason: expect.any(String) },
    ],
    [
      "runs",
      () => stageOf(claimed({ finishedAt: null }, "running"), ["live"]),
      { stage: "syncing", since: START + SECOND },
    ],
    [
      "waits for another try of a source",
      () => stageOf(claimed({ finishedAt: null, ...part("retrying") }, "retrying"), ["live"], { retry }),
      { stage: "retrying", until: START + 2 * MINUTE, reason: "Answered 500." },
    ],
    [
      "waits for another try of a source while a site's build failed",
      () => stageOf(claimed({ finishedAt: null, ...part("retrying") }, "retrying"), ["failed"], { retry }),
      { stage: "failed" },
    ],
    [
      "failed",
      () => stageOf(claimed(part("failed", { error: "no answer" })), ["live"]),
      { stage: "failed", reason: "No answer." },
    ],
    [
      "was cancelled",
      () => stageOf(claimed({ cancelled: true })),
      { stage: "failed", reason: "Someone cancelled the sync." },
    ],
    [
      "lost its source",
      () => stageOf(claimed(part("cancelled"))),
      { stage: "failed", reason: "The data source was removed before it was synced." },
    ],
    ["was superseded", () => stageOf(claimed(part("superseded", { supersededBy: "sync-2" }))), { stage: "superseded" }],
    ["has one failed site of two", () => stageOf(claimed(), ["live", "failed"]), { stage: "failed" }],
    ["has no site", () => stageOf(claimed()), { stage: "asked", reason: "No site is connected." }],
    [
      "changed nothing where the sites are live",
      () => stageOf(claimed(part("succeeded", { changed: false })), [], {}, ["live"]),
      { stage: "live", reason: expect.stringContaining("Nothing changed") },
    ],
    [
      "changed nothing where one site failed",
      () => stageOf(claimed(part("succeeded", { changed: false })), [], {}, ["live", "failed"]),
      { stage: "asked" },
    ],
    [
      "followed a change of the settings",
      () =>
        stageOf(
          claimed({ trigger: { type: "configuration", id: "c", at: START }, ...part("succeeded", { changed: true }) }),
          [],
          {},
          ["live"],
        ),
      { stage: "asked", reason: expect.stringContaining("settings") },
    ],
  ] as const)("a sync that %s has its stage and the reason", (_, found, expected) => {
    expect(found()).toMatchObject(expected);
  });

  test("a sync of several sites has the worst stage of them, by one order", () => {
    const order: readonly Stage[] = [
      "failed",
      "held",
      "retrying",
      "building",
      "waiting",
      "superseded",
      "asked",
      "live",
    ];
    for (const [index, stage] of order.entries()) {
      const found = worstOf(
        order
          .slice(index)
          .toReversed()
          .map((one) => standing(one)),
      );
      expect(found?.stage).toBe(stage);
    }
    expect(worstOf([])).toBeNull();
    const lives = [1, 3, 2].map((since) => ({ stage: "live", since }) as const);
    expect(worstOf(lives)).toEqual(lives[1]);
    const later = { stage: "ignored", since: 9 } as const;
    expect(worstOf([...lives, later])).toEqual(lives[1]);
    const [first, second] = ["site-1", "site-2"].map((siteId) => ({ stage: "live", since: 3, siteId }) as const);
    expect(worstOf([must(first), must(second)])).toEqual(first);
  });

  test("what a source syncs is shown by deploys that begin after the sync, a build layer's content by those after its claim", () => {
    expect(shownAfter(sync())).toBe(START + SECOND);
    expect(shownAfter(sync(part("succeeded")))).toBe(ENDED);
    expect(shownAfter(sync({ finishedAt: null, ...part("retrying") }))).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("a sync is shown by no deploy from before its newest delivery or its start, however slow the clock that ended it", () => {
    const slow = sync({ ...part("succeeded"), finishedAt: START - HOUR });
    expect(shownAfter(slow)).toBe(slow.startedAt);
    const late = { ...slow, trigger: { ...slow.trigger, at: START + HOUR } };
    expect(shownAfter(late)).toBe(START + HOUR);
    expect(shownAfter(sync({ startedAt: START - HOUR }))).toBe(START);
  });
});

describe("why a sync stands where it does", () => {
  const waiting = (syncId: string, due: number, error: string) => ({ ...retry["blog"], syncId, due, error });

  test("a sync that is tried again waits for the first of its own retries, since it began", () => {
    const retrying = (fields: Partial<Sync>, retries: object) =>
      stageOf(claimed({ finishedAt: null, ...fields }, "retrying"), [], { retry: retries as Slot["retry"] });
    const retries = {
      other: waiting("sync-2", START, "not mine"),
      late: waiting("sync-1", START + HOUR, "late"),
      soon: waiting("sync-1", START + MINUTE, "soon"),
    };
    expect(retrying({}, retries)).toEqual({
      ...{ stage: "retrying", since: START + SECOND, until: START + MINUTE, reason: "Soon." },
    });
    expect(retrying({ startedAt: null }, {})).toEqual({ stage: "retrying", since: START });
  });

  test("a sync that built nothing says whether nothing changed, only settings did, or no site is connected", () => {
    const reason = (fields: Partial<Sync>, sites: readonly Stage[]) => stageOf(claimed(fields), [], {}, sites).reason;
    const unchanged = part("succeeded", { changed: false });
    expect(reason(unchanged, [])).toBe("Nothing changed, so no build was needed.");
    expect(reason(unchanged, ["failed"])).toBe("Nothing changed, so no build was needed.");
    const changed = part("succeeded", { changed: true });
    const configuration = { trigger: { type: "configuration", id: "c", at: START } as const, ...changed };
    expect(reason(configuration, ["live"])).toBe("Changed settings start no build. The next publish does.");
    expect(reason(configuration, [])).toBe("No site is connected.");
    expect(reason(changed, ["live"])).toBe("No site is connected.");
  });

  test("a pending sync starts at a known time only while no other one runs", () => {
    const run = { parts: {}, fence: 1, by: "w", lead: "s", phase: "sources", startRev: 1 } as const;
    const running = { ...run, startedAt: START, leaseUntil: START };
    expect(stageOf(pending, [], { running })).toEqual({ stage: "pending", since: START });
  });

  test("a failed sync without a text of its own still has a reason", () => {
    expect(stageOf(claimed({}, "failed")).reason).toBe("The sync failed.");
  });
});

describe("where a delivery stands", () => {
  const facts = { receivedAt: START, cause: null };
  test.each([
    [
      "refused",
      { ...facts, outcome: "refused", cause: "the signature is wrong" },
      null,
      "refused",
      "The signature is wrong.",
    ],
    ["ignored", { ...facts, outcome: "ignored" }, null, "ignored", undefined],
    ["covered by a sync", { ...facts, outcome: "coalesced" }, standing("building"), "building", undefined],
    ["covered by a sync of long ago", { ...facts, outcome: "queued" }, null, "asked", expect.stringContaining("kept")],
  ] as const)("a delivery that is %s stands where what came of it stands", (_, delivery, found, stage, reason) => {
    expect(deliveryStage(delivery, found)).toMatchObject({ stage });
    expect(deliveryStage(delivery, found).reason).toEqual(reason);
  });
});

describe("since when a publish stands somewhere", () => {
  const facts = { receivedAt: ENDED + MINUTE, cause: null, outcome: "coalesced" } as const;

  test("a delivery that joined a waiting build waits since it arrived", () => {
    expect(deliveryStage(facts, standing("waiting")).since).toBe(ENDED + MINUTE);
    expect(deliveryStage(facts, standing("live", { since: ENDED + HOUR })).since).toBe(ENDED + HOUR);
  });

  test("a sync whose build waited before waits since the sync's own end", () => {
    const state = { kind: "claimed", sync: sync({ finishedAt: ENDED }), status: "succeeded" } as const;
    const builds = [standing("waiting", { since: START })];
    expect(syncStage({ state, slot: aLayer().slot, builds, sites: [] }).since).toBe(ENDED);
  });
});

describe("where a layer stands", () => {
  const known = (stage: Stage) => ({ kind: "known", siteId: "s", standing: standing(stage) }) as const;
  const fresh = aLayer();
  const lastEnded = (status: string) => ({
    fence: 0,
    open: 0,
    sync: { id: "s", status, queuedAt: 0, finishedAt: 1, ...(status === "failed" ? { error: "x" } : {}) },
  });
  const published = aLayer({}, { lastEnded: lastEnded("succeeded") });
  const of = (slot: Partial<Slot>) =>
    aLayer({}, { slot: { ...emptySlot(), ...slot }, lastEnded: lastEnded("succeeded") });
  const paused = of({ paused: true });
  const waiting = of({ pending: pending.kind === "pending" ? pending.pending : null });
  test.each([
    ["that was never published to", fresh, [], null, "idle"],
    ["that was never published to, and whose site others build", fresh, [known("building")], null, "idle"],
    ["only whose site is live", published, [known("live")], "live", "idle"],
    ["that is paused while its site is built", paused, [known("building")], "pending", "paused"],
    ["that is paused while its site failed", paused, [known("failed")], "failed", "paused"],
    ["whose pending sync finds its site held", waiting, [known("held")], "held", "held"],
    ["whose pending sync finds its site failed", waiting, [known("failed")], "failed", "pending"],
    ["one of whose sites failed", fresh, [known("live"), known("failed")], "failed", "failed"],
    ["whose site is held", fresh, [known("held")], "held", "held"],
    ["whose site is tried again", fresh, [known("retrying")], "retrying", "retrying"],
    ["whose site was deleted", fresh, [{ kind: "deleted", siteId: "s" } as const], "failed", "failed"],
    ["whose site cannot be read", published, [{ kind: "unreadable", siteId: "s" } as const], "asked", "idle"],
    ["whose last sync failed", aLayer({}, { lastEnded: lastEnded("failed") }), [known("live")], "failed", "failed"],
  ] as const)("a layer %s has the worst stage of its own work and its sites", (_, layer, sites, stage, status) => {
    const found = layerStage(ownStage(layer), sites)?.stage;
    expect([found ?? null, ownerStatus(slotStatus(layer.slot), found)]).toEqual([stage, status]);
  });

  test("a sync that succeeded is shown as failed while its site failed, and as retrying while its site is held", () => {
    const shown = STAGES.map((stage) => [stage, shownStatus("succeeded", stage)]);
    const trouble = { failed: "failed", held: "retrying", retrying: "retrying" };
    expect(Object.fromEntries(shown.filter(([, status]) => status !== "succeeded"))).toEqual(trouble);
    expect(STAGES.map((stage) => shownStatus("cancelled", stage))).toEqual(STAGES.map(() => "cancelled"));
  });
});
