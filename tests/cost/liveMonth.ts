import { recordDeployEvent } from "../../src/app/receive/recordDeployEvent.ts";
import { usageOf, usageSources } from "../../src/app/show/usage.ts";
import { updateSite } from "../../src/app/stored/documents.ts";
import { DAY, MINUTE } from "../../src/core/durations.ts";
import { type PacingGiven, pacingFrom } from "../../src/core/site/pacing.ts";
import { monthOf } from "../../src/core/usage/calendar.ts";
import type { MonthWork } from "../../src/core/usage/credits.ts";
import { type Counts, monthName, sumCounts } from "../../src/core/usage/usage.ts";
import { answer, World } from "../app/world.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../support/netlifySite.ts";
import type { Sittings } from "./editorsMonth.ts";

export const MONTH = 30 * DAY;

export interface Lived {
  readonly counted: Omit<MonthWork, "builds">;
  /** When the build hook was called, from the first of the month (ms). */
  readonly hooks: readonly number[];
  /** What the system itself counted. */
  readonly usage: Counts;
  /** Calls to the store of all ticks. */
  readonly tickCalls: number;
}

export interface Life {
  readonly tickEvery?: number;
  readonly layers?: number;
  readonly length?: number;
  /** Netlify tells of the site's deploys, each of which takes so long (ms). */
  readonly told?: number;
}

/** Lives a month (or another `length`, in ms) of clicks with the real use cases, in virtual time: build layers on one site, a tick every so often. */
export const liveMonth = async (
  sittings: Sittings,
  pacing: PacingGiven,
  { tickEvery = 5 * MINUTE, layers = 1, length = MONTH, told }: Life = {},
): Promise<Lived> => {
  const world = new World();
  const began = world.clock.now;
  const hooks: number[] = [];
  const netlify = new NetlifySite(() => world.clock.now);
  const tell = async (name: string, deploy: ShownDeploy): Promise<void> => {
    const heard = await recordDeployEvent(world.deps(), "site", eventOf(name, deploy));
    if (heard.kind === "recorded" && heard.wake) await world.deps().wake({ kind: "site", id: "site" });
  };
  world.jobs.set("https://hooks.test/site", ({ url }) => {
    hooks.push(world.clock.now - began);
    if (told === undefined) return answer(200);
    const deploy = netlify.begin(new URL(url).searchParams.get("trigger_title"));
    world.clock.timer(told, () => {
      netlify.succeed(deploy);
      void tell("deploy_created", deploy);
    });
    return answer(200);
  });
  await world.site("site");
  if (told !== undefined) await tell("deploy_building", netlify.begin(null));
  await updateSite(
    world.deps(),
    "site",
    (site) =>
      site?.kind === "site"
        ? { kind: "write", document: { ...site, pacing: pacingFrom(pacing) }, result: null }
        : { kind: "keep", result: null },
    { budget: 1000, attempts: 1, polite: false },
  );
  for (let layer = 0; layer < layers; layer += 1) await world.layer(`layer-${layer}`, [], ["site"]);

  const clicks = sittings.flat().sort((a, b) => a - b);
  let [next, ticks, tickCalls] = [0, 0, 0];
  const calls = () => world.counts.reads + world.counts.writes + world.counts.lists;
  for (let at = tickEvery; at <= length; at += tickEvery) {
    for (let click = clicks[next]; click !== undefined && click < at; click = clicks[next]) {
      await world.clock.pass(began + click - world.clock.now);
      await world.publish(`layer-${next % layers}`);
      next += 1;
    }
    await world.clock.pass(began + at - world.clock.now);
    const before = calls();
    await world.tick();
    ticks += 1;
    tickCalls += calls() - before;
  }
  const waited = world.shifts.map(({ from, to }) => (to ?? world.clock.now) - from).reduce((sum, ms) => sum + ms, 0);
  const months = await Promise.all(
    Array.from({ length: Math.ceil(length / MONTH) + 1 }, async (_, at) => {
      const month = monthName(monthOf(began) + at);
      return usageOf(world.deps(), month, await usageSources(world.deps(), month));
    }),
  );
  return {
    usage: months.reduce<Counts>((sum, { total: whole }) => sumCounts(sum, whole), {}),
    counted: { deliveries: clicks.length, ticks, workers: world.shifts.length, waitedMs: waited },
    hooks,
    tickCalls,
  };
};
