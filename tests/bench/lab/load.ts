import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "undici";
import { SIGNATURE, signatureOf } from "./signed.ts";

/** Requests to send. */
export interface Load {
  readonly origin: string;
  /** The path of the nth request. */
  readonly pathOf: (n: number) => string;
  readonly connections: number;
  /** When no further request is sent (ms). */
  readonly ms?: number;
  /** After how many requests no further one is sent. */
  readonly count?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sees which requests were answered 2xx, and when they were sent (`performance.now()`). */
  readonly onAnswer?: (n: number, sentAt: number) => void;
}

/** What came of it. */
export interface Loaded {
  readonly acks: number;
  readonly refused: number;
  readonly ms: number;
  /** The milliseconds of each answer, fastest first. */
  readonly took: readonly number[];
}

/** The value below which so many hundredths of sorted values are; NaN of none. */
export const percentile = (sorted: readonly number[], hundredths: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * hundredths) / 100))] ?? Number.NaN;

/** Sends signed deliveries on so many connections, on each one after the other. A lost connection counts as refused. */
export const send = async (load: Load): Promise<Loaded> => {
  const { origin, pathOf, connections, ms = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = load;
  const took: number[] = [];
  let refused = 0;
  let sent = 0;
  const began = performance.now();
  const sendOnOne = async (): Promise<void> => {
    const client = new Client(origin, { headersTimeout: 60_000, bodyTimeout: 60_000 });
    while (sent < count && performance.now() - began < ms) {
      const n = sent;
      sent += 1;
      const body = JSON.stringify({ type: "entry.publish", id: n });
      const headers = { "content-type": "application/json", [SIGNATURE]: signatureOf(body), ...load.headers };
      const from = performance.now();
      try {
        const answer = await client.request({ method: "POST", path: pathOf(n), headers, body });
        await answer.body.dump();
        if (answer.statusCode >= 300) refused += 1;
        else {
          took.push(performance.now() - from);
          load.onAnswer?.(n, from);
        }
      } catch {
        refused += 1;
        await sleep(10);
      }
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: connections }, sendOnOne));
  return { acks: took.length, refused, ms: performance.now() - began, took: took.sort((a, b) => a - b) };
};
