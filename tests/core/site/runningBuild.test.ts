import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type DeployEvent, deployMark } from "../../../src/core/site/deployEvent.ts";
import { deployOutcome, followDeploy } from "../../../src/core/site/followDeploy.ts";
import { BUILD, presetPacing, siteParts } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { claim } from "../../../src/core/slot/claim.ts";
import { type Deploy, FOLLOW } from "../../../src/core/slot/deploy.ts";
import { noNews, settle } from "../../../src/core/slot/settle.ts";
import type { Part, Run } from "../../../src/core/slot/slot.ts";
import { aRequest, aSite, must, ok, START } from "../../support/builders.ts";

const CALLED = START + SECOND;

/** A site whose hook was called at CALLED, and whose build is not over. Nothing was heard of its deploy. */
const building = (fields: Partial<Site> = {}): Site => {
  const deploys = { heardAt: START - MINUTE, locked: false, recent: [] };
  const site = aSite({ pacing: presetPacing("instant"), deploys, ...fields });
  const parts = siteParts(site);
  const request = aRequest({ id: "ask", trigger: { type: "build", id: "ask", at: START }, build: false });
  const { slot } = accept(site.slot, request, { now: START, rev: 2, firstRev: 1 }, "build-1");
  const claimed = claim(must(slot), { by: "w", now: CALLED, rev: 3, start: true }, parts);
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  const news = { ...noNews, parked: { [BUILD]: CALLED + FOLLOW } };
  const parked = settle(claimed.slot, claimed.run.fence, news, null, CALLED, parts);
  if (parked.kind !== "parked") throw new Error(parked.kind);
  return { ...site, slot: parked.slot };
};
const runOf = (site: Site): Run => must(site.slot.running);
const partOf = (site: Site): Part => must(runOf(site).parts[BUILD]);
const withPart = (site: Site, fields: Partial<Part>): Site => {
  const running = { ...runOf(site), parts: { [BUILD]: { ...partOf(site), ...fields } } };
  return { ...site, slot: { ...site.slot, running } };
};
const event = (
  kind: DeployEvent["kind"],
  deploy: Partial<DeployEvent["deploy"]>,
  fields: Partial<DeployEvent> = {},
): DeployEvent => ({
  ...{ kind, production: true, title: "a push", notBuilt: null },
  deploy: { id: "d1", state: "building", startedAt: CALLED + CLOCK_SKEW, ...deploy },
  ...fields,
});
const ours = (
  site: Site,
  kind: DeployEvent["kind"],
  deploy: Partial<DeployEvent["deploy"]>,
  fields: Partial<DeployEvent> = {},
) => event(kind, deploy, { title: `Blog ${deployMark(partOf(site))}`, ...fields });
const follow = (site: Site, given: DeployEvent, now = START + MINUTE): Site =>
  followDeploy(site, given, { now, rev: 9, id: "again" });

describe("a failed deploy", () => {
  const failed: Deploy = { id: "d1", state: "failed" };

  test.each([
    ["credits", { unbuilt: true, uncounted: true, held: "credits" }],
    ["builds-stopped", { unbuilt: true, uncounted: true, held: "builds-stopped" }],
    ["superseded", { unbuilt: true, uncounted: true }],
    ["cancelled", { atMost: 1 }],
    ["ignored", { atMost: 1, unbuilt: true }],
    [null, { atMost: 2 }],
  ] as const)("a deploy that Netlify did not build because of %s counts as %j", (why, counts) => {
    const { error: _error, ...outcome } = { error: "", ...deployOutcome(failed, why, 5) };
    expect(outcome).toEqual({ kind: "failed", unanswered: false, durationMs: 5, deploy: failed, ...counts });
  });

  test.each([
    ["credits", { unbuilt: true, uncounted: true, held: "credits" }],
    ["builds-stopped", { unbuilt: true, uncounted: true, held: "builds-stopped" }],
    ["superseded", { unbuilt: true, uncounted: true }],
    ["cancelled", {}],
    ["ignored", {}],
    [null, {}],
  ] as const)("somebody else's deploy that failed because of %s leaves our build owed: %j", (why, counts) => {
    const deploy = { ...failed, foreign: true };
    const { error: _error, ...outcome } = { error: "", ...deployOutcome(deploy, why, 5) };
    expect(outcome).toEqual({ kind: "failed", unanswered: false, durationMs: 5, deploy, ...counts });
  });

  test.each([
    ["credits", 0],
    ["builds-stopped", 0],
    ["superseded", 0],
    ["ignored", 0],
    ["cancelled", 1],
    [null, 1],
  ] as const)("a build whose deploy ended because of %s has cost %i start", (why, starts) => {
    const site = building();
    const told = follow(site, ours(site, "failed", { state: "failed" }, { notBuilt: why }));
    expect(told.slot.spent?.thisMonth).toBe(starts);
  });
});

