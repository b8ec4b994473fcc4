import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import type { SlotOwner } from "../../../src/core/slotOwner.ts";
import { claimWork } from "../../../src/core/worker/claimWork.ts";
import { aLayer, aRequest, aSite, must, START } from "../../support/builders.ts";
import { fullOutbox } from "./told.ts";

const asked = <H extends SlotOwner>(owner: H): H => {
  const attempt = { now: START, rev: 2, firstRev: 1 };
  return { ...owner, slot: must(accept(owner.slot, aRequest({ build: false }), attempt, "sync-1").slot) };
};
const claimOf = (owner: SlotOwner, hasTime = true) =>
  claimWork(owner, { by: "worker", hasTime }, { now: START + MINUTE, rev: 3, firstRev: 2 });

describe("a claim", () => {
  test("a claim starts nothing without time for a full call, or without room for the record that it will owe", () => {
    const layer = asked(aLayer());
    expect(claimOf(layer).result.kind).toBe("claimed");
    expect(claimOf(layer, false)).toMatchObject({ change: null, result: { kind: "idle" } });
    expect(claimOf({ ...layer, owed: fullOutbox })).toMatchObject({ change: null, result: { kind: "idle" } });
  });

  test("a claim writes what it ended, although it starts nothing", () => {
    const layer = asked(aLayer());
    const claimed = must(claimOf(layer).change);
    const orphaned = { ...layer, slot: claimed.slot };
    const late = { now: START + HOUR, rev: 4, firstRev: 3 };
    const { change, result } = claimWork(orphaned, { by: "another", hasTime: false }, late);
    expect(result.kind).toBe("idle");
    expect(change?.slot).toMatchObject({ running: null, retry: { posts: { lost: 1 }, authors: { lost: 1 } } });
    const rested = { ...orphaned, slot: must(change).slot };
    expect(claimWork(rested, { by: "another", hasTime: false }, late).change).toBeNull();
  });

  /** A site whose editors were waited for while Git began a deploy: its start was told before the build was due. */
  const overtaken = (fields: Partial<Site> = {}): Site =>
    asked(
      aSite({
        deploys: {
          heardAt: START,
          locked: false,
          recent: [{ id: "git", state: "building", startedAt: START + CLOCK_SKEW }],
        },
        ...fields,
      }),
    );

  test("a claim starts no build that a foreign deploy covers: the deploy takes the build's place", () => {
    const { change, result } = claimOf(overtaken());
    expect(result.kind).toBe("idle");
    expect(change?.slot).toMatchObject({ pending: null, running: { by: null, parts: { build: { parked: true } } } });
    expect(claimOf(asked(aSite({ pacing: presetPacing("balanced") }))).result.kind).toBe("claimed");
  });

  test("a claim lets no foreign deploy take a build's place without room for the build's record", () => {
    expect(claimOf(overtaken({ owed: fullOutbox }))).toMatchObject({ change: null, result: { kind: "idle" } });
  });
});
