import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/core/durations.ts";
import { tellBrake } from "../../../src/core/site/askForBuild.ts";
import { untoldAfter } from "../../../src/core/site/buildEvents.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { spend } from "../../../src/core/slot/pace.ts";
import { aRequest, aSite, must } from "../../support/builders.ts";

const NOW = Date.UTC(2026, 10, 10);
const cause = { dataLayerId: "layer", name: "Blog", syncId: "sync-1", publishedAt: NOW };

describe("what holds a build back", () => {
  test("a build that the brake holds, and then Netlify, is told as two events", () => {
    const site = aSite({});
    const { slot } = accept(site.slot, { ...aRequest(), cause }, { now: NOW, rev: 2, firstRev: 1 }, "build-1");
    const spent = { ...spend(undefined, NOW - MINUTE), streak: 4, alike: 4, likeness: 1 };
    const braked = tellBrake({ ...site, slot: { ...must(slot), spent } }, NOW);
    const held = { for: "credits", since: NOW, until: NOW + 15 * MINUTE, times: 1 };
    const told = untoldAfter(braked, { ...braked.slot, held }, []).untold;
    expect(told?.map(({ event }) => event)).toEqual(["build.held", "build.held"]);
    expect(new Set(told?.map(({ id }) => id)).size).toBe(2);
  });
});
