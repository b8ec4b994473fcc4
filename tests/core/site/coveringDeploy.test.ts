import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { KnownDeploy } from "../../../src/core/site/deployHistory.ts";
import { coverByDeploy } from "../../../src/core/site/followDeploy.ts";
import { BUILD, presetPacing, siteParts } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { claim } from "../../../src/core/slot/claim.ts";
import { noNews, settle } from "../../../src/core/slot/settle.ts";
import type { Ask, Pending, Retry, Slot } from "../../../src/core/slot/slot.ts";
import { aRequest, aSite, must, refusedCall, START } from "../../support/builders.ts";

const NOW = START + 2 * MINUTE;
const push = (fields: Partial<KnownDeploy> = {}): KnownDeploy => ({
  ...{ id: "git", state: "building", startedAt: START + MINUTE },
  ...fields,
});
const idle = (fields: Partial<Site> = {}): Site =>
  aSite({
    pacing: presetPacing("instant"),
    deploys: { heardAt: START, locked: false, recent: [push()] },
    ...fields,
  });
const ask = (site: Site, id: string, now: number): Slot => {
  const request = aRequest({ id, trigger: { type: "build", id, at: now }, build: false });
  return must(accept(site.slot, request, { now, rev: 2, firstRev: 1 }, id).slot);
};

/** A site whose build was requested at START. */
const waiting = (fields: Partial<Site> = {}, pending: Partial<Pending> = {}): Site => {
  const site = idle(fields);
  const slot = ask(site, "build-1", START);
  return { ...site, slot: { ...slot, pending: { ...must(slot.pending), ...pending } } };
};
const claimedSlot = (site: Site): Slot => {
  const claimed = claim(site.slot, { by: "w", now: START + SECOND, rev: 3, start: true }, siteParts(site));
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  return claimed.slot;
};
/** The same, when the first call of its build failed. */
const retrying = (fields: Partial<Retry> = {}): Site => {
  const site = waiting();
  const claimed = claimedSlot(site);
  const news = { ...noNews, outcomes: { [BUILD]: refusedCall } };
  const failed = settle(claimed, claimed.fence, news, null, START + 2 * SECOND, siteParts(site));
  if (failed.kind !== "ended") throw new Error(failed.kind);
  const retry = { ...must(failed.slot.retry[BUILD]), ...fields };
  return { ...site, slot: { ...failed.slot, retry: { [BUILD]: retry } } };
};
const covered = (site: Site): boolean => coverByDeploy(site, { now: NOW, rev: 9 }) !== null;
const asksFor = (options: Partial<Ask>) => retrying({ ask: { full: true, ...options } });

describe("a deploy that began elsewhere", () => {
  test("a deploy that began elsewhere covers a build that waits, and one that is tried again", () => {
    expect([covered(waiting()), covered(retrying())]).toEqual([true, true]);
  });

  test.each([
    ["at a site of which no deploy is known", { ...waiting(), deploys: undefined }],
    ["while a build runs", { ...waiting(), slot: { ...waiting().slot, running: claimedSlot(waiting()).running } }],
    ["of another branch", waiting({ branch: "next" })],
    ["of a branch that a person asked for", waiting({}, { branch: "next" })],
    ["with the cleared cache that a person asked for", waiting({}, { clearCache: true })],
    ["of a branch that is tried again", asksFor({ branch: "next" })],
    ["with a cleared cache that is tried again", asksFor({ clearCache: true })],
  ])("a deploy that began elsewhere covers no build %s", (_state, site) => {
    expect(covered(site)).toBe(false);
  });

  test("a deploy that began elsewhere covers what was requested after a failed attempt only if it began later", () => {
    const former = START - MINUTE;
    const failed = retrying();
    const sync = must(failed.slot.open["build-1"]);
    const parts = {
      [BUILD]: { ...must(sync.parts[BUILD]), deploy: push({ id: "d1", state: "failed", startedAt: former }) },
    };
    const site = { ...failed, slot: { ...failed.slot, open: { "build-1": { ...sync, parts } } } };
    const since = (at: number, slot: Slot): boolean =>
      covered({ ...site, slot, deploys: { heardAt: START, locked: false, recent: [push({ startedAt: at })] } });
    expect([since(former - 1, site.slot), since(former, site.slot)]).toEqual([false, true]);
    const again = ask(site, "build-2", START + 10 * SECOND);
    expect([since(former, again), since(START + 10 * SECOND + CLOCK_SKEW, again)]).toEqual([false, true]);
  });

  test("a deploy of an earlier attempt covers that attempt, and nothing that was requested since", () => {
    const own = { heardAt: START, locked: false, recent: [push({ buildId: "build-1" })] };
    const site = { ...retrying(), deploys: own };
    expect(covered(site)).toBe(true);
    expect(covered({ ...site, slot: ask(site, "build-2", START + 10 * SECOND) })).toBe(false);
  });

  test("a deploy covers a build that is tried again even if nothing is known of its former attempt", () => {
    const site = retrying();
    const parts = { ...must(site.slot.open["build-1"]), parts: {} };
    expect(covered({ ...site, slot: { ...site.slot, open: {} } })).toBe(true);
    expect(covered({ ...site, slot: { ...site.slot, open: { "build-1": parts } } })).toBe(true);
  });
});
