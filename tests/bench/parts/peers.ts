import { startJobs } from "../lab/jobs.ts";
import { acksGoals, acksTable, againstPeersTable, measureAcks } from "../peers/acks.ts";
import { burstGoals, burstTable, measureBursts } from "../peers/burst.ts";
import { startContestants } from "../peers/contestants.ts";
import { failureGoals, measureLoss, measureRecovery } from "../peers/failures.ts";
import type { Found } from "../report/figures.ts";

const METHOD = `The same deliveries, signed with HMAC-SHA256, reach every contestant through the same HTTP server; adnanh/webhook
brings its own. Every write is on the disk before it is acknowledged: ours with a sync for each write of the local store, BullMQ on
Redis with \`appendfsync always\`, pg-boss and graphile-worker on a PostgreSQL each with \`fsync\`. adnanh/webhook keeps nothing. The
contestants take turns in each round. Processor time is that of the process that answers, without the store or the database.`;

/** Measures the same work beside the queues that a team could take instead. */
export const peers = async (quick: boolean): Promise<Found> => {
  const jobs = await startJobs();
  const { contestants, absent } = await startContestants(jobs, quick ? 100 : 200);
  try {
    const samples = await measureAcks(contestants, quick);
    const against = againstPeersTable(samples);
    const burst = burstTable(await measureBursts(contestants, jobs, quick ? 1 : 2));
    const tables = [against, acksTable(samples), burst];
    const goals = [...acksGoals(against), ...burstGoals(burst)];
    const method = METHOD.replaceAll("\n", " ");
    if (quick) {
      const name = "the recovery after a killed worker, the loss after a killed store";
      return { method, tables, goals, absent: [...absent, { name, reason: "takes longer than a quick run" }] };
    }
    const loss = await measureLoss(contestants);
    const recovery = await measureRecovery(contestants, jobs);
    return { method, tables: [...tables, loss, recovery], goals: [...goals, ...failureGoals(loss, recovery)], absent };
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()));
    await jobs.stop();
  }
};
