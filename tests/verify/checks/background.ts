import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, nothing, passed } from "../check.ts";
import { hasEnded, type SyncSeen, syncSchema, until } from "../liveSite.ts";

const SETTLE_SECONDS = 60;
/** A burst is gathered for a second; a cold worker takes two or three. What takes longer was started by a tick. */
const START_WITHIN = 12 * SECOND;
const END_WITHIN = 2 * MINUTE;

const seconds = (from: string | null, to: string | null): number =>
  Math.round((Date.parse(to ?? "") - Date.parse(from ?? "")) / SECOND);

/** A worker that is woken by a publish and runs longer than an ordinary function may. */
export const background: Check = {
  name: "background",
  title: "a publish wakes a worker within seconds, and the worker runs for more than a minute",
  proves: "the site can call its own background function, which is not ended after 60 seconds",
  lacks: nothing,
  async run({ outside, site }) {
    const { url } = await site.createListener("Verify: job of the background worker");
    const dataSources = [{ slug: "slow", type: "http", url, settleSeconds: SETTLE_SECONDS }];
    const layer = await site.create("/data-layers", { name: "Verify: background", dataSources });
    const { syncId } = await site.publish(layer);
    const see = (withinMs: number, sees: (sync: SyncSeen) => boolean) =>
      until(outside, { withinMs, everyMs: SECOND }, async () => {
        const sync = await site.read(`/data-layers/${layer}/syncs/${syncId}`, syncSchema);
        return sees(sync) ? sync : null;
      });
    const started = await see(START_WITHIN, ({ startedAt }) => startedAt !== null);
    if (started === null) return failed(`no worker had started ${START_WITHIN / SECOND} s after the publish`);
    const startSeconds = seconds(started.queuedAt, started.startedAt);
    const ended = await see(END_WITHIN, hasEnded);
    if (ended === null) return failed(`the sync did not end within ${END_WITHIN / SECOND} s`, { startSeconds });
    const runSeconds = seconds(ended.startedAt, ended.finishedAt);
    const [source] = ended.dataSources;
    const figures = { startSeconds, runSeconds, attempts: source?.attempts ?? 0 };
    if (ended.status !== "succeeded") return failed(`the sync ended as ${ended.status}: ${ended.error ?? ""}`, figures);
    if (figures.attempts !== 1) return failed("the worker was lost, and another one took over", figures);
    if (runSeconds < SETTLE_SECONDS - 2) return failed(`the worker ran for ${runSeconds} s only`, figures);
    return passed(`the worker started after ${startSeconds} s and ran for ${runSeconds} s`, figures);
  },
};