describe("a running build whose deploy starts", () => {
  test("a running build never gets less time by the first notification of its deploy, whatever our clock says", () => {
    const site = building();
    const early = follow(site, ours(site, "started", { startedAt: START }), START - MINUTE);
    expect([partOf(early).deadline, runOf(early).leaseUntil]).toEqual([CALLED + FOLLOW, CALLED + FOLLOW]);
  });

  test("a running build that a worker handed over keeps its lease, because it has no deadline", () => {
    const { deadline: _deadline, parked: _parked, ...part } = partOf(building());
    const run: Run = { ...runOf(building()), leaseUntil: START + 5 * MINUTE, parts: { [BUILD]: part } };
    const site = { ...building(), slot: { ...building().slot, running: run } };
    const told = follow(site, ours(site, "started", {}));
    expect([partOf(told).deploy?.id, runOf(told).leaseUntil]).toEqual(["d1", START + 5 * MINUTE]);
  });

  test("a running build whose end is known already is changed by no event", () => {
    const site = withPart(building(), { outcome: ok() });
    for (const kind of ["started", "succeeded", "failed"] as const) {
      expect(follow(site, ours(site, kind, { state: kind === "failed" ? "failed" : "ready" })).slot).toEqual(site.slot);
    }
  });

  test("a run without a build, as only another release can store it, is left as it is", () => {
    const running = { ...runOf(building()), parts: {} };
    const site = { ...building(), slot: { ...building().slot, running } };
    expect(follow(site, event("started", {})).slot).toBe(site.slot);
  });
});

describe("a newer deploy of somebody else's", () => {
  const live = { state: "ready", published: true, endedAt: START + MINUTE } as const;
  const isOver = (site: Site, given: DeployEvent): boolean => follow(site, given).slot.running === null;

  test("a newer deploy that visitors see ends a build of whose own deploy nothing was heard", () => {
    expect(isOver(building(), event("succeeded", live))).toBe(true);
  });

  const timeless: DeployEvent = { ...event("succeeded", live), deploy: { id: "d1", ...live } };
  test.each([
    ["has only started", event("started", live)],
    ["failed", event("failed", { ...live, state: "failed" })],
    ["is of another branch", event("succeeded", live, { production: false })],
    ["is not published", event("succeeded", { ...live, published: false })],
    ["began before the call", event("succeeded", { ...live, startedAt: CALLED + CLOCK_SKEW - 1 })],
    ["began nobody knows when", timeless],
  ])("a newer deploy that %s does not end a running build", (_why, given) => {
    const site = building();
    expect(follow(site, given).slot).toBe(site.slot);
  });

  const { parked: _parked, ...attended } = partOf(building());
  test.each([
    [
      "is attended by its worker",
      { ...building(), slot: { ...building().slot, running: { ...runOf(building()), parts: { [BUILD]: attended } } } },
    ],
    ["has a deploy of its own", withPart(building(), { deploy: { id: "d0", state: "building" } })],
    ["is polled at Netlify", withPart(building(), { location: "https://api.netlify.com/api/v1/deploys/d0" })],
    ["is of the branch of the site's settings", building({ branch: "next" })],
    ["is of a branch that a person asked for", withPart(building(), { ask: { full: true, branch: "next" } })],
    ["clears the cache", withPart(building(), { ask: { full: true, clearCache: true } })],
  ])("a newer deploy does not end a running build that %s", (_why, site) => {
    expect(isOver(site, event("succeeded", live))).toBe(false);
  });
});
