import { DAY } from "../durations.ts";
import { type BuildEvent, waitingCauses } from "../site/buildEvents.ts";
import { type Paced, paceOf } from "../site/pacing.ts";
import type { Spent } from "../slot/pace.ts";
import type { Slot } from "../slot/slot.ts";
import { dayOf, monthStart } from "../usage/calendar.ts";
import { monthName } from "../usage/usage.ts";

/** With fewer starts, a pace says nothing. */
const LEAST_STARTS = 3;
/** Nobody is told before so much of the budget is used. */
const LEAST_SHARE = 0.5;

const whole = (count: number): string => count.toLocaleString("en-US");

/** Says on which day of the month the budget is used up at the pace so far; null: it lasts until the end of the month. */
const riskOf = ({ month, thisMonth, lastAt }: Spent, limit: number): string | null => {
  const [begin, end] = [monthStart(month), monthStart(month + 1)];
  if (thisMonth < LEAST_STARTS || thisMonth < LEAST_SHARE * limit) return null;
  const at = begin + ((lastAt - begin) / thisMonth) * limit;
  if (at >= end - DAY) return null;
  const day = dayOf(Math.max(at, lastAt)) - dayOf(begin) + 1;
  return `${whole(thisMonth)} of ${whole(limit)} builds of the month are used. At this pace the budget ends on day ${day}.`;
};

/**
 * What a start says about the site's budget of the month: an event when the pace so far uses it up before the month is
 * over, once a month, and one when a later month begins well. `events` are for the layers that wait for a build.
 */
export const judgeBudget = (
  site: Paced & { readonly slot: Slot },
  slot: Slot,
): { readonly slot: Slot; readonly events: readonly BuildEvent[] } => {
  const { spent } = slot;
  const limit = paceOf({ ...site, slot }).monthly;
  if (spent === undefined || spent.lastAt === site.slot.spent?.lastAt) return { slot, events: [] };
  const risk = limit === null ? null : riskOf(spent, limit);
  const { atRisk, ...rest } = spent;
  const buildId = Object.keys(slot.open).sort().at(-1) ?? "";
  const event = { event: "budget.at-risk", buildId, at: spent.lastAt, causes: waitingCauses(slot) };
  if (atRisk === spent.month) return { slot, events: [] };
  if (risk !== null) {
    const id = `budget.at-risk/${monthName(spent.month)}`;
    return { slot: { ...slot, spent: { ...rest, atRisk: spent.month } }, events: [{ ...event, id, reason: risk }] };
  }
  if (atRisk !== undefined) {
    const reason = "A new month has begun.";
    const id = `budget.at-risk/${monthName(atRisk)}/over`;
    return { slot: { ...slot, spent: rest }, events: [{ ...event, id, reason, isOver: true }] };
  }
  return { slot, events: [] };
};
