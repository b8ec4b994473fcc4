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

describe("when a site owes its layers an event", () => {
  test("a build that ended another way, or without a known deploy, is told to nobody", () => {
    for (const status of ["cancelled", "superseded"] as const) {
      expect(untoldOf([ended({ status, attempts: 1, deploy: ready() })])).toEqual([]);
    }
    for (const state of ["building", "failed", "unheard"] as const)
      expect(untoldOf([succeeded(ready({ state }))])).toEqual([]);
    expect(untoldOf([succeeded()])).toEqual([]);
    const { causes: _causes, ...nobodys } = succeeded(ready());
    expect(untoldOf([nobodys])).toEqual([]);
  });

  test("a build's event names its deploy as far as it is known, and an error only if the build failed", () => {
    const live = untoldOf([ended({ status: "succeeded", attempts: 2, error: "before", deploy: { state: "ready" } })]);
    expect(live).toStrictEqual([
      { id: "build.live/build-1", event: "build.live", buildId: "build-1", at: START + 90_000, causes: [cause] },
    ]);
  });

  test("a hold is told when it begins, to the layers whose builds wait or run", () => {
    const held = (why: string) => ({ for: why, since: START + 7, until: START + 9, times: 1 });
    const { causes: _causes, ...nobodys } = succeeded();
    const open = { "build-1": succeeded(), "build-2": nobodys };
    const told = (before: Partial<Slot>, after: Partial<Slot>) =>
      untoldAfter({ slot: { ...emptySlot(), ...before } }, { ...emptySlot(), ...after }, []).untold;
    expect(told({}, { held: held("credits"), open })).toEqual([
      {
        ...{ id: "build.held/build-1", event: "build.held", buildId: "build-1", at: START + 7, causes: [cause] },
        reason: "The team's credits at Netlify are used up.",
      },
    ]);
    expect(told({}, { held: held("builds-stopped"), open })?.[0]?.reason).toBe("Builds are stopped at Netlify.");
    expect(told({ held: held("credits") }, { held: held("credits"), open })).toBeUndefined();
    expect(told({}, { held: held("credits"), open: { "build-2": nobodys } })).toBeUndefined();
    expect(told({}, { open })).toBeUndefined();
  });

  test("a live build waits for the page where the pages have a marker, and every other event is told at once", () => {
    const url = "https://www.example.com/";
    const marker = { deployId: "d0", buildId: null, seenAt: START };
    const site = { publicUrl: url, look: { url, deployId: "d0", tries: 1, at: START, marker }, slot: emptySlot() };
    const more: BuildEvent = { id: "more", event: "budget.at-risk", buildId: "b", at: START, causes: [cause] };
    const failed = ended({ status: "failed", attempts: 1 });
    const { untold, unseen } = untoldAfter(site, emptySlot(), [succeeded(ready()), failed], [more]);
    expect([untold?.map(({ event }) => event), unseen?.map(({ event }) => event)]).toEqual([
      ["build.failed", "budget.at-risk"],
      ["build.live"],
    ]);
    const before = Array.from({ length: UNTOLD }, (_, index) => ({ ...more, id: `${index}` }));
    const full = untoldAfter({ ...site, unseen: before, untold: before }, emptySlot(), [succeeded(ready()), failed]);
    for (const events of [full.untold, full.unseen]) expect(events?.slice(0, -1)).toEqual(before.slice(1));
    expect(untoldAfter(site, emptySlot(), [])).toEqual({});
    expect(untoldAfter({ slot: emptySlot() }, emptySlot(), [succeeded(ready())]).unseen).toBeUndefined();
  });
});
