import { setTimeout as sleep } from "node:timers/promises";
import type { Jobs } from "../lab/jobs.ts";
import { send } from "../lab/load.ts";
import { figure, type Goal, type Row, type Table } from "../report/figures.ts";
import { type Contestant, OURS } from "./contestants.ts";

const BURST = 1000;
/** How long the job takes (ms). */
const JOB_MS = 300;
/** How long after the last call no further one is expected (ms): longer than a queue polls and a burst is gathered. */
const QUIET_MS = 3000;

interface Burst {
  readonly allAnswered: number;
  readonly runs: number;
  readonly refused: number;
  /** Whether a run began after the last accepted delivery was sent; null: each delivery runs by itself. */
  readonly covered: boolean | null;
  readonly told: string;
}

/** What the last run was told. */
const toldIn = (body: string): string => {
  if (body.includes('"full":true')) return "to sync everything";
  const id = /"id":(\d+)/.exec(body)?.[1];
  return id === undefined ? "nothing" : `number ${id} of ${BURST}`;
};

/** Resolves when a count has not changed for a second. */
const settled = async (count: () => number = () => 0): Promise<void> => {
  for (let before = -1; before !== count(); ) {
    before = count();
    await sleep(1000);
  }
};

const burstOn = async ({ origin, pathOf, queue, countRuns }: Contestant, jobs: Jobs): Promise<Burst> => {
  const before = countRuns?.() ?? 0;
  if (queue !== null) jobs.set(queue.job, JOB_MS);
  let lastSent = 0;
  const loaded = await send({
    ...{ origin: origin(), pathOf: () => pathOf(0), connections: BURST, count: BURST },
    onAnswer: (_, sentAt) => {
      lastSent = Math.max(lastSent, sentAt);
    },
  });
  if (queue !== null) await jobs.quiet(QUIET_MS);
  else await settled(countRuns);
  const common = { allAnswered: loaded.ms, refused: loaded.refused };
  if (queue === null) return { ...common, runs: (countRuns?.() ?? 0) - before, covered: null, told: "its own each" };
  const runs = jobs.runs(queue.job);
  const last = runs.at(-1);
  return {
    ...common,
    runs: runs.length,
    covered: last !== undefined && last.at >= lastSent,
    told: last === undefined ? "no run" : toldIn(last.body),
  };
};

/** Sends a thousand deliveries at once, a connection each, to one layer of every contestant in turns. */
export const measureBursts = async (
  contestants: readonly Contestant[],
  jobs: Jobs,
  rounds: number,
): Promise<Map<string, Burst[]>> => {
  const bursts = new Map<string, Burst[]>();
  for (const { queue } of contestants) {
    if (queue === null) continue;
    jobs.set(queue.job, 0);
    await queue.startWorker();
  }
  await jobs.quiet(QUIET_MS);
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) {
      bursts.set(contestant.name, [...(bursts.get(contestant.name) ?? []), await burstOn(contestant, jobs)]);
    }
  }
  for (const { queue } of contestants) await queue?.killWorker();
  return bursts;
};

const inWords = ({ covered }: Burst): string => {
  if (covered === null) return "each has a run of its own";
  return covered ? "yes" : "no";
};

export const burstTable = (bursts: ReadonlyMap<string, readonly Burst[]>): Table => {
  const ours = bursts.get(OURS) ?? [];
  const rounds = (mine: readonly Burst[], of: (burst: Burst) => number) =>
    mine.flatMap((burst, round) => {
      const other = ours[round];
      return other === undefined || of(other) === 0 ? [] : [{ value: of(burst), base: of(other) }];
    });
  return {
    id: "burst",
    title: `${BURST} deliveries at once to one layer`,
    against: `${OURS} in the same round`,
    rows: [...bursts].map(
      ([name, mine]): Row => ({
        name,
        figures: {
          "all answered": figure(
            "ms",
            rounds(mine, ({ allAnswered }) => allAnswered),
          ),
          "runs of the job": figure(
            "",
            rounds(mine, ({ runs }) => runs),
          ),
        },
        facts: {
          "a run began after the last was sent": [...new Set(mine.map(inWords))].join(", "),
          "what the last run was told": [...new Set(mine.map(({ told }) => told))].join(", "),
          refused: String(mine.reduce((sum, { refused }) => sum + refused, 0)),
        },
      }),
    ),
  };
};

export const burstGoals = ({ rows }: Table): Goal[] => {
  const runs = rows.find(({ name }) => name === OURS)?.figures["runs of the job"];
  if (runs === undefined) return [];
  const most = Math.max(...runs.rounds.map(({ value }) => value));
  return [
    {
      goal: `${BURST} deliveries at once cost at most two syncs`,
      measured: `${most} at most`,
      met: most <= 2,
      because: "None: this is a defect.",
    },
  ];
};
