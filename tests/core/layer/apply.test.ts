import { expect, test } from "vitest";
import { DAY } from "../../../src/core/durations.ts";
import { nothingEnded } from "../../../src/core/lastEnded.ts";
import { apply } from "../../../src/core/layer/apply.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import { aLayer, aNotification, aSite, START } from "../../support/builders.ts";

const failed: Sync = {
  ...{ id: "sync-1", scope: "all", trigger: { type: "manual", id: "r", at: 1 }, deliveries: 0, attempts: 1 },
  ...{ queuedAt: 1, startedAt: 2, finishedAt: 3, claimRev: 1, sites: [] },
  parts: { posts: { status: "failed", attempts: 1, error: "it broke" } },
};

test("a layer and a site owe the records of the syncs that ended behind what they owed, and know the newest", () => {
  const owed = { kind: "sync", id: "sync-0", record: { ...failed, id: "sync-0" } } as const;
  for (const owner of [
    aLayer({}, { owed: [owed], lastEnded: nothingEnded(0) }),
    aSite({ owed: [owed], lastEnded: nothingEnded(0) }),
  ]) {
    const slot = { ...owner.slot, fence: owner.slot.fence + 1 };
    const after = apply(owner, { slot, ended: [failed] });
    expect(after.owed).toEqual([owed, { kind: "sync", id: "sync-1", record: failed }]);
    expect(after.lastEnded?.sync).toMatchObject({ id: "sync-1", status: "failed", error: "it broke" });
    expect(after.slot).toEqual(slot);
    expect(apply(owner, { slot: owner.slot, ended: [] }).owed).toEqual([owed]);
  }
});

test("a layer owes its notifications a message about a sync that failed, and a site owes none", () => {
  const layer = aLayer({ notifications: [aNotification("n", ["sync.failed"])] });
  const after = apply(layer, { slot: layer.slot, ended: [failed] });
  expect(after.unsent?.map(({ to, syncId, event }) => [to, syncId, event])).toEqual([["n", "sync-1", "sync.failed"]]);
  expect("untold" in after).toBe(false);
  const site = aSite();
  const built = apply(site, { slot: site.slot, ended: [failed] });
  expect("unsent" in built).toBe(false);
});

test("a site owes its layers the risk that its budget of the month ends too early, with the start that shows it", () => {
  const month = monthOf(START);
  const at = monthStart(month) + 9 * DAY;
  const spent = { lastAt: at, day: 1, today: 1, month, thisMonth: 15 };
  const cause = { dataLayerId: "layer-1", name: "Blog", syncId: "sync-9" };
  const open = { "build-1": { ...failed, id: "build-1", finishedAt: null, causes: [cause] } };
  const site = aSite({ pacing: { ...presetPacing("instant"), preset: null, monthlyBuilds: 30 } });
  const after = apply(site, { slot: { ...site.slot, spent, open }, ended: [] });
  expect(after.untold?.map(({ event, causes }) => [event, causes])).toEqual([["budget.at-risk", [cause]]]);
  expect(after.slot.spent?.atRisk).toBe(month);
});
