import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { CAUSES, UNTOLD } from "../../../src/core/limits.ts";
import { heal, noteContent, type PublishSeen, withEarlier } from "../../../src/core/proof/heal.ts";
import { LOOK_AGAIN } from "../../../src/core/proof/look.ts";
import type { Look } from "../../../src/core/proof/lookSchema.ts";
import type { BuildEvent } from "../../../src/core/site/buildEvents.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { withCauses } from "../../../src/core/slot/ending.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import type { Cause } from "../../../src/core/slot/sync.ts";
import { aRequest, aSite, must, START } from "../../support/builders.ts";

const url = "https://www.example.com/";
const cause = (syncId: string, fields: Partial<Cause> = {}): Cause => ({
  dataLayerId: "layer",
  name: "Blog",
  syncId,
  ...fields,
});
const numbered = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}-${i}`);

/** A site whose pages are to be looked at for the build b1, `tries` times so far. */
const site = (tries: number, fields: Partial<Site> = {}, look: Partial<Look> = {}): Site =>
  aSite({
    publicUrl: url,
    look: { url, deployId: "d1", tries: 1, at: START, content: { buildId: "b1", tries, due: START }, ...look },
    ...fields,
  });
const publish = (deliveryId: string, state: PublishSeen["state"], layerId = "layer"): PublishSeen => ({
  layerId,
  deliveryId,
  state,
  reason: null,
  at: START,
});
const note = (owner: Site, publishes: readonly PublishSeen[], causes: readonly Cause[] = [cause("s1")], now = START) =>
  noteContent(owner, { buildId: "b1", publishes, settleSeconds: 60, causes, now });

const LAST = LOOK_AGAIN.length;
const missing = [publish("p1", "missing"), publish("p2", "seen"), publish("p3", "unknown")];
const what = "1 of 3 publishes that were looked for are not on their pages.";

describe("a look at the pages of publishes", () => {
  test("a missing publish is looked for again after 5, 15 and 60 seconds, and nobody is told before the last look", () => {
    for (const [tries, seconds] of [5, 15, 60].entries()) {
      const next = note(site(tries), missing);
      const found = missing.map(({ layerId: _id, ...check }) => check);
      expect(next.look?.content).toEqual({ buildId: "b1", tries: tries + 1, due: START + seconds * SECOND, found });
      expect([next.untold, next.look?.heal]).toEqual([undefined, undefined]);
    }
  });

  test("a publish that one look saw stays seen since then, whatever a later look at the same build finds", () => {
    const [, seen] = missing;
    const later = [
      publish("p1", "seen"),
      { ...publish("p2", "missing"), reason: "The page answers 404.", at: START + 9 },
    ];
    expect(withEarlier(later, note(site(0), missing), "b1")).toEqual([later[0], seen]);
    expect(withEarlier(later, note(site(0), missing), "b2")).toEqual(later);
    expect(withEarlier(later, aSite(), "b1")).toEqual(later);
    expect(withEarlier(later, site(0), "b1")).toEqual(later);
    const unseen = [publish("p1", "missing"), publish("p4", "missing")];
    expect(withEarlier(unseen, note(site(0), missing), "b1")).toEqual(unseen);
  });

  test("a look that is not due, or is for another build or another URL, changes nothing", () => {
    const owner = site(0);
    expect(note(owner, missing, [], START - 1)).toBe(owner);
    const other = site(0, {}, { content: { buildId: "b0", tries: 0, due: START } });
    expect(note(other, missing)).toBe(other);
    const moved = site(0, { publicUrl: "https://new.example.com/" });
    expect(note(moved, missing)).toBe(moved);
    const done = site(0, {}, { content: undefined });
    for (const nothing of [site(0, { look: undefined }), done, aSite()]) expect(note(nothing, missing)).toBe(nothing);
  });

  test("a build whose publishes are all seen, or of which nobody can say, is looked at no more", () => {
    for (const publishes of [[], [publish("p1", "seen")], [publish("p1", "unknown")]]) {
      const next = note(site(0, { untold: [] }), publishes);
      expect(next).toEqual(site(0, { untold: [], look: { url, deployId: "d1", tries: 1, at: START } }));
    }
  });

  test("a publish that is missing at the last look is told, and one more build is planned after the settle time", () => {
    const next = note(site(LAST), missing);
    expect(next.untold).toEqual([
      {
        id: "build.stale/b1",
        event: "build.stale",
        buildId: "b1",
        at: START,
        causes: [cause("s1")],
        reason: `${what} One more build follows.`,
      },
    ]);
    expect(next.look).toEqual({
      ...{ url, deployId: "d1", tries: 1, at: START },
      heal: { buildId: "b1", at: START + MINUTE },
    });
    expect(next.healed).toEqual(["p1"]);
  });

  test("a stale build that no layer caused is told to nobody, and is built again all the same", () => {
    const next = note(site(LAST), missing, []);
    expect(["untold" in next, next.look?.heal?.buildId]).toEqual([false, "b1"]);
  });

  test("a stale build's event pushes out the oldest if a site has too many untold", () => {
    const before: BuildEvent[] = numbered(UNTOLD, "e").map((id) => ({
      ...{ id, event: "build.live", buildId: id, at: START },
      causes: [],
    }));
    const { untold } = note(site(LAST, { untold: before }), missing);
    expect(untold?.map(({ id }) => id)).toEqual([...before.slice(1).map(({ id }) => id), "build.stale/b1"]);
  });

  test("a site that builds nothing again tells of missing publishes, and no more", () => {
    const next = note(site(LAST, { rebuildStale: false }), missing);
    expect([next.untold?.[0]?.reason, next.look?.heal, next.healed]).toEqual([what, undefined, undefined]);
    expect(note(site(LAST, { rebuildStale: true }), missing).look?.heal).toBeDefined();
  });
});

describe("a delivery that a build was healed for", () => {
  test("a delivery is healed for once, and the last fifty such deliveries are remembered once each", () => {
    const once = note(site(LAST, { healed: ["p1"] }), missing);
    expect([once.untold?.[0]?.reason, once.look?.heal, once.healed]).toEqual([what, undefined, ["p1"]]);
    const full = numbered(50, "old");
    const both = [publish("old-7", "missing"), publish("p1", "missing")];
    const next = note(site(LAST, { healed: full }), both);
    expect(next.healed).toEqual([...full.slice(1), "p1"]);
    expect(next.look?.heal).toBeDefined();
  });

  test("a layer that a healing build showed nothing of is not built again for, and is told why", () => {
    const vain = note(site(LAST, { healedInVain: ["layer"] }), missing.slice(0, 1));
    expect(vain.untold?.[0]?.reason).toBe(
      "1 of 1 publishes that were looked for are not on their pages. No other build follows, because the last one that was built again for the data layer showed none of its publishes. Check its `live`.",
    );
    expect([vain.look?.heal, vain.healed, vain.healedInVain]).toEqual([undefined, undefined, ["layer"]]);
    const other = note(site(LAST, { healedInVain: ["layer"] }), [
      publish("p1", "missing"),
      publish("q", "missing", "b"),
    ]);
    expect([other.look?.heal?.buildId, other.healed]).toEqual(["b1", ["p1", "q"]]);
  });

  test("a layer is healed in vain from the first such build on, until one of its publishes is seen", () => {
    const again = [cause("s1", { again: true }), cause("s2", { dataLayerId: "b" })];
    const before = { healed: ["p1", "q"], healedInVain: ["old"] };
    const publishes = [publish("p1", "missing"), publish("q", "missing", "b"), publish("new", "missing")];
    expect(note(site(LAST, before), publishes, again).healedInVain).toEqual(["old", "layer"]);
    expect(note(site(LAST, before), [...publishes, publish("p0", "seen")], again).healedInVain).toEqual(["old"]);
    expect(note(site(LAST, { ...before, healed: ["q"] }), publishes, again).healedInVain).toEqual(["old"]);
    const { healed: _healed, ...none } = before;
    expect(note(site(LAST, none), publishes, again).healedInVain).toEqual(["old"]);
    expect(note(site(LAST, before), [publish("p1", "unknown")], again).healedInVain).toEqual(["old"]);
    expect("healedInVain" in note(site(LAST, before), [publish("p9", "seen", "old")])).toBe(false);
  });

  test("a site remembers the last fifty layers that were healed in vain", () => {
    const full = numbered(50, "layer");
    const again = [cause("s1", { again: true })];
    const next = note(site(LAST, { healed: ["p1"], healedInVain: full }), missing.slice(0, 1), again);
    expect(next.healedInVain).toEqual([...full.slice(1), "layer"]);
  });
});

describe("the build that heals", () => {
  const attempt = (now: number) => ({ now, rev: 8, firstRev: 7 });
  const NOW = START + MINUTE;
  const planned = (fields: Partial<Site> = {}): Site =>
    aSite({
      publicUrl: url,
      look: { url, deployId: "d1", tries: 1, at: START, heal: { buildId: "b1", at: NOW } },
      ...fields,
    });
  const healed = (owner: Site, causes: readonly Cause[] = [cause("s1")], now = NOW) =>
    heal(owner, { causes, id: "b2" }, attempt(now));

  test("the build that heals is requested when its time has come, like any other build of the site", () => {
    const next = healed(planned());
    expect(next.slot.pending).toMatchObject({
      syncId: "b2",
      filledAt: NOW,
      all: true,
      build: false,
      trigger: { type: "build", id: "b1", at: NOW },
      causes: [cause("s1", { again: true })],
    });
    expect(next.look).toEqual({ url, deployId: "d1", tries: 1, at: START });
    expect([next.slot.pending?.asks, next.slot.recent.map(({ id }) => id)]).toEqual([{}, ["heal.b1"]]);
  });

  test("a site where no build is planned, or whose time has not come, stays as it is", () => {
    const early = planned();
    expect(healed(early, [], NOW - 1)).toBe(early);
    const moved = planned({ publicUrl: null });
    expect(healed(moved)).toBe(moved);
    const unplanned = site(0);
    expect(healed(unplanned)).toBe(unplanned);
  });

  test("a build that waits already takes the causes that it does not have, and a repeated request changes nothing", () => {
    const { slot } = accept(emptySlot(), aRequest({ cause: cause("s1", { deliveries: 2 }) }), attempt(START), "b9");
    const next = healed(planned({ slot: must(slot) }), [cause("s1"), cause("s2")]);
    expect(next.slot.pending?.syncId).toBe("b9");
    expect(next.slot.pending?.causes).toEqual([cause("s1", { deliveries: 2 }), cause("s2", { again: true })]);
    const claimed = { ...next, slot: { ...next.slot, pending: null }, look: planned().look };
    expect(healed(claimed).slot).toEqual(claimed.slot);
    expect(healed(claimed).look?.heal).toBeUndefined();
  });

  test("a build that heals is counted as a request, however young the build that waits is", () => {
    const { slot } = accept(emptySlot(), aRequest({ cause: cause("s0") }), attempt(NOW), "b9");
    const both = withCauses(must(slot), [cause("s1", { deliveries: 2 })]);
    const { pending } = healed(planned({ slot: both }), [cause("s1"), cause("s2")]).slot;
    expect(pending?.deliveries).toBe(2);
    expect(pending?.causes).toEqual([cause("s0"), cause("s1", { deliveries: 2 }), cause("s2", { again: true })]);
  });

  test("a build that heals names as many of the newest causes as a build may have", () => {
    const causes = numbered(CAUSES + 3, "s").map((id) => cause(id));
    const names = healed(planned(), causes).slot.pending?.causes?.map(({ syncId }) => syncId);
    expect(names).toEqual(causes.slice(3).map(({ syncId }) => syncId));
  });
});
