import { send } from "../lab/load.ts";
import { removeFolder, scratchFolder } from "../lab/scratchFolder.ts";
import { layerId, type Site, startSite } from "../lab/site.ts";
import { type LocalStore, requestsIn, startStore } from "../lab/store.ts";
import { type Found, figure, type Goal, type Round, type Row, type Table } from "../report/figures.ts";
import { siteWith, storeLayers } from "./manyLayers.ts";

const DELIVERIES = 1000;
/** After so many ticks every document has been read, or the rest of them takes more than a bench has time for. */
const TICKS_TO_REST = 8;
/** After so many answers a list has read every document once, and reads only what has changed from then on. */
const ANSWERS_TO_REST = 12;
const LISTS = [
  "/data-layers",
  "/overview",
  "/audit-log",
  "/usage",
  `/data-layers/${layerId(0)}/deliveries`,
  `/data-layers/${layerId(0)}/activity?hours=24`,
  `/data-layers/${layerId(0)}/syncs`,
] as const;

interface Lab {
  readonly site: Site;
  readonly store: LocalStore;
}
/** What something cost. */
interface Cost {
  readonly requests: number;
  readonly kilobytes: number;
  readonly ms: number;
  readonly cpu: number;
  /** The status of the answer. */
  readonly status?: number;
}

const costOf = async ({ site, store }: Lab, work: () => Promise<unknown>): Promise<Cost> => {
  await site.settle();
  await store.take();
  const before = await site.cpu();
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const cpu = (await site.cpu()) - before;
  const counts = await store.take();
  return { requests: requestsIn(counts), kilobytes: counts.bytes / 1000, ms, cpu };
};

const rowOf = (name: string, mine: readonly Cost[], theirs: readonly Cost[]): Row => {
  const rounds = (of: (cost: Cost) => number): Round[] =>
    mine.flatMap((cost, round) => {
      const base = theirs[round];
      return base === undefined ? [] : [{ value: of(cost), base: Math.max(0.001, of(base)) }];
    });
  return {
    name,
    figures: {
      requests: figure(
        "",
        rounds(({ requests }) => requests),
      ),
      "from the store": figure(
        "KB",
        rounds(({ kilobytes }) => kilobytes),
      ),
      "by the clock": figure(
        "ms",
        rounds(({ ms }) => ms),
      ),
      "processor time": figure(
        "ms",
        rounds(({ cpu }) => cpu),
      ),
    },
    facts: mine.some(({ status = 200 }) => status !== 200) ? { answer: String(mine.map(({ status }) => status)) } : {},
  };
};

const layers = (count: number): string => `${count.toLocaleString("en-US")} layers`;

const measureTicks = async (lab: Lab, sizes: readonly number[], rounds: number): Promise<Table> => {
  const tick = () => costOf(lab, () => lab.site.tick());
  const all = [0, ...sizes];
  const first = new Map<number, Cost>();
  for (const size of all) {
    await lab.site.open(siteWith(size));
    first.set(size, await tick());
    let last = Number.POSITIVE_INFINITY;
    for (let ticks = 0; ticks < TICKS_TO_REST; ticks += 1) {
      const { requests } = await tick();
      if (requests >= last) break;
      last = requests;
    }
  }
  const steady = new Map<number, Cost[]>(all.map((size) => [size, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const size of all) {
      await lab.site.open(siteWith(size));
      steady.get(size)?.push(await tick());
    }
  }
  const only = (size: number): Cost[] => [first.get(size)].flatMap((cost) => cost ?? []);
  return {
    id: "ticks",
    title: "A tick of the repair function over layers at rest",
    against: "the same tick over no layer",
    rows: [
      ...sizes.map((size) => rowOf(`${layers(size)}, first tick`, only(size), only(0))),
      ...all.map((size) => rowOf(`${layers(size)}, later tick`, steady.get(size) ?? [], steady.get(0) ?? [])),
    ],
  };
};

/** Asks the lists of all layers until they have read each of them. */
const askUntilRest = async (lab: Lab, name: string): Promise<void> => {
  await lab.site.open(name);
  for (const path of ["/overview", "/usage"]) {
    let last = Number.POSITIVE_INFINITY;
    for (let answers = 0; answers < ANSWERS_TO_REST; answers += 1) {
      const { requests } = await costOf(lab, () => lab.site.api("GET", path));
      if (requests >= last && last < 1000) break;
      last = requests;
    }
  }
};

/** Asks every list of several sites in turns. */
const askLists = async (lab: Lab, names: readonly string[], rounds: number): Promise<Map<string, Cost[]>> => {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const path of LISTS) {
      for (const name of names) {
        await lab.site.open(name);
        let status = 0;
        const cost = await costOf(lab, async () => {
          status = (await lab.site.api("GET", path)).status;
        });
        const key = `${path} ${name}`;
        costs.set(key, [...(costs.get(key) ?? []), { ...cost, status }]);
      }
    }
  }
  return costs;
};

