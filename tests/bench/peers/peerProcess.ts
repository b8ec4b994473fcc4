/** A process in front of a queue: the same HTTP server and the same check of the signature as for all, or its worker. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { answerParent, listen, optionsOf } from "../lab/serveAsChild.ts";
import { bodyOf, isSigned, SIGNATURE } from "../lab/signed.ts";
import { QUEUES, type Queue } from "./queues.ts";

const {
  queue: name,
  port,
  jobUrl,
} = optionsOf(
  z.object({
    queue: z.enum(["bullmq", "pg-boss", "graphile-worker"]),
    port: z.number(),
    /** The job that a worker calls; without one this process takes deliveries. */
    jobUrl: z.string().optional(),
  }),
);
const START_TRIES = 100;
const PATH = /^\/layer\/(\d+)$/;

/** A server that has just been started takes no connection yet. */
const open = async (): Promise<Queue> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await QUEUES[name](port);
    } catch (error) {
      if (tries === START_TRIES) throw error;
      await sleep(100);
    }
  }
};

const bodySchema = z.looseObject({ id: z.number() });
const queue = await open();
if (jobUrl !== undefined) {
  await queue.work(async (entry) => {
    await fetch(jobUrl, { method: "POST", body: JSON.stringify(entry) });
  });
}
const url = await listen(async (request, response) => {
  try {
    const body = await bodyOf(request);
    const signature = request.headers[SIGNATURE];
    const layer = PATH.exec(request.url ?? "")?.[1];
    if (!isSigned(body, typeof signature === "string" ? signature : null)) response.writeHead(401).end();
    else if (layer === undefined) response.writeHead(404).end();
    else {
      await queue.add({ layer: Number(layer), id: bodySchema.parse(JSON.parse(body.toString())).id });
      response.writeHead(200, { "content-type": "application/json" }).end('{"accepted":true}');
    }
  } catch {
    response.writeHead(503).end();
  }
});
answerParent(url, { kept: () => queue.kept() });
