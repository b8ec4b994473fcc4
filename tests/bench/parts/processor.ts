import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { BlobsStore } from "../../../src/store/blobs.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { World } from "../../app/world.ts";
import { aWebhook } from "../../support/builders.ts";
import { SECRET, SIGNATURE, signatureOf } from "../lab/signed.ts";
import { type Found, figure, type Round } from "../report/figures.ts";

const LAYER = "layer-one";
const WEBHOOK = "webhook-one";
const ANSWERS = 300;
/** What an answer may cost the processor (µs). */
const GOAL = 1000;

/** The API of Netlify Blobs within this process: no socket, so that what is left is our code and the client's. */
const stubOfBlobs = (): typeof globalThis.fetch => {
  const documents = new Map<string, { text: string; etag: string }>();
  let versions = 0;
  return async (input, init) => {
    const { pathname, searchParams } = new URL(String(input));
    const stored = documents.get(pathname);
    if (searchParams.has("prefix")) return Response.json({ blobs: [], directories: [] });
    const method = String(init?.method).toLowerCase();
    if (method === "delete") return new Response(null, { status: 204 });
    if (method === "get") {
      return stored === undefined
        ? new Response(null, { status: 404 })
        : new Response(stored.text, { headers: { etag: stored.etag } });
    }
    const expected = new Headers(init?.headers).get("if-match");
    if ((stored?.etag ?? null) !== expected) return new Response(null, { status: 412 });
    versions += 1;
    const etag = `"${versions}"`;
    documents.set(pathname, { text: String(init?.body), etag });
    return new Response(null, { headers: { etag } });
  };
};

/** What one of many calls costs the processor (µs). */
const costOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = process.cpuUsage();
  for (let i = 0; i < ANSWERS; i += 1) await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / ANSWERS;
};

/** A hot layer with a verified webhook, behind the publish function, and its bare store. */
const hotLayer = async () => {
  const context = { edgeURL: "https://blobs.test", uncachedEdgeURL: "https://blobs.test", siteID: "0", token: "t" };
  process.env["NETLIFY_BLOBS_CONTEXT"] = Buffer.from(JSON.stringify(context)).toString("base64");
  const world = new World();
  const sealer = makeSealer(["a secret of this bench, long enough"]);
  const sealed = sealer.seal(SECRET, `layer/${LAYER}/webhook/ref-${WEBHOOK}/secret`);
  const verification = { scheme: "github", secrets: [sealed], secretSetAt: 1 };
  await world.layer(LAYER, ["a", "b", "c"], ["site-one"]);
  const layer = { ...(await world.readLayer(LAYER)), webhooks: [aWebhook(WEBHOOK, { verification })] };
  const store = new BlobsStore({ kind: "site", name: "answer-cost" }, stubOfBlobs());
  await store.write(layerKey(LAYER), JSON.stringify(layer), null);
  let skew = 0;
  let ids = 0;
  const base = world.deps();
  const deps = {
    ...base,
    store,
    archive: store,
    sealer,
    report: () => undefined,
    wake: async () => undefined,
    clock: { ...base.clock, now: () => Date.now() + skew, elapsed: () => performance.now() },
    ids: {
      ...base.ids,
      timeOrdered: () => {
        ids += 1;
        return `0198-${ids}`;
      },
    },
  };
  const body = JSON.stringify({ event: "entry.publish", entry: { id: 5, title: "x".repeat(500) } });
  const headers = { "content-type": "application/json", [SIGNATURE]: signatureOf(body) };
  const publish = async (): Promise<void> => {
    const after: Promise<unknown>[] = [];
    const url = `https://hook.test/hooks/data_layer/data_source/publish/${LAYER}/${WEBHOOK}`;
    const answer = await answerPublish(new Request(url, { method: "POST", headers, body }), deps, (work) => {
      after.push(work);
    });
    if (answer.status !== 200) throw new Error(await answer.text());
    await Promise.all(after);
  };
  const read = () => store.read(layerKey(LAYER));
  return {
    covered: publish,
    written: () => {
      skew += 2000;
      return publish();
    },
    read,
    pair: async () => {
      const found = await read();
      await store.write(layerKey(LAYER), found?.text ?? "", found?.etag ?? null);
    },
  };
};

/** What an answer costs the processor, beside the calls of the store that it cannot do without. */
export const processor = async (quick: boolean): Promise<Found> => {
  const { covered, written, read, pair } = await hotLayer();
  const rounds: { readonly covered: Round[]; readonly written: Round[] } = { covered: [], written: [] };
  // The first round warms up.
  for (let round = 0; round <= (quick ? 4 : 12); round += 1) {
    const coveredRound = { value: await costOf(covered), base: await costOf(read) };
    const writtenRound = { value: await costOf(written), base: await costOf(pair) };
    if (round === 0) continue;
    rounds.covered.push(coveredRound);
    rounds.written.push(writtenRound);
  }
  const rows = [
    { name: "a covered delivery", figures: { processor: figure("µs", rounds.covered) }, facts: {} },
    { name: "a written one", figures: { processor: figure("µs", rounds.written) }, facts: {} },
  ];
  const costs = rows.map(({ figures }) => Math.round(figures.processor.value));
  return {
    method: `The publish function with a signed body and its log, and the client of the store, which talks to a store within
the process: what is left is our own code and the client's. ${ANSWERS} answers a round, in turns with the bare calls.`,
    tables: [{ id: "processor", title: "Processor time of an answer", against: "the bare calls of the store", rows }],
    goals: [
      {
        goal: "at most 1 ms of processor time an answer",
        measured: `${costs.join(" and ")} µs, covered and written`,
        met: costs.every((cost) => cost <= GOAL),
        because: costs.every((cost) => cost <= GOAL) ? "" : "The machine is slow or busy: compare the ratios.",
      },
    ],
    absent: [],
  };
};