const measureLists = async (lab: Lab, sizes: readonly number[], rounds: number): Promise<Table> => {
  const names = [1, ...sizes].map(siteWith);
  for (const name of names) await askUntilRest(lab, name);
  const costs = await askLists(lab, names, rounds);
  const of = (path: string, size: number) => costs.get(`${path} ${siteWith(size)}`) ?? [];
  return {
    id: "lists",
    title: "A page of each list, once it has read every layer",
    against: "the same page on a site with one layer",
    rows: LISTS.flatMap((path) => sizes.map((size) => rowOf(`${path}, ${layers(size)}`, of(path, size), of(path, 1)))),
  };
};

const measureHistory = async (lab: Lab, rounds: number): Promise<Table> => {
  const name = siteWith(1);
  const ask = () => askLists(lab, [name], rounds);
  const before = await ask();
  const path = `/hooks/data_layer/data_source/publish/${layerId(0)}`;
  await send({ origin: lab.site.url, pathOf: () => path, connections: 16, count: DELIVERIES });
  await lab.site.settle();
  const after = await ask();
  return {
    id: "history",
    title: `A page of each list, after ${DELIVERIES} deliveries to one layer`,
    against: "the same page before them",
    rows: LISTS.map((list) => rowOf(list, after.get(`${list} ${name}`) ?? [], before.get(`${list} ${name}`) ?? [])),
  };
};

const goalsOf = (ticks: Table, lists: Table, most: number): Goal[] => {
  const value = ({ rows }: Table, name: string, column: string): number =>
    rows.find((row) => row.name === name)?.figures[column]?.value ?? Number.NaN;
  const later = `${layers(most)}, later tick`;
  const [requests, ms] = [value(ticks, later, "requests"), value(ticks, later, "by the clock")];
  const pages = Math.ceil(most / 1000);
  const heavy = LISTS.filter((path) => {
    const [few, many] = [200, most].map((size) => value(lists, `${path}, ${layers(size)}`, "requests"));
    return (many ?? 0) > (few ?? 0) * 2 + pages;
  });
  return [
    {
      goal: `A tick over ${layers(most)} at rest takes under 5 s, and asks little more than the ${pages} pages of their keys`,
      measured: `${requests} requests, ${Math.round(ms)} ms`,
      met: requests <= pages + 12 && ms < 5000,
      because: "The store lists a thousand keys a request.",
    },
    {
      goal: `A list asks as much for ${layers(most)} as for 200, beside the ${pages} pages of their keys`,
      measured: heavy.length === 0 ? "all do" : `these do not: ${heavy.join(", ")}`,
      met: heavy.length === 0,
      because:
        "Such a page shows or counts something of each layer, and reads it in shards beside the pages of their keys.",
    },
  ];
};

/** Measures ticks and lists over few layers and over many. */
export const scale = async (quick: boolean): Promise<Found> => {
  const sizes = quick ? [200, 1000] : [200, 2000, 10_000];
  const directory = scratchFolder();
  await storeLayers(directory, [1, ...sizes]);
  const store = await startStore(directory, false);
  const site = await startSite(store.url);
  const lab = { site, store };
  try {
    // The API's function is loaded by its first call.
    await lab.site.api("GET", "/data-layers");
    const ticks = await measureTicks(lab, sizes, quick ? 2 : 5);
    const lists = await measureLists(lab, sizes, quick ? 1 : 2);
    const history = await measureHistory(lab, quick ? 1 : 3);
    return {
      method:
        "The layers have no source and are at rest. The store is on this machine and answers at once, so the clock shows work and not distance.",
      tables: [ticks, lists, history],
      goals: goalsOf(ticks, lists, sizes.at(-1) ?? 0),
      absent: [],
    };
  } finally {
    await Promise.all([site.kill(), store.kill()]);
    removeFolder(directory);
  }
};
