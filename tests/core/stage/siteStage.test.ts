import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { lowestIdAt } from "../../../src/core/madeAt.ts";
import type { Look } from "../../../src/core/proof/lookSchema.ts";
import { BUILD, presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import type { Deploy } from "../../../src/core/slot/deploy.ts";
import { emptySlot, type Pending, type Retry, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import {
  buildStage,
  builtInstead,
  type RecordState,
  rememberedStage,
  siteStage,
} from "../../../src/core/stage/buildStage.ts";
import { sentenceOf } from "../../../src/core/stage/stage.ts";
import { syncedInstead } from "../../../src/core/stage/syncStage.ts";
import { aSite, START } from "../../support/builders.ts";

const url = "https://www.example.com/";
const ENDED = START + 10 * MINUTE;
const trigger = { type: "build", id: "ask", at: START } as const;
const pending: Pending = {
  ...{ syncId: "b1", filledAt: START, at: START, notBefore: START + SECOND, trigger },
  ...{ all: true, asks: {}, deliveries: 1, build: false },
};
const sync = (part: Partial<Sync["parts"][string]> = {}, fields: Partial<Sync> = {}): Sync => ({
  ...{ id: "b1", scope: "all", trigger, deliveries: 1, attempts: 1, queuedAt: START, startedAt: START + 1 },
  ...{ finishedAt: ENDED, claimRev: 3, sites: [] },
  parts: { [BUILD]: { status: "succeeded", attempts: 1, ...part } },
  ...fields,
});
const claimed = (one: Sync, status: "succeeded" | "failed" | "cancelled" | "superseded" | "running" = "succeeded") =>
  ({ kind: "claimed", sync: one, status }) satisfies RecordState;
const deploy = (id: string, startedAt: number, fields: Partial<Deploy> = {}): Deploy & { id: string } => ({
  ...{ state: "ready", startedAt, endedAt: startedAt + MINUTE, published: true },
  ...fields,
  id,
});
const OWN = deploy("own", START + MINUTE);
const OLD = deploy("old", START - HOUR);
const history = (live: Deploy & { id: string }, at: number, fields: object = {}): Partial<Site> => ({
  deploys: { heardAt: at, locked: false, recent: [live], live: { id: live.id, at }, ...fields },
});
const site = (slot: Partial<Slot> = {}, fields: Partial<Site> = {}): Site =>
  aSite({ pacing: presetPacing("instant"), slot: { ...emptySlot(), ...slot }, ...fields });
const lastEnded = (fields: object): Partial<Site> => ({
  lastEnded: {
    ...{ fence: 0, open: 0 },
    sync: { id: "b1", status: "succeeded", queuedAt: START, finishedAt: ENDED, ...fields },
  },
});
const look = (fields: Partial<Look>): Partial<Site> => ({
  publicUrl: url,
  look: {
    url,
    deployId: "own",
    tries: 1,
    at: START,
    marker: { deployId: "old", buildId: null, seenAt: START },
    ...fields,
  },
});
const stageOf = (owner: Site, state: RecordState | null) => buildStage(owner, "b1", state, START);

describe("a build whose page is looked at", () => {
  const built = claimed(sync({ deploy: OWN }));
  const published = history(OWN, ENDED);

  test("a published build that the page does not show yet is building until the next look", () => {
    const looking = site({}, { ...published, ...look({ due: ENDED + SECOND }) });
    expect(stageOf(looking, built)).toEqual({
      ...{ stage: "building", since: ENDED, until: ENDED + SECOND, buildId: "b1", deployId: "own" },
      reason: "The deploy is published. The page does not show it yet.",
    });
    const first = stageOf(site({}, { ...published, ...look({ deployId: "before" }) }), built);
    expect([first.stage, "until" in first]).toEqual(["building", false]);
  });

  test("a published build that the page still does not show at the last look is held, with the reason if one is known", () => {
    const stale = stageOf(site({}, { ...published, ...look({ reason: "the page shows another deploy" }) }), built);
    expect(stale).toMatchObject({
      stage: "held",
      reason: "The deploy is published, but the page does not show it. The page shows another deploy.",
    });
    expect(stageOf(site({}, { ...published, ...look({}) }), built)).toMatchObject({
      stage: "held",
      reason: "Visitors still see an older deploy.",
    });
  });

  test("a build that the page shows is only asked for while nobody knows when the deploy that Netlify serves began", () => {
    const unknown = {
      deploys: { heardAt: ENDED, locked: false, recent: [OWN], live: { id: "unknown", at: ENDED + HOUR } },
    };
    const marker = { deployId: "own", buildId: null, seenAt: ENDED };
    expect(stageOf(site({}, { ...unknown, ...look({ marker }) }), built)).toMatchObject({
      stage: "asked",
      reason: "Layerhook does not know when the deploy that visitors see was started.",
    });
  });

  test("a build is live once the page shows it, too, since the later of both times", () => {
    const marker = { deployId: "own", buildId: null, seenAt: ENDED + MINUTE };
    const shown = stageOf(site({}, { ...published, ...look({ marker }) }), built);
    expect(shown).toEqual({ stage: "live", since: ENDED + MINUTE, buildId: "b1", deployId: "own" });
  });
});

describe("a build that ended without going live", () => {
  test("a build's deploy that is built while the site is locked is held until the lock ends", () => {
    const locked = claimed(sync({ deploy: { ...OWN, published: false } }));
    const reason = (fields: object) => stageOf(site({}, history(OLD, START - HOUR, fields)), locked).reason;
    const [LOCKED, UNLOCKED] = [reason({ locked: true }), reason({ heard: { unlocked: ENDED + 1 } })];
    expect(LOCKED).toBe("The site is locked to another deploy.");
    expect(UNLOCKED).toMatch(/^The deploy was built while the site was locked\./);
    expect(reason({ heard: { unlocked: ENDED } })).toBe(LOCKED);
    expect(reason({ heard: {} })).toBe(LOCKED);
    expect(reason({})).toBe(LOCKED);
    expect(reason({ locked: true, heard: { unlocked: ENDED + 1 } })).toBe(LOCKED);
    expect(stageOf(site(), locked)).toMatchObject({ stage: "held", reason: LOCKED });
  });

  test("a build's end without a text of its own still has a reason", () => {
    expect(stageOf(site(), claimed(sync({ status: "failed" }), "failed")).reason).toBe("The build failed.");
    expect(stageOf(site(), claimed(sync({}, { error: "no room" }), "failed")).reason).toBe("No room.");
    const cancelled = stageOf(site(), claimed(sync({ status: "cancelled" }), "cancelled"));
    expect([cancelled.stage, cancelled.reason]).toEqual(["failed", "Someone cancelled the build."]);
    expect(stageOf(site(), claimed(sync({}, { parts: {}, error: "cancelled by a person" }), "cancelled")).reason).toBe(
      "Cancelled by a person.",
    );
    expect(stageOf(site(), claimed(sync({}, { parts: {} }), "succeeded")).stage).toBe("asked");
  });

  test("a build whose deploy has no reported end is asked for, whatever deploy is live before it", () => {
    const unheard = claimed(sync({ deploy: { ...OWN, state: "unheard" } }));
    expect(stageOf(site({}, history(OLD, START - HOUR)), unheard)).toMatchObject({
      stage: "asked",
      reason: "The deploy started, but no deploy notification reported its result.",
    });
  });

  test("a build is superseded by the build that took over its part, and by no other end", () => {
    const over = sync({ status: "superseded", supersededBy: "b2" });
    for (const instead of [builtInstead, syncedInstead]) {
      expect(instead(claimed(over, "superseded"))).toBe("b2");
      expect(instead(claimed(over, "failed"))).toBeNull();
      expect(instead({ kind: "pending", pending })).toBeNull();
      expect(instead(null)).toBeNull();
    }
  });
});

describe("a build that has not ended", () => {
  test("a build that a person released, and one that nothing delays, give no reason to wait", () => {
    const released = { ...pending, released: true };
    expect(stageOf(site({ pending: released }), { kind: "pending", pending: released })).toEqual({
      ...{ stage: "waiting", since: START, buildId: "b1" },
    });
    expect(stageOf(site({ pending }), { kind: "pending", pending })).toEqual({
      ...{ stage: "waiting", since: START, buildId: "b1", until: START + SECOND },
    });
  });

  test("a build that waits is live if a deploy that began after its request is served", () => {
    const later = deploy("later", START + HOUR);
    expect(stageOf(site({ pending }, history(later, START + 2 * HOUR)), { kind: "pending", pending })).toEqual({
      ...{ stage: "live", since: START + 2 * HOUR, buildId: "b1", deployId: "later" },
    });
    const open = sync({ status: "running" }, { finishedAt: null });
    const owner = site({ open: { b1: open } }, history(later, START + 2 * HOUR));
    expect(stageOf(owner, claimed(open, "running")).stage).toBe("live");
  });

  test("a build runs since its deploy began, since its run, or since it was claimed or requested", () => {
    const open = sync({ status: "running" }, { finishedAt: null });
    const since = (owner: Site, one = open) => stageOf(owner, claimed(one, "running")).since;
    expect(since(site({ open: { b1: open } }))).toBe(START + 1);
    expect(since(site(), { ...open, startedAt: null })).toBe(START);
    const standing = stageOf(site(), claimed(open, "running"));
    expect(standing).toEqual({ stage: "building", since: START + 1, buildId: "b1" });
    expect(stageOf(site(), claimed({ ...open, parts: {} }, "running"))).toEqual(standing);
  });

  test("a build without a record is dated by its id, and by nothing else", () => {
    const id = lowestIdAt(START);
    expect(buildStage(site(), id, null, START).since).toBe(START);
    expect(buildStage(site(), "b1", null, START).since).toBe(0);
  });
});

describe("what a site's document remembers of its builds", () => {
  test("a build that ended last is remembered with its deploy, also where only notifications told of the deploy", () => {
    const known = { ...OWN, buildId: "b1" };
    const owner = site({}, { ...lastEnded({}), ...history(known, ENDED) });
    expect(rememberedStage(owner, "b1", START)).toMatchObject({ stage: "live", deployId: "own" });
    const other = site({}, { ...lastEnded({}), ...history({ ...OLD, buildId: "b0" }, START) });
    expect(rememberedStage(other, "b1", START)).toMatchObject({ stage: "asked" });
    expect(rememberedStage(site({}, lastEnded({ finishedAt: null })), "b1", START)?.since).toBe(START);
    const locked = history(OLD, START, { recent: [OLD, { ...known, published: false }] });
    expect(rememberedStage(site({}, { ...lastEnded({}), ...locked }), "b1", START)?.stage).toBe("held");
  });

  test("a superseded build is remembered only if a deploy shows it", () => {
    const superseded = lastEnded({ status: "superseded" });
    expect(rememberedStage(site({}, superseded), "b1", START)).toBeNull();
    const later = deploy("later", START + HOUR);
    expect(rememberedStage(site({}, { ...superseded, ...history(later, START + HOUR) }), "b1", START)?.stage).toBe(
      "live",
    );
    const own = { ...later, startedAt: 0, buildId: "b7" };
    expect(rememberedStage(site({}, history(own, START)), "b7", START)?.stage).toBe("live");
    const { lastEnded: _ended, ...unknown } = site();
    expect(rememberedStage(unknown, "b1", START)).toBeNull();
  });
});

describe("where a site stands as a whole", () => {
  const failed = lastEnded({ status: "failed", error: "no" });
  const retry: Retry = {
    ...{ syncId: "b2", tries: 1, lost: 0, since: START, ask: { full: true }, build: false, callFence: 1 },
    ...{ due: START + HOUR, error: "the hook answered 500" },
  };
  const held = { for: "credits", since: START, until: START + HOUR, times: 1 };

  test("a site whose next build is tried again or held stands there, and not where the last build failed", () => {
    expect(siteStage(site({ retry: { [BUILD]: retry } }, failed))).toMatchObject({
      stage: "retrying",
      siteId: "site-1",
    });
    expect(siteStage(site({ pending, held }, failed))).toMatchObject({ stage: "held" });
    expect(siteStage(site({ pending }, failed))).toMatchObject({ stage: "failed" });
  });

  test("a site whose last build was superseded stands where its next one does", () => {
    const superseded = lastEnded({ status: "superseded" });
    expect(siteStage(site({ pending }, superseded))?.stage).toBe("waiting");
    expect(siteStage(site({}, superseded))).toBeNull();
  });

  test("a site whose build runs stands since the build was claimed or requested", () => {
    const run: Slot["running"] = {
      ...{ fence: 1, by: null, lead: "b2", phase: "sources", startRev: 3, startedAt: START + 2, leaseUntil: ENDED },
      parts: { [BUILD]: { ...retry, riding: false } },
    };
    const open = { b2: sync({ status: "running" }, { id: "b2", finishedAt: null, startedAt: null, queuedAt: START }) };
    expect(siteStage(site({ running: run, open }))).toEqual({
      ...{ stage: "building", since: START + 2, buildId: "b2", siteId: "site-1" },
    });
    const between = deploy("between", START + MINUTE);
    const claimedLater = { b2: { ...open.b2, startedAt: START + HOUR } };
    expect(siteStage(site({ running: run, open: claimedLater }, history(between, ENDED)))?.stage).toBe("building");
    expect(siteStage(site({ running: run, open }, history(between, ENDED)))?.stage).toBe("live");
    expect(siteStage(site({ running: { ...run, parts: {} }, open }))).toBeNull();
    expect(siteStage(site({ running: run }))).toBeNull();
  });
});

describe("a reason", () => {
  test("a reason is a sentence: trimmed, with a capital letter and one end", () => {
    expect(sentenceOf("  the hook answered 500 \n")).toBe("The hook answered 500.");
    for (const whole of ["Done.", "Why?", "No!", "More…"]) expect(sentenceOf(whole)).toBe(whole);
    expect(sentenceOf("v1.2 is there")).toBe("V1.2 is there.");
  });
});
