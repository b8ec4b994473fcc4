import { describe, expect, test } from "vitest";
import type { DeployEvent } from "../../../src/core/site/deployEvent.ts";
import type { KnownDeploy } from "../../../src/core/site/deployHistory.ts";
import { oweAgain } from "../../../src/core/site/oweAgain.ts";
import { siteParts } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { claim } from "../../../src/core/slot/claim.ts";
import { FOLLOW } from "../../../src/core/slot/deploy.ts";
import { noNews, settle } from "../../../src/core/slot/settle.ts";
import { emptySlot, type Slot } from "../../../src/core/slot/slot.ts";
import { holdAgain } from "../../../src/core/usage/held.ts";
import { aRequest, aSite, must, refusedCall, START } from "../../support/builders.ts";

const NOW = START + 1000;
/** The deploy of a build that counted as made, and that Netlify now says it did not make. */
const skipped: KnownDeploy = { id: "d1", state: "failed", startedAt: START, buildId: "build-1" };
const other = (fields: Partial<KnownDeploy> = {}): KnownDeploy => ({
  ...{ id: "d2", state: "ready", startedAt: START + 1, foreign: true },
  ...fields,
});
const told = (fields: Partial<DeployEvent> = {}): DeployEvent => ({
  ...{ kind: "failed", production: true, title: "Blog (build-1 #1)", notBuilt: "superseded" },
  deploy: { id: "d1", state: "failed", startedAt: START },
  ...fields,
});
/** What is owed after the event at `now`, at a site whose history then has these deploys. */
const owe = (recent: KnownDeploy[], event = told(), site: Site = aSite(), now = NOW) =>
  oweAgain(site, event, { heardAt: now, locked: false, recent }, { now, rev: 9 }, "again");
const isOwed = (...given: Parameters<typeof owe>): boolean => owe(...given).slot !== null;

describe("a build that counted as made, and that Netlify did not make", () => {
  test.each([
    ["alone", [], true],
    ["beside an older deploy that is ready", [other({ startedAt: START - 1 })], true],
    ["beside a deploy that began at the same time and is ready", [other({ startedAt: START })], false],
    ["beside a newer deploy that is ready", [other()], false],
    ["beside a newer deploy that failed", [other({ state: "failed" })], true],
    ["beside a newer deploy that builds", [other({ state: "building" })], false],
    ["beside an older deploy that builds", [other({ state: "building", startedAt: START - 1 })], true],
  ] as const)("a skipped build %s is owed again unless that deploy shows it", (_beside, others, expected) => {
    expect(isOwed([skipped, ...others])).toBe(expected);
  });

  test("a skipped build is shown by no deploy if nobody knows when its own began", () => {
    const { startedAt: _startedAt, ...timeless } = skipped;
    expect(isOwed([timeless, other()])).toBe(true);
  });

  test("a skipped build is not shown by its own deploy, whatever was said of that before", () => {
    expect(isOwed([{ ...skipped, state: "ready" }])).toBe(true);
  });

  test("a skipped build waits for a newer deploy for half an hour, and the history notes the reason only while it waits", () => {
    const newer = other({ state: "building" });
    const over = START + 1 + FOLLOW;
    const waiting = owe([skipped, newer], told(), aSite(), over - 1);
    expect([waiting.slot, waiting.deploys.recent]).toStrictEqual([
      null,
      [{ ...skipped, notBuilt: "superseded" }, newer],
    ]);
    const late = owe(waiting.deploys.recent, told({ deploy: { id: "d2", state: "building" } }), aSite(), over);
    expect([late.slot?.pending?.syncId, late.deploys.recent]).toStrictEqual(["again", [skipped, newer]]);
  });

  test("a skipped build is owed again as a build for everything, requested now", () => {
    expect(must(owe([skipped]).slot).pending).toMatchObject({
      ...{ syncId: "again", all: true, build: false, filledAt: NOW, at: NOW, askedRev: 9 },
      trigger: { type: "build", id: "d1", at: NOW },
    });
  });

  test.each(["superseded", "credits", "builds-stopped"] as const)(
    "a build that Netlify did not make is owed again if the reason is %s",
    (notBuilt) => {
      expect(isOwed([skipped], told({ notBuilt }))).toBe(true);
    },
  );

  test("a build that a person or the site's rule cancelled is not owed again, and neither is a deploy that is not ours", () => {
    for (const event of [
      told({ notBuilt: "cancelled" }),
      told({ notBuilt: "ignored" }),
      told({ notBuilt: null }),
      told({ production: false }),
      told({ title: "a push" }),
    ]) {
      expect(isOwed([skipped], event), JSON.stringify(event)).toBe(false);
    }
  });

  test("a build that is owed again is held for the reason that Netlify gives, and a skipped one is not", () => {
    const heldBy = (notBuilt: DeployEvent["notBuilt"], slot: Slot = emptySlot()) =>
      must(owe([skipped], told({ notBuilt }), aSite({ slot })).slot).held;
    expect(heldBy("credits")).toEqual(holdAgain(undefined, "credits", NOW));
    expect(heldBy("builds-stopped")).toEqual(holdAgain(undefined, "builds-stopped", NOW));
    const held = holdAgain(undefined, "credits", START);
    expect(heldBy("credits", { ...emptySlot(), held })?.times).toBe(2);
    expect([heldBy("superseded"), heldBy("superseded", { ...emptySlot(), held })]).toEqual([undefined, held]);
  });
});

describe("a build that is owed again only once", () => {
  const waiting = must(accept(emptySlot(), aRequest(), { now: START, rev: 2, firstRev: 1 }, "build-2").slot);
  const parts = siteParts({});
  const claimed = claim(waiting, { by: "w", now: START + FOLLOW, rev: 3, start: true }, parts);
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  const news = { ...noNews, outcomes: { build: refusedCall } };
  const failed = settle(claimed.slot, claimed.run.fence, news, null, START + FOLLOW, parts);
  if (failed.kind !== "ended") throw new Error(failed.kind);

  test.each([
    ["waits", waiting],
    ["runs", claimed.slot],
    ["is tried again", failed.slot],
  ])("a build that %s shows all that was requested before", (_state, slot) => {
    expect(isOwed([skipped], told(), aSite({ slot }))).toBe(false);
    expect(isOwed([skipped])).toBe(true);
  });

  test("a notification that comes twice owes nothing, and one about a deploy that was heard of otherwise does", () => {
    const heardOf = (deploy: KnownDeploy) =>
      isOwed([skipped], told(), aSite({ deploys: { heardAt: START, locked: false, recent: [deploy] } }));
    expect(heardOf(skipped)).toBe(false);
    expect(heardOf({ ...skipped, state: "building" })).toBe(true);
    expect(heardOf(other({ state: "failed" }))).toBe(true);
  });

  test("a deploy that the history forgot meanwhile is still recognised by the slot", () => {
    const { slot } = owe([skipped]);
    const done = { ...must(slot), pending: null };
    expect(owe([skipped], told({ notBuilt: "credits" }), aSite({ slot: done })).slot).toBeNull();
  });
});
