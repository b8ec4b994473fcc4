import { send } from "../lab/load.ts";
import { withLocalSite } from "../lab/localSite.ts";
import type { Site } from "../lab/site.ts";
import type { LocalStore, StoreCounts } from "../lab/store.ts";
import { counted, type Found, type Goal, type Row } from "../report/figures.ts";

/** What the contract allows before an answer: one strong read and at most one conditional write. */
const BUDGET = 2;
const BURST = 100;

const rowOf = (name: string, counts: StoreCounts, deliveries: number): Row => {
  const { reads, writes, refused, otherReads, otherWrites, lists, removals } = counts;
  const document = (reads + writes) / deliveries;
  const beside = (otherReads + otherWrites + lists + removals) / deliveries;
  return {
    name,
    figures: {
      "the layer's document": counted("requests", document, BUDGET),
      "beside it": counted("requests", beside, BUDGET),
    },
    facts: {
      "in words": `${reads} R, ${writes} W (${refused} refused); log and records: ${otherReads} R, ${otherWrites} W, ${lists} LIST, ${removals} DELETE`,
    },
  };
};

const publishStates = async (site: Site, store: LocalStore, paths: readonly string[]): Promise<Row[]> => {
  const [hot = "", other = "", third = ""] = paths;
  const rows: Row[] = [];
  const count = async (name: string, path: string, deliveries: number, headers: Record<string, string> = {}) => {
    await store.take();
    await send({ origin: site.url, pathOf: () => path, connections: deliveries, count: deliveries, headers });
    await site.settle();
    rows.push(rowOf(name, await store.take(), deliveries));
  };
  await count("the first of a burst", hot, 1);
  await count("one that it covers", hot, 1);
  await count("one with a body for a source", hot, 1, { "x-connect-data-source": "a" });
  await count(`${BURST} at once, each of them`, other, BURST);
  await count(`${BURST} at once with bodies for a source, each of them`, third, BURST, {
    "x-connect-data-source": "a",
  });
  await count("a wrong signature", hot, 1, { "x-hub-signature-256": "sha256=00" });
  await count("an unknown webhook", `${hot}x`, 1);
  await count("an unknown layer", "/hooks/data_layer/data_source/publish/no-such-layer", 1);
  await count("a path that names no layer", "/hooks/data_layer/data_source/publish/x", 1);
  return rows;
};

/** Lets everything run that is pending, so that the next delivery meets a layer at rest. */
const rest = async (site: Site, paths: readonly string[]): Promise<void> => {
  await site.setWorking(true);
  const path = (n: number) => paths[n] ?? "";
  await send({ origin: site.url, pathOf: path, connections: paths.length, count: paths.length });
  await site.settle();
  await site.settle();
};

/** The requests of a whole sync of one source, from the delivery to the record. */
const aSync = async (site: Site, store: LocalStore, path: string): Promise<Row> => {
  await store.take();
  await rest(site, [path]);
  return rowOf("a delivery and its whole sync of one source", await store.take(), 1);
};

const ticks = async (site: Site, store: LocalStore): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const name of ["the first tick over four layers", "a later tick over four layers"]) {
    await store.take();
    await site.tick();
    await site.settle();
    rows.push(rowOf(name, await store.take(), 1));
  }
  return rows;
};

const goalsOf = (rows: readonly Row[]): Goal[] => {
  const of = (name: string, column: string): number =>
    rows.find((row) => row.name.startsWith(name))?.figures[column]?.value ?? Number.NaN;
  const first = of("the first of", "the layer's document");
  const covered = of("one that it covers", "the layer's document");
  const logged = of(`${BURST} at once, each`, "beside it");
  return [
    {
      goal: "A delivery costs one read and at most one write; a covered one costs one read",
      measured: `${first} and ${covered} requests`,
      met: first <= 2 && covered <= 1,
      because: "None: this is a defect.",
    },
    {
      goal: "The log costs fewer than 0.2 requests for each delivery of a burst",
      measured: `${logged} requests`,
      met: logged < 0.2,
      because: "Each delivery is logged as a record of its own, and a record is a write.",
    },
  ];
};

/** Counts what a delivery, a sync and a tick ask of the store. No clock has a part in it. */
export const operations = (): Promise<Found> =>
  withLocalSite(4, async ({ site, store, paths }) => {
    // The first use of a webhook is noted after its answer, once.
    await rest(site, paths);
    await site.setWorking(false);
    const states = await publishStates(site, store, paths);
    await rest(site, paths);
    const sync = await aSync(site, store, paths[3] ?? "");
    const rows = [...states, sync, ...(await ticks(site, store))];
    const against = `the ${BUDGET} requests that the contract allows before an answer: one read and one write`;
    return {
      method:
        "Counted at the store's server, through the real client and the functions as they are deployed. Each layer has one source and a webhook that verifies its sender.",
      tables: [{ id: "operations", title: "Requests to the store", against, rows }],
      goals: goalsOf(rows),
      absent: [],
    };
  });
