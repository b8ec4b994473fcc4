import { setTimeout as sleep } from "node:timers/promises";
import type { Jobs } from "../lab/jobs.ts";
import { send } from "../lab/load.ts";
import { counted, type Goal, type Row, type Table } from "../report/figures.ts";
import { type Contestant, OURS } from "./contestants.ts";

const MINUTE = 60_000;
/** The layers that only the loss is tried on: nothing is pending for them before. */
const FIRST = 100;
const DELIVERIES = 100;
/** How long a recovery is waited for (ms). */
const PATIENCE = 95_000;
const CALL_PATIENCE = 60_000;
/** After so long without a call nothing is pending any more (ms). */
const QUIET_MS = 4000;
const DELIVERY_EVERY = 5000;
const DEFECT = "None: this is a defect.";
const DEFAULTS: Readonly<Record<string, string>> = {
  "pg-boss": "not in the time waited for; its default is to expire a job after 15 minutes",
  "graphile-worker": "not in the time waited for; its default is to free a job after 4 hours",
};

/** Kills the store and what stands before it in the middle of a stream, and counts what was acknowledged and is gone. */
const lossOf = async (contestant: Contestant): Promise<Row | null> => {
  const { name, queue, origin, pathOf } = contestant;
  if (queue === null) return null;
  const acked = new Set<number>();
  let killed: Promise<void> | null = null;
  await send({
    ...{ origin: origin(), connections: 16, count: DELIVERIES },
    pathOf: (n) => pathOf(FIRST + n),
    onAnswer(n) {
      acked.add(FIRST + n);
      if (acked.size === DELIVERIES / 2) killed = queue.restart();
    },
  });
  await killed;
  const kept = new Set(await queue.kept());
  const lost = [...acked].filter((layer) => !kept.has(layer)).length;
  return {
    name,
    figures: { lost: counted("deliveries", lost, acked.size) },
    facts: { acknowledged: String(acked.size) },
  };
};

export const measureLoss = async (contestants: readonly Contestant[]): Promise<Table> => {
  const rows: Row[] = [];
  for (const contestant of contestants) {
    const row = await lossOf(contestant);
    if (row !== null) rows.push(row);
  }
  return {
    id: "loss",
    title: "Acknowledged and lost, when the store is killed in the middle of a stream",
    against: "the deliveries that were acknowledged",
    rows,
  };
};

/** The worker may be killed while its tick is under way. */
const ignored = (): void => undefined;

const until = async (holds: () => boolean, patience: number): Promise<boolean> => {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > patience) return false;
    await sleep(20);
  }
  return true;
};

/** Lets everything run that is pending, so that the next call of the job is for the next delivery. */
const drain = async (contestants: readonly Contestant[], jobs: Jobs): Promise<void> => {
  for (const { queue } of contestants) {
    if (queue === null) continue;
    jobs.set(queue.job, 0);
    await queue.startWorker();
  }
  await jobs.quiet(QUIET_MS);
  await Promise.all(contestants.map(({ queue }) => queue?.killWorker()));
};

/** From the kill of a worker in the middle of a job until the job is called again (ms); null: it was not in time. */
const recoveryOf = async (
  { origin, pathOf, queue }: Contestant,
  jobs: Jobs,
  layers: readonly number[],
): Promise<readonly (number | null)[]> => {
  if (queue === null) return [];
  const called = (layer: number) => jobs.runs(queue.job).find(({ body }) => body.includes(queue.markOf(layer)));
  jobs.set(queue.job, "never");
  await queue.startWorker();
  for (const layer of layers) {
    await send({ origin: origin(), pathOf: () => pathOf(layer), connections: 1, count: 1 });
    if (!(await until(() => called(layer) !== undefined, CALL_PATIENCE))) return layers.map(() => null);
  }
  await queue.killWorker();
  const killed = performance.now();
  jobs.set(queue.job, 0);
  await queue.startWorker();
  const ticking = setInterval(() => void queue.tick().catch(ignored), MINUTE);
  // To the second layer deliveries go on coming.
  const [, busy] = layers;
  const delivering = setInterval(() => {
    if (busy !== undefined) void send({ origin: origin(), pathOf: () => pathOf(busy), connections: 1, count: 1 });
  }, DELIVERY_EVERY);
  await until(() => layers.every((layer) => called(layer) !== undefined), PATIENCE);
  clearInterval(ticking);
  clearInterval(delivering);
  await queue.killWorker();
  return layers.map((layer) => {
    const run = called(layer);
    return run === undefined ? null : run.at - killed;
  });
};

/** Kills every contestant's worker, all at the same time. */
export const measureRecovery = async (contestants: readonly Contestant[], jobs: Jobs): Promise<Table> => {
  await drain(contestants, jobs);
  const rows = await Promise.all(
    contestants
      .filter(({ queue }) => queue !== null)
      .map(async (contestant): Promise<Row[]> => {
        const { name } = contestant;
        const names = name === OURS ? [`${name}, a tick a minute`, `${name}, a delivery every 5 s`] : [name];
        const layers = names.map((_, at) => at + 1);
        const took = await recoveryOf(contestant, jobs, layers);
        return names.map((row, at) => {
          const ms = took[at] ?? null;
          const missed = DEFAULTS[name] ?? "not in the time waited for";
          return ms === null
            ? { name: row, figures: {}, facts: { "the job again": missed } }
            : { name: row, figures: { "called again after": counted("s", ms / 1000, MINUTE / 1000) }, facts: {} };
        });
      }),
  );
  return {
    id: "recovery",
    title: "A worker that is killed in the middle of a job",
    against: "a minute, which is the tick of the repair function here",
    rows: rows.flat(),
  };
};

export const failureGoals = (loss: Table, recovery: Table): Goal[] => {
  const lost = loss.rows.find(({ name }) => name === OURS)?.figures["lost"];
  const silent = recovery.rows.find(({ name }) => name === `${OURS}, a tick a minute`);
  const after = silent?.figures["called again after"];
  return [
    {
      goal: "No acknowledged delivery is lost",
      measured: `${lost?.value} lost`,
      met: lost?.value === 0,
      because: DEFECT,
    },
    {
      goal: "A killed worker's sync runs again within two minutes, with a tick a minute",
      measured: after === undefined ? "not in the time waited for" : `${after.value} s`,
      met: after !== undefined && after.value <= 120,
      because: DEFECT,
    },
  ];
};
