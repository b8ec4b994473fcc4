import { describe, expect, test } from "vitest";
import { UNTOLD } from "../../../src/core/limits.ts";
import { type BuildEvent, untoldAfter } from "../../../src/core/site/buildEvents.ts";
import type { Deploy } from "../../../src/core/slot/deploy.ts";
import { emptySlot, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { START } from "../../support/builders.ts";

const cause = { dataLayerId: "layer", name: "Blog", syncId: "sync-1", publishedAt: START };
const ended = (part: Sync["parts"][string], fields: Partial<Sync> = {}): Sync => ({
  id: "build-1",
  scope: "all",
  trigger: { type: "build", id: "ask", at: START },
  deliveries: 1,
  attempts: 1,
  queuedAt: START,
  startedAt: START,
  finishedAt: START + 90_000,
  claimRev: 3,
  parts: { build: part },
  sites: [],
  causes: [cause],
  ...fields,
});
const succeeded = (deploy?: Deploy) =>
  ended({ status: "succeeded", attempts: 1, ...(deploy === undefined ? {} : { deploy }) });
const ready = (fields: Partial<Deploy> = {}): Deploy => ({
  id: "d1",
  url: "https://d1.test",
  state: "ready",
  ...fields,
});
const untoldOf = (syncs: readonly Sync[], untold?: readonly BuildEvent[]) =>
  untoldAfter({ slot: emptySlot(), untold }, emptySlot(), syncs).untold ?? [];

describe("what a site owes its layers to know", () => {
  test("a build that is live is told with its deploy and the syncs that requested it", () => {
    expect(untoldOf([succeeded(ready({ published: true }))])).toEqual([
      {
        id: "build.live/build-1",
        event: "build.live",
        buildId: "build-1",
        at: START + 90_000,
        causes: [cause],
        deployId: "d1",
        deployUrl: "https://d1.test",
      },
    ]);
  });

  test("a deploy that visitors do not see is told as locked, and never as live", () => {
    expect(untoldOf([succeeded(ready({ published: false }))])).toMatchObject([
      { event: "build.locked", reason: "The site is locked to another deploy." },
    ]);
  });

  test("a build that failed is told with its reason", () => {
    const failed = ended({ status: "failed", attempts: 2, error: "the deploy failed (exit 2)" });
    expect(untoldOf([failed])).toMatchObject([{ event: "build.failed", reason: "the deploy failed (exit 2)" }]);
  });

  test("a build of which nobody knows how it ended is not told as anything", () => {
    expect(untoldOf([succeeded()])).toEqual([]);
    expect(untoldOf([succeeded({ state: "unheard" })])).toEqual([]);
    expect(
      untoldOf([ended({ status: "superseded", attempts: 1 }), ended({ status: "cancelled", attempts: 1 })]),
    ).toEqual([]);
    expect(untoldOf([ended({ status: "failed", attempts: 1 }, { causes: [] })])).toEqual([]);
  });

  test("a hold is told once, when it begins, to every layer that waits for a build", () => {
    const open = { "build-1": ended({ status: "retrying", attempts: 1 }, { finishedAt: null }) };
    const held = { for: "credits", since: START, until: START + 900_000, times: 1 };
    const waiting: Slot = { ...emptySlot(), open, held };
    expect(untoldAfter({ slot: emptySlot() }, waiting, []).untold).toMatchObject([
      {
        event: "build.held",
        buildId: "build-1",
        at: START,
        causes: [cause],
        reason: "The team's credits at Netlify are used up.",
      },
    ]);
    expect(untoldAfter({ slot: waiting }, { ...waiting, held: { ...held, times: 2 } }, []).untold).toBeUndefined();
    expect(untoldAfter({ slot: emptySlot() }, { ...emptySlot(), held }, []).untold).toBeUndefined();
  });

  test("events that were not told yet are kept, and of too many the newest", () => {
    const many = Array.from({ length: UNTOLD + 3 }, (_, n) => ({ ...succeeded(ready()), id: `build-${n}` }));
    const events = untoldOf(many, untoldOf([ended({ status: "failed", attempts: 1 })]));
    expect(events).toHaveLength(UNTOLD);
    expect(events.at(-1)?.buildId).toBe(`build-${UNTOLD + 2}`);
    expect(untoldOf([succeeded(ready())], untoldOf([ended({ status: "failed", attempts: 1 })]))).toHaveLength(2);
  });
});
