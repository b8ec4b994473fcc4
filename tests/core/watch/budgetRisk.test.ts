import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import type { Spent } from "../../../src/core/slot/pace.ts";
import { emptySlot, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import { judgeBudget } from "../../../src/core/watch/budgetRisk.ts";
import { aSite } from "../../support/builders.ts";

const MONTH = monthOf(Date.UTC(2026, 10, 10));
/** November has thirty days. */
const BEGIN = monthStart(MONTH);
const cause = { dataLayerId: "layer-1", name: "Blog", syncId: "sync-1" };

const spentOf = (thisMonth: number, days: number, fields: Partial<Spent> = {}): Spent => ({
  lastAt: BEGIN + days * DAY,
  day: 1,
  today: 1,
  month: MONTH,
  thisMonth,
  ...fields,
});
const build = (id: string): Sync => ({
  id,
  scope: "all",
  trigger: { type: "build", id: "ask", at: BEGIN },
  deliveries: 1,
  attempts: 1,
  queuedAt: BEGIN,
  startedAt: BEGIN,
  finishedAt: null,
  claimRev: 1,
  parts: {},
  sites: [],
  causes: [cause],
});
const slotOf = (spent: Spent | undefined, open: readonly string[] = ["build-1"]): Slot => ({
  ...emptySlot(),
  open: Object.fromEntries(open.map((id) => [id, build(id)])),
  ...(spent && { spent }),
});
const site = (monthlyBuilds: number | null, before?: Spent) =>
  aSite({ pacing: { ...presetPacing("instant"), preset: null, monthlyBuilds }, slot: slotOf(before) });
const judge = (limit: number | null, spent: Spent | undefined, before?: Spent) =>
  judgeBudget(site(limit, before), slotOf(spent));

describe("a month's budget that ends too early", () => {
  test("a start from which the pace uses the month's budget up early is told to the layers behind the build", () => {
    const slot = slotOf(spentOf(15, 9), ["build-2", "build-3", "build-1"]);
    expect(judgeBudget(site(30), slot)).toEqual({
      slot: { ...slot, spent: { ...slot.spent, atRisk: MONTH } },
      events: [
        {
          id: "budget.at-risk/2026-11",
          event: "budget.at-risk",
          buildId: "build-3",
          at: BEGIN + 9 * DAY,
          causes: [cause, cause, cause],
          reason: "15 of 30 builds of the month are used. At this pace the budget ends on day 19.",
        },
      ],
    });
    expect(judgeBudget(site(30), slotOf(spentOf(15, 9), [])).events).toMatchObject([{ buildId: "", causes: [] }]);
    expect(judge(3000, spentOf(1500, 9)).events[0]?.reason).toMatch(/^1,500 of 3,000 builds/);
  });

  test("a month's budget is at risk from three starts and half of the budget on", () => {
    const isTold = (limit: number, made: number) => judge(limit, spentOf(made, 1)).events.length === 1;
    expect([isTold(4, 2), isTold(4, 3), isTold(2, 2), isTold(3, 3)]).toEqual([false, true, false, true]);
    expect([isTold(30, 14), isTold(30, 15), isTold(31, 15), isTold(31, 16)]).toEqual([false, true, false, true]);
  });

  test("a month's budget that lasts into the month's last day is not at risk", () => {
    expect(judge(30, spentOf(15, 14.5)).events).toEqual([]);
    const earlier = spentOf(15, 14.5, { lastAt: BEGIN + 14.5 * DAY - MINUTE });
    expect(judge(30, earlier).events[0]?.reason).toMatch(/ends on day 29\.$/);
    expect(judge(30, spentOf(20, 20)).events).toEqual([]);
  });

  test("a month's budget that is used up already ended on the day of the last start", () => {
    expect(judge(30, spentOf(40, 9)).events[0]?.reason).toMatch(/^40 of 30 .* ends on day 10\.$/);
  });

  test("a month's budget is told once a month, and by starts alone", () => {
    const told = spentOf(16, 9.5, { atRisk: MONTH });
    expect(judge(30, told)).toEqual({ slot: slotOf(told), events: [] });
    const again = judge(30, spentOf(15, 9, { atRisk: MONTH - 1 }));
    expect([again.events.length, again.slot.spent?.atRisk]).toEqual([1, MONTH]);
    const same = spentOf(15, 9);
    expect(judge(30, same, same)).toEqual({ slot: slotOf(same), events: [] });
    expect(judge(30, same, spentOf(14, 8)).events).toHaveLength(1);
    expect(judge(30, undefined)).toEqual({ slot: slotOf(undefined), events: [] });
  });

  test("a site without a budget of the month is told nothing", () => {
    const spent = spentOf(1000, 9);
    expect(judge(null, spent)).toEqual({ slot: slotOf(spent), events: [] });
  });

  test("a risk is over with the first start of a later month that begins well, or without a budget", () => {
    const { atRisk: _risk, ...well } = spentOf(1, 1, { atRisk: MONTH - 1 });
    for (const limit of [30, null]) {
      expect(judge(limit, { ...well, atRisk: MONTH - 1 })).toEqual({
        slot: slotOf(well),
        events: [
          {
            id: "budget.at-risk/2026-10/over",
            event: "budget.at-risk",
            buildId: "build-1",
            at: BEGIN + DAY,
            causes: [cause],
            reason: "A new month has begun.",
            isOver: true,
          },
        ],
      });
      expect(judge(limit, { ...well, atRisk: MONTH }).events).toEqual([]);
      expect(judge(limit, well)).toEqual({ slot: slotOf(well), events: [] });
    }
  });
});
