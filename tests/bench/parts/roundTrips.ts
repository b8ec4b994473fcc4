import { type Loaded, percentile, send } from "../lab/load.ts";
import { type LocalSite, withLocalSite } from "../lab/localSite.ts";
import { type Figure, type Found, figure, type Goal, type Round, type Row } from "../report/figures.ts";

/** What a request to the store takes on its way, there and back (ms). */
const TRIPS = [0, 5, 30, 100] as const;
/** A kind of request, and how it is sent. */
const KINDS = {
  covered: { headers: {} },
  written: { headers: { "x-connect-data-source": "a" } },
} as const;
type Kind = keyof typeof KINDS;
const COLUMNS = ["covered p50", "covered p99", "written p50", "written p99"] as const;

/** One round: a bare read, and each kind on a connection of its own kind, one after the other. */
const aRound = async ({ site, paths }: LocalSite, connections: number, ms: number) => {
  const sent = (path: string, headers: Readonly<Record<string, string>>): Promise<Loaded> =>
    send({ origin: site.url, pathOf: () => path, connections, ms, headers });
  const read = await sent("/bench/read", {});
  const kinds = new Map<Kind, Loaded>();
  for (const kind of ["covered", "written"] satisfies Kind[]) {
    kinds.set(kind, await sent(paths[0] ?? "", KINDS[kind].headers));
    await site.settle();
  }
  return { base: percentile(read.took, 50), kinds };
};

const rowAt = async (local: LocalSite, trip: number, connections: number, quick: boolean): Promise<Row> => {
  await local.store.setRoundTrip(trip);
  const rounds: Record<string, Round[]> = {};
  for (let i = 0; i < (quick ? 1 : 3); i += 1) {
    const { base, kinds } = await aRound(local, connections, quick ? 500 : trip === 100 ? 2000 : 1000);
    for (const [kind, { took }] of kinds) {
      for (const hundredths of [50, 99]) {
        const name = `${kind} p${hundredths}`;
        rounds[name] = [...(rounds[name] ?? []), { value: percentile(took, hundredths), base }];
      }
    }
  }
  const figures: Record<string, Figure> = {};
  for (const name of COLUMNS) figures[name] = figure("ms", rounds[name] ?? []);
  return { name: `${trip} ms, ${connections} ${connections === 1 ? "connection" : "connections"}`, figures, facts: {} };
};

const goalsOf = (rows: readonly Row[]): Goal[] => {
  const at = (column: string): number =>
    rows.find(({ name }) => name.startsWith("100 ms, 1 "))?.figures[column]?.ratio ?? Number.NaN;
  const [covered, written] = [at("covered p50"), at("written p50")];
  return [
    {
      goal: "An answer takes one round trip when it is covered and two when it writes (p50 at 100 ms, one connection)",
      measured: `${covered.toFixed(2)} and ${written.toFixed(2)} round trips`,
      met: covered < 1.2 && written < 2.2,
      because: "Beside the round trips an answer takes some milliseconds of a processor, and a busy one lets it wait.",
    },
  ];
};

/** Measures how long an answer takes when the store is far away. */
export const roundTrips = (quick: boolean): Promise<Found> =>
  withLocalSite(1, async (local) => {
    // Loads what a cold function loads, and notes the first use of the webhook.
    await send({ origin: local.site.url, pathOf: () => local.paths[0] ?? "", connections: 4, ms: 500 });
    const rows: Row[] = [];
    for (const trip of TRIPS) rows.push(await rowAt(local, trip, 1, quick));
    for (const trip of quick ? [30] : TRIPS) rows.push(await rowAt(local, trip, 64, quick));
    return {
      method:
        "One layer. Covered: deliveries without a source, of which one a second is written. Written: each carries a body for the source, so each writes or loses a race. The store takes no time of its own but what the round trip says.",
      tables: [
        {
          id: "round-trips",
          title: "Time to the answer, when a request to the store takes so long",
          against: "one read of the same store through the same client, p50 of the same round",
          rows,
        },
      ],
      goals: goalsOf(rows),
      absent: [],
    };
  });
