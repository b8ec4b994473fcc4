import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { DeployHistory } from "../../../src/core/site/deployHistory.ts";
import { BUILD, presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import type { Deploy } from "../../../src/core/slot/deploy.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import { spend } from "../../../src/core/slot/pace.ts";
import { emptySlot, type Pending, type Retry, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { buildStage, type RecordState, rememberedStage, siteStage } from "../../../src/core/stage/buildStage.ts";
import { dayOf, monthOf } from "../../../src/core/usage/calendar.ts";
import { aSite, START } from "../../support/builders.ts";

const ID = "build-1";

/** A publish is accepted at START, its build is requested then, and ends ten minutes later. */
const ENDED = START + 10 * MINUTE;

const pending = (fields: Partial<Pending> = {}): Pending => ({
  syncId: ID,
  filledAt: START,
  at: START,
  notBefore: START + SECOND,
  trigger: { type: "build", id: "ask", at: START },
  all: true,
  asks: {},
  deliveries: 1,
  build: false,
  ...fields,
});

const build = (part: Partial<Sync["parts"][string]> = {}, fields: Partial<Sync> = {}): Sync => ({
  id: ID,
  scope: "all",
  trigger: { type: "build", id: "ask", at: START },
  deliveries: 1,
  attempts: 1,
  queuedAt: START,
  startedAt: START + MINUTE,
  finishedAt: ENDED,
  claimRev: 3,
  parts: { [BUILD]: { status: "succeeded", attempts: 1, ...part } },
  sites: [],
  ...fields,
});

const ended = (part: Partial<Sync["parts"][string]> = {}, fields: Partial<Sync> = {}): RecordState => {
  const sync = build(part, fields);
  return { kind: "claimed", sync, status: endStatus(sync) };
};

const deploy = (id: string, startedAt: number, fields: Partial<Deploy> = {}): Deploy & { id: string } => ({
  state: "ready",
  startedAt,
  endedAt: startedAt + MINUTE,
  published: true,
  ...fields,
  id,
});

/** The build's own deploy, and what is served. */
const OWN = deploy("own", START + 2 * MINUTE);
const served = (live: Deploy & { id: string }, at: number, others: readonly Deploy[] = []): DeployHistory => ({
  heardAt: at,
  locked: false,
  live: { id: live.id, at },
  recent: [live, ...others],
});

const site = (slot: Partial<Slot> = {}, fields: Partial<Site> = {}): Site =>
  aSite({ pacing: presetPacing("instant"), slot: { ...emptySlot(), ...slot }, ...fields });

const retry: Retry = {
  syncId: ID,
  tries: 1,
  lost: 0,
  since: START + MINUTE,
  ask: { full: true },
  build: false,
  callFence: 1,
  due: START + 3 * MINUTE,
  error: "the build hook answered 500",
};
const open = { [ID]: build({ status: "retrying" }, { finishedAt: null }) };
const held = { for: "credits", since: START + MINUTE, until: START + HOUR, times: 1 };
const braked = { ...spend(undefined, START), streak: 4, alike: 4, likeness: 1 };
const running: Slot["running"] = {
  fence: 1,
  by: null,
  lead: ID,
  phase: "sources",
  startRev: 3,
  startedAt: START + MINUTE,
  leaseUntil: START + HOUR,
  parts: {
    [BUILD]: { ...retry, riding: false, deploy: deploy("own", START + 2 * MINUTE, { state: "building" }) },
  },
};
const isRunning: RecordState = {
  kind: "claimed",
  sync: build({ status: "running" }, { finishedAt: null }),
  status: "running",
};
const isRetrying: RecordState = {
  kind: "claimed",
  sync: build({ status: "retrying" }, { finishedAt: null }),
  status: "retrying",
};
const isPending = (fields: Partial<Pending> = {}): RecordState => ({ kind: "pending", pending: pending(fields) });

test("a build that waits for nothing gives no reason, and may start at once", () => {
  const free = site({ pending: pending() });
  expect(buildStage(free, ID, isPending(), START)).toStrictEqual({
    ...{ stage: "waiting", since: START, until: pending().notBefore, buildId: ID },
  });
});

const table: readonly (readonly [string, Site, RecordState | null, object])[] = [
  [
    "waits for its quiet period",
    site({ pending: pending() }, { pacing: presetPacing("balanced") }),
    isPending(),
    { stage: "waiting", since: START, until: START + 20 * SECOND, reason: expect.stringContaining("published") },
  ],
  [
    "waits for the running build",
    site({ pending: pending(), running }),
    isPending(),
    { stage: "waiting", since: START, reason: "Another build of the site is running." },
  ],
  [
    "waits while the team's credits are used up",
    site({ pending: pending(), held }),
    isPending(),
    { stage: "held", since: held.since, until: held.until, reason: "The team's credits at Netlify are used up." },
  ],
  [
    "waits for the next month, because the builds of this one are made",
    site(
      {
        pending: pending(),
        held,
        spent: { lastAt: START, day: 0, today: 1, month: monthOf(START), thisMonth: 18 },
      },
      { pacing: presetPacing("saver") },
    ),
    isPending(),
    { stage: "waiting", since: START, reason: "All 18 builds that this month pays are made." },
  ],
  [
    "waits for the next day, because the builds of this one are made",
    site(
      {
        pending: pending(),
        spent: { lastAt: START, day: dayOf(START), today: 2, month: monthOf(START), thisMonth: 2 },
      },
      { pacing: { ...presetPacing("instant"), dailyBuilds: 2 } },
    ),
    isPending(),
    { stage: "waiting", reason: expect.stringContaining("All 2 builds of this day's budget are made.") },
  ],
  [
    "waits for the brake",
    site({ pending: pending(), spent: braked }, { pacing: presetPacing("balanced") }),
    isPending(),
    { stage: "waiting", since: START, until: START + 15 * MINUTE, reason: expect.stringContaining("without a pause") },
  ],
  [
    "waits for the running build, which may end after the brake",
    site({ pending: pending(), running, spent: braked }, { pacing: presetPacing("balanced") }),
    isPending(),
    { stage: "waiting", since: START, reason: "Another build of the site is running." },
  ],
  [
    "waits for the next month while the last build of this one runs",
    site(
      {
        pending: pending(),
        running,
        spent: { lastAt: START, day: 0, today: 1, month: monthOf(START), thisMonth: 18 },
      },
      { pacing: presetPacing("saver") },
    ),
    isPending(),
    { stage: "waiting", reason: "All 18 builds that this month pays are made." },
  ],
  [
    "was released by a person while the team's credits are used up",
    site({ pending: pending({ released: true }), held }),
    isPending({ released: true }),
    { stage: "waiting" },
  ],
  ["runs", site({ running, open }), isRunning, { stage: "building", since: START + 2 * MINUTE, deployId: "own" }],
  [
    "is tried again",
    site({ retry: { [BUILD]: retry }, open }),
    isRetrying,
    { stage: "retrying", until: retry.due, reason: "The build hook answered 500." },
  ],
  [
    "is tried again when builds are no longer stopped",
    site({ retry: { [BUILD]: retry }, open, held: { ...held, for: "builds-stopped" } }),
    isRetrying,
    { stage: "held", until: held.until, reason: "Builds are stopped at Netlify." },
  ],
  ["ended, and nobody tells of deploys", site(), ended(), { stage: "asked", since: ENDED }],
  [
    "ended, and nobody told of its deploy's end",
    site(),
    ended({ deploy: { ...OWN, state: "unheard" } }),
    { stage: "asked", deployId: "own" },
  ],
  ["was followed to its end by a token", site(), ended({ deploy: OWN }), { stage: "live", deployId: "own" }],
  [
    "led to the deploy that visitors are served",
    site({}, { deploys: served(OWN, ENDED) }),
    ended({ deploy: OWN }),
    { stage: "live", since: ENDED, deployId: "own" },
  ],
  [
    "was followed by a later deploy",
    site({}, { deploys: served(deploy("later", START + HOUR), START + 2 * HOUR) }),
    ended({ deploy: OWN }),
    { stage: "live", since: START + 3 * MINUTE, deployId: "later" },
  ],
  [
    "was followed by a later deploy before any was live",
    site({}, { deploys: served(deploy("later", START + HOUR), START + 2 * HOUR) }),
    ended({ status: "failed", deploy: { ...OWN, state: "failed", published: false }, error: "no" }),
    { stage: "live", since: START + 2 * HOUR, deployId: "later" },
  ],
  [
    "was replaced by an older deploy",
    site({}, { deploys: served(deploy("old", START - HOUR), START + HOUR, [OWN]) }),
    ended({ deploy: OWN }),
    { stage: "held", since: START + HOUR, reason: "Visitors still see an older deploy.", deployId: "own" },
  ],
  [
    "was replaced by a deploy of which nobody knows when it began",
    site({}, { deploys: { ...served(OWN, ENDED), live: { id: "unknown", at: START + HOUR } } }),
    ended({ deploy: OWN }),
    { stage: "asked", reason: expect.stringContaining("was started") },
  ],
  [
    "was built while the site is locked",
    site({}, { deploys: { ...served(deploy("old", START - HOUR), START - HOUR), locked: true } }),
    ended({ deploy: { ...OWN, published: false } }),
    { stage: "held", since: ENDED, reason: "The site is locked to another deploy." },
  ],
  [
    "was built while the site was locked, and the lock is gone",
    site({}, { deploys: { ...served(deploy("old", START - HOUR), START - HOUR), heard: { unlocked: ENDED + 1 } } }),
    ended({ deploy: { ...OWN, published: false } }),
    { stage: "held", since: ENDED, reason: expect.stringContaining("Publish it at Netlify") },
  ],
  [
    "ended at another service than Netlify",
    site({}, { buildHookKind: "other" }),
    ended(),
    { stage: "asked", reason: expect.not.stringContaining("Netlify") },
  ],
  [
    "was built while the site was locked, and published later",
    site({}, { deploys: served(OWN, START + HOUR) }),
    ended({ deploy: { ...OWN, published: false } }),
    { stage: "live", since: START + HOUR },
  ],
  [
    "failed",
    site(),
    ended({ status: "failed", error: "the deploy failed (exit code 2)", deploy: { ...OWN, state: "failed" } }),
    { stage: "failed", since: ENDED, reason: "The deploy failed (exit code 2).", deployId: "own" },
  ],
  [
    "failed before a person deployed the site",
    site({}, { deploys: served(deploy("later", START + HOUR), START + 2 * HOUR) }),
    ended({ status: "failed", error: "the build hook answered 500" }),
    { stage: "live", deployId: "later" },
  ],
  [
    "failed after a deploy began that Netlify's clock puts a moment after the request",
    site({}, { deploys: served(deploy("early", START + CLOCK_SKEW - 1), START + MINUTE) }),
    ended({ status: "failed", error: "the build hook answered 500" }),
    { stage: "failed" },
  ],
  [
    "was superseded by another build",
    site(),
    ended({ status: "superseded", supersededBy: "build-2" }),
    { stage: "superseded" },
  ],
  ["is no longer on record", site(), null, { stage: "asked", reason: "The record of the build is no longer kept." }],
];

describe("where a build stands", () => {
  test.each(table)("a build that %s has its stage and the reason", (_, owner, state, expected) => {
    expect(buildStage(owner, ID, state, START)).toMatchObject({ buildId: ID, ...expected });
  });
});

const lastEnded = (fields: object): Partial<Site> => ({
  lastEnded: {
    fence: 0,
    open: 0,
    sync: { id: ID, status: "succeeded", queuedAt: START, finishedAt: ENDED, ...fields },
  },
});

describe("where a site stands", () => {
  test.each([
    ["nothing was ever built", site(), null],
    ["the last build failed", site({}, lastEnded({ status: "failed", error: "exit code 2" })), "failed"],
    ["the last build is served", site({}, { ...lastEnded({ deploy: OWN }), deploys: served(OWN, ENDED) }), "live"],
    ["nobody tells of deploys", site({}, lastEnded({})), "asked"],
    ["the last build failed and the next one runs", site({ running, open }, lastEnded({ status: "failed" })), "failed"],
    [
      "the next build runs",
      site({ running, open }, lastEnded({ id: "build-0", deploy: deploy("before", START - HOUR) })),
      "building",
    ],
    [
      "the build is tried again",
      site({ retry: { [BUILD]: retry }, open }, lastEnded({ id: "build-0", deploy: deploy("before", START - HOUR) })),
      "retrying",
    ],
  ] as const)("a site of which %s has the worst stage of its builds", (_, owner, stage) => {
    expect(siteStage(owner)?.stage ?? null).toBe(stage);
  });

  test("a site's document tells how its last build ended, and no other", () => {
    const owner = site({}, lastEnded({ status: "failed", error: "exit code 2" }));
    expect(rememberedStage(owner, ID, START)).toMatchObject({ stage: "failed", reason: "Exit code 2." });
    expect(rememberedStage(owner, "build-0", START)).toBeNull();
  });
});
