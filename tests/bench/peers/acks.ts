import { type Loaded, percentile, send } from "../lab/load.ts";
import { loadName, loadsOf } from "../parts/loads.ts";
import { type Figure, figure, type Goal, type Row, type Table } from "../report/figures.ts";
import { type Contestant, OURS } from "./contestants.ts";

interface Sample {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number | null;
  readonly refused: number;
}
/** By load, then by contestant, one sample a round. */
type Samples = Map<string, Map<string, Sample[]>>;

const sampleOf = ({ acks, refused, ms, took }: Loaded, cpu: number | null): Sample => ({
  rate: (acks * 1000) / ms,
  p50: percentile(took, 50),
  p99: percentile(took, 99),
  cpu: cpu === null ? null : cpu / Math.max(1, acks),
  refused,
});

/** Sends the same load to every contestant in turns, so that what else the machine does meets them all. */
export const measureAcks = async (contestants: readonly Contestant[], quick: boolean): Promise<Samples> => {
  const samples: Samples = new Map();
  const ms = quick ? 800 : 1300;
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    for (const load of loadsOf(quick)) {
      const byName = samples.get(loadName(load)) ?? new Map<string, Sample[]>();
      samples.set(loadName(load), byName);
      // Each round begins with another contestant.
      const inTurn = [...contestants.slice(round), ...contestants.slice(0, round)];
      for (const { name, origin, pathOf, cpu, settle } of inTurn) {
        const before = await cpu();
        const path = (n: number) => pathOf(n % load.layers);
        const loaded = await send({ origin: origin(), pathOf: path, connections: load.connections, ms });
        await settle();
        const after = await cpu();
        const used = before === null || after === null ? null : after - before;
        byName.set(name, [...(byName.get(name) ?? []), sampleOf(loaded, used)]);
      }
    }
  }
  return samples;
};

/** A figure whose rounds compare one contestant's samples with another's. */
const compared = (
  unit: string,
  mine: readonly Sample[],
  theirs: readonly Sample[],
  of: (sample: Sample) => number | null,
): Figure | null => {
  const rounds = mine.flatMap((sample, round) => {
    const other = theirs[round];
    const [value, base] = [of(sample), other === undefined ? null : of(other)];
    return value === null || base === null || !(base > 0) || !Number.isFinite(value) ? [] : [{ value, base }];
  });
  return rounds.length === 0 ? null : figure(unit, rounds);
};

const present = (figures: Readonly<Record<string, Figure | null>>): Record<string, Figure> =>
  Object.fromEntries(Object.entries(figures).flatMap(([name, found]) => (found === null ? [] : [[name, found]])));

/** Every contestant's figures, each against ours. */
export const acksTable = (samples: Samples): Table => ({
  id: "acks",
  title: "Acknowledgements",
  against: `${OURS} in the same round`,
  rows: [...samples].flatMap(([load, byName]) =>
    [...byName].map(([name, mine]): Row => {
      const ours = byName.get(OURS) ?? [];
      const refused = mine.reduce((sum, sample) => sum + sample.refused, 0);
      return {
        name: `${load}: ${name}`,
        figures: present({
          "acks a second": compared("", mine, ours, ({ rate }) => rate),
          p50: compared("ms", mine, ours, ({ p50 }) => p50),
          p99: compared("ms", mine, ours, ({ p99 }) => p99),
          "processor time of an ack": compared("ms", mine, ours, ({ cpu }) => cpu),
        }),
        facts: { refused: String(refused) },
      };
    }),
  ),
});

/** Our acks a second against each peer's. */
export const againstPeersTable = (samples: Samples): Table => ({
  id: "acks-against-peers",
  title: `Acks a second of ${OURS} against each peer's`,
  against: "the peer that the column names, in the same round",
  rows: [...samples].map(([load, byName]): Row => {
    const ours = byName.get(OURS) ?? [];
    const peers = [...byName].filter(([name]) => name !== OURS);
    return {
      name: load,
      figures: present(
        Object.fromEntries(peers.map(([name, theirs]) => [name, compared("", ours, theirs, ({ rate }) => rate)])),
      ),
      facts: {},
    };
  }),
});

const DISTANCE =
  "Every delivery is an HTTP request to an object store, where each write is a file of its own with a sync of its own. ";

/** What is wanted beside the peers: twice the queue with the same semantics, half the fastest. */
export const acksGoals = ({ rows }: Table): Goal[] => {
  const goal = (peer: string, least: number, layers: string, because: string): Goal[] => {
    const ratios = rows
      .filter(({ name }) => name.startsWith(layers))
      .flatMap(({ figures }) => figures[peer]?.ratio ?? []);
    if (ratios.length === 0) return [];
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
    const measured = `×${low.toFixed(2)} to ×${high.toFixed(2)}`;
    const text = `At least ${least} × the acks a second of ${peer}, ${layers}, on every number of connections`;
    return [{ goal: text, measured, met: low >= least, because: DISTANCE + because }];
  };
  const group = "PostgreSQL syncs once for all commits that wait, and speaks a binary protocol over an open socket.";
  const pipeline =
    "Redis takes many commands from one open socket, and syncs once for all of them. No object store can be asked that way.";
  return [
    ...goal("pg-boss", 2, "1 layer", group),
    ...goal("pg-boss", 2, "100 layers", group),
    ...goal("bullmq", 0.5, "1 layer", pipeline),
    ...goal("bullmq", 0.5, "100 layers", pipeline),
  ];
};
