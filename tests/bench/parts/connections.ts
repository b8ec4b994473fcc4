import { type Loaded, percentile, send } from "../lab/load.ts";
import { withLocalSite } from "../lab/localSite.ts";
import { type Found, figure, type Goal, type Round, type Row } from "../report/figures.ts";
import { loadName, loadsOf } from "./loads.ts";

interface Measured {
  readonly rate: Round[];
  readonly p50: Round[];
  readonly p99: Round[];
  readonly cpu: Round[];
  refused: number;
}

const perSecond = ({ acks, ms }: Loaded): number => (acks * 1000) / ms;

/** Measures one hot layer and a hundred, on few connections and on many. */
export const connections = (quick: boolean): Promise<Found> =>
  withLocalSite(100, async ({ site, paths }) => {
    const ms = quick ? 700 : 1200;
    await send({ origin: site.url, pathOf: (n) => paths[n % 100] ?? "", connections: 4, count: 300 });
    await site.settle();
    const measured = new Map<string, Measured>();
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      for (const load of loadsOf(quick)) {
        const { layers, connections: count } = load;
        const name = loadName(load);
        const found = measured.get(name) ?? { rate: [], p50: [], p99: [], cpu: [], refused: 0 };
        const sent = async (pathOf: (n: number) => string) => {
          const before = await site.cpu();
          const loaded = await send({ origin: site.url, pathOf, connections: count, ms });
          await site.settle();
          return { loaded, cpu: ((await site.cpu()) - before) / Math.max(1, loaded.acks) };
        };
        const bare = await sent(() => "/bench/nothing");
        const ours = await sent((n) => paths[n % layers] ?? "");
        found.rate.push({ value: perSecond(ours.loaded), base: perSecond(bare.loaded) });
        for (const hundredths of [50, 99] as const) {
          const [value, base] = [percentile(ours.loaded.took, hundredths), percentile(bare.loaded.took, hundredths)];
          found[`p${hundredths}`].push({ value, base });
        }
        found.cpu.push({ value: ours.cpu, base: bare.cpu });
        found.refused += ours.loaded.refused;
        measured.set(name, found);
      }
    }
    const rows = [...measured].map(
      ([name, { rate, p50, p99, cpu, refused }]): Row => ({
        name,
        figures: {
          "acks a second": figure("", rate),
          p50: figure("ms", p50),
          p99: figure("ms", p99),
          "processor time of an ack": figure("ms", cpu),
        },
        facts: { "not answered 200": String(refused) },
      }),
    );
    return {
      method:
        "The store waits for no disk, so what is left is the work of the processor. The functions have one process, of which one core is the limit; on Netlify each request at a time has an instance of its own.",
      tables: [
        {
          id: "connections",
          title: "One hot layer and a hundred",
          against: "the same HTTP server, which checks the same signature and stores nothing",
          rows,
        },
      ],
      goals: goalsOf(
        rows,
        [...measured.values()].reduce((sum, { refused }) => sum + refused, 0),
      ),
      absent: [],
    };
  });

const goalsOf = (rows: readonly Row[], refused: number): Goal[] => {
  const [hot] = rows.filter(({ name }) => name.startsWith("1 layer, 16 ") || name.startsWith("1 layer, 64 "));
  const cpu = hot?.figures["processor time of an ack"];
  const own = cpu === undefined ? Number.NaN : cpu.value - cpu.value / cpu.ratio;
  return [
    {
      goal: "No delivery is answered otherwise than 200, whatever the number of connections",
      measured: `${refused} were`,
      met: refused === 0,
      because: "What the store has not confirmed in time is answered 503. All connections share one processor here.",
    },
    {
      goal: "An acknowledgement of a hot layer takes at most 1 ms of processor time beside the HTTP server's",
      measured: `${own.toFixed(2)} ms`,
      met: own <= 1,
      because:
        "One request to the store through Node's HTTP client and Netlify's client costs most of it; a queue's driver sends many commands through one open socket.",
    },
  ];
};
