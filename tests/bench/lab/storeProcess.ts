/** The strict store of `npm run dev` in a process of its own, as slow and as durable as it is told to be. */
import { z } from "zod";
import { startBlobsServer } from "../../../src/dev/blobs/blobsServer.ts";
import { LAYERS } from "../../../src/store/keys.ts";
import { answerParent, optionsOf } from "./serveAsChild.ts";
import { noRequests, type StoreCounts, TOKEN } from "./store.ts";

const { directory, durable, port } = optionsOf(
  z.object({ directory: z.string(), durable: z.boolean(), port: z.number().optional() }),
);
let counts: StoreCounts = noRequests();
let roundTrip = 0;
const server = await startBlobsServer({
  directory,
  token: TOKEN,
  durable,
  ...(port === undefined ? {} : { port }),
  roundTrip: () => roundTrip,
  onRequest({ method, key, status, bytes }) {
    const layer = key?.startsWith(LAYERS) === true;
    if (method === "GET") counts[layer ? "reads" : "otherReads"] += 1;
    else if (method === "LIST") counts.lists += 1;
    else if (method === "PUT") counts[layer ? "writes" : "otherWrites"] += 1;
    else counts.removals += 1;
    if (status === 412) counts.refused += 1;
    counts.bytes += bytes;
  },
});

answerParent(server.url, {
  counts: () => counts,
  reset: () => {
    counts = noRequests();
  },
  slow: ({ ms }) => {
    roundTrip = Number(ms);
  },
});
