import type { z } from "@hono/zod-openapi";
import { changePlan, readPlan, type TeamPlan } from "../../../app/manage/team.ts";
import { usageToken } from "../../../app/show/changeTokens.ts";
import { bytesOf, takeFitting } from "../../../app/show/takeFitting.ts";
import { type DocumentUsage, type SystemUsage, usageOf, usageSources } from "../../../app/show/usage.ts";
import { settleOwed, TOKENS_DEBTOR } from "../../../app/stored/settleOwed.ts";
import { isoTime } from "../../../app/time.ts";
import { planInputSchema, planSchema, usageQuery, usageSchema } from "../../../contract/records/usageSchemas.ts";
import { OVERVIEW_BYTES, USAGE_MONTHS } from "../../../core/limits.ts";
import { dayName, monthOf, monthStart } from "../../../core/usage/calendar.ts";
import { estimateOf, forecastOf, PLANS, planNames, RATES } from "../../../core/usage/credits.ts";
import { LIVE_BOUNDS, timeOfShare } from "../../../core/usage/liveTimes.ts";
import { chargedIn, monthName, monthNumber, savedIn } from "../../../core/usage/usage.ts";
import { LAYERS, SITES } from "../../../store/keys.ts";
import { problem } from "../../problem.ts";
import { none, type Route } from "../definition.ts";
import { etagOf } from "../etags.ts";
import { invalidInput, isRefused, refuse } from "../problems.ts";
import { route } from "../route.ts";

/** Credits are rounded to ten-thousandths, which is less than a delivery costs. */
const rounded = (credits: number): number => Math.round(credits * 10_000) / 10_000;

const publishToLiveView = (times: readonly number[]) => ({
  count: times.reduce((sum, count) => sum + count, 0),
  p50Seconds: timeOfShare(times, 0.5),
  p95Seconds: timeOfShare(times, 0.95),
  histogram: times.map((count, at) => ({ upToSeconds: LIVE_BOUNDS[at] ?? null, count })),
});

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, one) => all + of(one), 0);

type Used = Pick<DocumentUsage, "isForeign" | "counts">;

/** What the builds of a site cost at Netlify, and what more those would have cost that it saved. */
const creditsOf = ({ isForeign, counts }: Used): { readonly builds: number; readonly saved: number } => {
  const { builds, saved } = chargedIn(counts, isForeign);
  return { builds: builds * RATES.build, saved: saved * RATES.build };
};

/** What a site, or all sites and those that are gone, saved. */
const savedView = (used: readonly Used[]) => ({
  buildsAvoided: sum(used, ({ counts }) => savedIn(counts)),
  creditsSaved: sum(used, (one) => creditsOf(one).saved),
});

type UsageView = z.input<typeof usageSchema>;

const usageLayerView = ({ id, name, counts }: DocumentUsage): UsageView["dataLayers"][number] => ({
  dataLayerId: id,
  name,
  deliveries: counts.deliveries ?? 0,
  deliveriesByDay: counts.deliveriesByDay ?? [],
  syncs: counts.started ?? 0,
  unchangedSyncs: counts.unchanged ?? 0,
  publishToLive: publishToLiveView(counts.live ?? []),
});

const usageSiteView = (site: DocumentUsage): UsageView["sites"][number] => ({
  siteId: site.id,
  name: site.name,
  asked: site.counts.asked ?? 0,
  builds: site.counts.builds ?? 0,
  buildsByDay: site.counts.buildsByDay ?? [],
  ...savedView([site]),
  estimatedCredits: creditsOf(site).builds,
});

/** The room in an answer for the sums. */
const SUMS_BYTES = 8 * 1024;

/** A page of the sites and then of the layers, each newest first, that fits into an answer. */
const usagePage = (
  { layers, sites }: SystemUsage,
  { limit, cursor }: Pick<z.output<typeof usageQuery>, "limit" | "cursor">,
): Pick<UsageView, "dataLayers" | "sites" | "nextCursor"> => {
  const items = [
    ...sites.map((one) => ({ at: `${SITES}${one.id}`, site: usageSiteView(one), layer: null })),
    ...layers.map((one) => ({ at: `${LAYERS}${one.id}`, site: null, layer: usageLayerView(one) })),
  ];
  const following = cursor === null ? items : items.filter(({ at }) => at < cursor);
  const page = takeFitting(
    following,
    limit,
    OVERVIEW_BYTES - SUMS_BYTES,
    ({ site, layer }) => bytesOf(site ?? layer) + 1,
  );
  return {
    nextCursor: page.length < following.length ? (page.at(-1)?.at ?? null) : null,
    dataLayers: page.flatMap(({ layer }) => layer ?? []),
    sites: page.flatMap(({ site }) => site ?? []),
  };
};

