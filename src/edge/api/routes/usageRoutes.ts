import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../../app/deps.ts";
import { type SystemUsage, usageOf } from "../../../app/show/usage.ts";
import { isoTime } from "../../../app/time.ts";
import { usageQuery, usageSchema } from "../../../contract/records/usageSchemas.ts";
import { USAGE_MONTHS } from "../../../core/limits.ts";
import { dayName, dayOf, monthOf, monthStart } from "../../../core/usage/calendar.ts";
import { estimateOf, forecastOf, PLANS, RATES } from "../../../core/usage/credits.ts";
import { LIVE_BOUNDS, timeOfShare } from "../../../core/usage/liveTimes.ts";
import { monthName, monthNumber } from "../../../core/usage/usage.ts";
import { none, type Route } from "../definition.ts";
import { weakEtagOf } from "../etags.ts";
import { invalidInput } from "../problems.ts";
import { route } from "../route.ts";

/** Credits are rounded to ten-thousandths, which is less than a delivery costs. */
const rounded = (credits: number): number => Math.round(credits * 10_000) / 10_000;

const publishToLiveView = (times: readonly number[]) => ({
  count: times.reduce((sum, count) => sum + count, 0),
  p50Seconds: timeOfShare(times, 0.5),
  p95Seconds: timeOfShare(times, 0.95),
  histogram: times.map((count, at) => ({ upToSeconds: LIVE_BOUNDS[at] ?? null, count })),
});

const usageView = (
  month: number,
  { layers, sites, total: whole, complete }: SystemUsage,
): Omit<z.input<typeof usageSchema>, "plan" | "forecast"> => {
  const { running, builds, total } = estimateOf(whole);
  const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, one) => all + of(one), 0);
  const dataLayers = layers.map(({ id, name, counts }) => ({
    dataLayerId: id,
    name,
    deliveries: counts.deliveries ?? 0,
    deliveriesByDay: counts.deliveriesByDay ?? [],
    syncs: counts.started ?? 0,
    unchangedSyncs: counts.unchanged ?? 0,
    publishToLive: publishToLiveView(counts.live ?? []),
  }));
  return {
    month: monthName(month),
    from: isoTime(monthStart(month)),
    until: isoTime(monthStart(month + 1)),
    deliveries: whole.deliveries ?? 0,
    syncs: sum(dataLayers, ({ syncs }) => syncs),
    unchangedSyncs: whole.unchanged ?? 0,
    builds: whole.builds ?? 0,
    // Coalescing in a layer saves syncs, not builds.
    buildsAvoided: (whole.coalesced ?? 0) - sum(layers, ({ counts }) => counts.coalesced ?? 0),
    deliveriesByDay: whole.deliveriesByDay ?? [],
    buildsByDay: whole.buildsByDay ?? [],
    publishToLive: publishToLiveView(whole.live ?? []),
    estimatedCredits: { running: rounded(running), builds: rounded(builds), total: rounded(total) },
    complete,
    dataLayers,
    sites: sites.map(({ id, name, counts }) => ({
      siteId: id,
      name,
      asked: counts.asked ?? 0,
      builds: counts.builds ?? 0,
      buildsByDay: counts.buildsByDay ?? [],
      buildsAvoided: counts.coalesced ?? 0,
      estimatedCredits: (counts.builds ?? 0) * RATES.build,
    })),
  };
};

const forecastView = (
  { clock, monthlyCredits }: Deps,
  month: number,
  { total: whole }: SystemUsage,
): Pick<z.input<typeof usageSchema>, "plan" | "forecast"> => {
  const now = clock.now();
  const plan = { credits: monthlyCredits ?? PLANS.free, isKnown: monthlyCredits !== undefined };
  if (month !== monthOf(now)) return { plan, forecast: null };
  const { credits, goneAt } = forecastOf(estimateOf(whole).total, now, month, plan.credits);
  const [cost, of] = [Math.round(credits), plan.credits];
  const text =
    goneAt === null
      ? `At this pace the month costs about ${cost} of ${of} credits.`
      : `At this pace the month costs about ${cost} credits. The plan's ${of} are used up on ${dayName(goneAt)}.`;
  return { plan, forecast: { credits: rounded(credits), goneAt: goneAt === null ? null : isoTime(goneAt), text } };
};

/**
 * The repair ticks while nothing else happens. Its ticks count in whole credits, so that the ETag stays the same
 * meanwhile.
 */
const etagOf = (month: number, used: SystemUsage, now: number): string => {
  const { ticks = 0, ...rest } = used.total;
  const ticked = Math.floor(estimateOf({ ticks }).running);
  return weakEtagOf({ ...usageView(month, { ...used, total: rest }), ticked, day: dayOf(now) });
};

const get = route({
  operationId: "getUsage",
  method: "get",
  path: "/usage",
  summary: "Shows a month's usage and its approximate cost",
  allowed: "members",
  query: usageQuery,
  body: none,
  answers: { 200: { description: "The month", schema: usageSchema } },
  async handle({ deps, query, read }) {
    const running = monthOf(deps.clock.now());
    const month = query.month === undefined ? running : monthNumber(query.month);
    const [first, last] = [monthName(running - USAGE_MONTHS + 1), monthName(running)];
    if (month > running || month <= running - USAGE_MONTHS) {
      return invalidInput("query", [
        { path: "month", message: `must be from ${first} to ${last}, because usage of other months is not kept` },
      ]);
    }
    const usage = await usageOf(deps, monthName(month));
    const foreseen = forecastView(deps, month, usage);
    return read(usageSchema, { ...usageView(month, usage), ...foreseen }, etagOf(month, usage, deps.clock.now()));
  },
});

export const usageRoutes: readonly Route[] = [get];
