import { z } from "zod";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, nothing, passed } from "../check.ts";
import { syncSchema, until } from "../liveSite.ts";

/** Two ticks of the schedule that is deployed, and a minute. */
const WITHIN = 11 * MINUTE;
const LOOK_EVERY = 15 * SECOND;
/** Two readings of one tick differ by less: ages are whole seconds, and answers take a moment (ms). */
const APART = 20 * SECOND;

const healthSchema = z.object({ checks: z.object({ drain: z.object({ ageSeconds: z.number().nullable() }) }) });

/** The repair function ticks on its schedule. */
export const ticks: Check = {
  name: "ticks",
  title: "the repair function ticks twice within eleven minutes",
  proves: "Netlify runs the schedule, and its calls are accepted",
  lacks: nothing,
  async run({ outside, site }) {
    let last: number | null = null;
    let first = true;
    const seen: number[] = [];
    const look = async (): Promise<true | null> => {
      // Health may be kept by the network for a minute, under its whole address.
      const { body } = await site.ask("GET", `/api/v1/health?look=${outside.now()}`);
      const health = healthSchema.safeParse(body);
      if (!health.success) return null;
      const age = health.data.checks.drain.ageSeconds;
      const at = age === null ? null : outside.now() - age * SECOND;
      if (!first && at !== null && (last === null || at > last + APART)) seen.push(at);
      first = false;
      last = at ?? last;
      return seen.length >= 2 ? true : null;
    };
    const done = await until(outside, { withinMs: WITHIN, everyMs: LOOK_EVERY }, look);
    const [one = 0, two = 0] = seen;
    if (done === null) {
      const age =
        last === null ? "it never ticked" : `the last tick was ${Math.round((outside.now() - last) / SECOND)} s ago`;
      return failed(`${seen.length} of 2 ticks were seen within ${WITHIN / MINUTE} minutes; ${age}`, {
        ticks: seen.length,
      });
    }
    const apartSeconds = Math.round((two - one) / SECOND);
    return passed(`two ticks were seen, ${apartSeconds} s apart`, { ticks: 2, apartSeconds });
  },
};

/** A failing source has to wait for a tick: no worker is up for its next attempt. */
export const retry: Check = {
  name: "retry",
  title: "a failing source is tried again",
  proves: "a tick starts what is due",
  lacks: nothing,
  async run({ outside, site }) {
    const listener = await site.createListener("Verify: neighbour of the failing job");
    const url = listener.url.replace(listener.id, "nobody-has-this-layer");
    const dataSources = [{ slug: "failing", type: "http", url, settleSeconds: 0 }];
    const layer = await site.create("/data-layers", { name: "Verify: retry", dataSources });
    const { syncId } = await site.publish(layer);
    const began = outside.now();
    let attempts = 0;
    const again = await until(outside, { withinMs: WITHIN, everyMs: LOOK_EVERY }, async () => {
      const sync = await site.read(`/data-layers/${layer}/syncs/${syncId}`, syncSchema);
      attempts = sync.dataSources[0]?.attempts ?? 0;
      return attempts >= 2 ? true : null;
    });
    const afterSeconds = Math.round((outside.now() - began) / SECOND);
    const figures = { attempts, afterSeconds };
    if (again === null) return failed(`the source had ${attempts} attempts after ${WITHIN / MINUTE} minutes`, figures);
    return passed(`the second attempt was seen after ${afterSeconds} s`, figures);
  },
};