const usageView = (
  month: number,
  { layers, sites, rest, total: whole, charged, complete, left }: SystemUsage,
): Omit<UsageView, "plan" | "forecast" | "dataLayers" | "sites" | "nextCursor"> => {
  const { running, builds, total } = estimateOf(charged);
  return {
    month: monthName(month),
    from: isoTime(monthStart(month)),
    until: isoTime(monthStart(month + 1)),
    deliveries: whole.deliveries ?? 0,
    syncs: sum(layers, ({ counts }) => counts.started ?? 0),
    unchangedSyncs: whole.unchanged ?? 0,
    builds: whole.builds ?? 0,
    ...savedView([{ isForeign: false, counts: rest }, ...sites]),
    deliveriesByDay: whole.deliveriesByDay ?? [],
    buildsByDay: whole.buildsByDay ?? [],
    publishToLive: publishToLiveView(whole.live ?? []),
    estimatedCredits: { running: rounded(running), builds: rounded(builds), total: rounded(total) },
    complete,
    left,
  };
};

const forecastView = (
  now: number,
  month: number,
  { charged }: SystemUsage,
  { credits: planCredits, source }: TeamPlan,
): Pick<UsageView, "plan" | "forecast"> => {
  const plan = { credits: planCredits, isKnown: source !== "default" };
  if (month !== monthOf(now)) return { plan, forecast: null };
  const spent = estimateOf(charged).total;
  const { credits, goneAt } = forecastOf(spent, now, month, plan.credits, charged.buildsByDay);
  const are = spent < plan.credits ? "are" : "were";
  const [cost, of] = [Math.round(credits), plan.credits];
  const text =
    goneAt === null
      ? `At this pace the month costs about ${cost} of ${of} credits.`
      : `At this pace the month costs about ${cost} credits. The plan's ${of} ${are} used up on ${dayName(goneAt)}.`;
  return { plan, forecast: { credits: rounded(credits), goneAt: goneAt === null ? null : isoTime(goneAt), text } };
};

const get = route({
  operationId: "getUsage",
  method: "get",
  path: "/usage",
  summary: "Shows a month's usage and its approximate cost, with all data layers and sites or a page of them",
  details:
    "Poll it with `If-None-Match`: while nothing has changed, the answer is `304` and costs two lists of the store. After more than 1,000 changes the answer is partial, and `left` says how many items are missing. Ask again for these.",
  allowed: "members",
  query: usageQuery,
  body: none,
  answers: { 200: { description: "The month", schema: usageSchema } },
  async handle({ deps, query, readSince }) {
    const running = monthOf(deps.clock.now());
    const month = query.month === undefined ? running : monthNumber(query.month);
    const [first, last] = [monthName(running - USAGE_MONTHS + 1), monthName(running)];
    if (month > running || month <= running - USAGE_MONTHS) {
      return invalidInput("query", [
        { path: "month", message: `must be from ${first} to ${last}, because usage of other months is not kept` },
      ]);
    }
    const [sources, plan] = await Promise.all([usageSources(deps, monthName(month)), readPlan(deps)]);
    const view = async (): Promise<UsageView> => {
      const usage = await usageOf(deps, monthName(month), sources);
      const foreseen = forecastView(deps.clock.now(), month, usage, plan);
      return { ...usageView(month, usage), ...foreseen, ...usagePage(usage, query) };
    };
    return readSince(usageSchema, usageToken(deps, sources, plan), view, ({ left }) => left === 0);
  },
});

const planPath = "/plan";

const planView = ({ credits, source }: TeamPlan): z.input<typeof planSchema> => ({
  plan: planNames.find((name) => PLANS[name] === credits) ?? null,
  credits,
  source,
});

const planEtag = (plan: TeamPlan): string => etagOf(JSON.stringify(planView(plan)));

const getPlan = route({
  operationId: "getPlan",
  method: "get",
  path: planPath,
  summary: "Shows the team's plan at Netlify, whose credits pay the builds",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The plan", schema: planSchema } },
  async handle(call) {
    const plan = await readPlan(call.deps);
    return call.read(planSchema, planView(plan), planEtag(plan));
  },
});

const setPlan = route({
  operationId: "setPlan",
  method: "put",
  path: planPath,
  summary: "Sets the team's plan at Netlify. The builds that it pays are shared again within five minutes",
  allowed: "owners",
  query: none,
  body: planInputSchema,
  answers: { 200: { description: "The plan", schema: planSchema } },
  problems: { 409: ["PLAN_SET_BY_VARIABLE"], 412: ["CHANGED_SINCE"] },
  async handle({ deps, member, body: { plan }, serving, answer, matches }) {
    if (deps.monthlyCredits !== undefined) {
      const detail = `LAYERHOOK_PLAN says that the plan has ${deps.monthlyCredits} credits a month. Change the variable, or remove it and set the plan here.`;
      return problem({ status: 409, code: "PLAN_SET_BY_VARIABLE", title: "A variable sets the plan", detail });
    }
    const credits = typeof plan === "string" ? PLANS[plan] : plan;
    const result = await changePlan(deps, member.actor, credits, (current) => matches(planEtag(current)));
    if (isRefused(result)) return refuse(result);
    serving.afterwards(settleOwed(deps, TOKENS_DEBTOR));
    const stored = await readPlan(deps);
    return answer(200, planSchema, planView(stored), { etag: planEtag(stored) });
  },
});

export const usageRoutes: readonly Route[] = [get, getPlan, setPlan];
