import { expect, test } from "vitest";
import { pacedFetch } from "./pacedFetch.ts";

test("paced calls begin at once up to the burst, then at their pace, and in the order in which they came", async () => {
  const began: number[] = [];
  const order: string[] = [];
  const watch = { elapsed: () => 0, sleep: async (ms: number) => void began.push(ms) };
  const fetcher = async (input: unknown): Promise<Response> => {
    order.push(String(input));
    return new Response();
  };
  const paced = pacedFetch(fetcher, { perSecond: 6, burst: 30 }, watch);
  const names = Array.from({ length: 390 }, (_, index) => String(index));
  await Promise.all(names.map((name) => paced(name)));
  expect(began).toHaveLength(360);
  expect(began.at(0)).toBeCloseTo(1000 / 6);
  expect(began.at(-1)).toBeCloseTo(60_000);
  expect(order).toHaveLength(390);
});
