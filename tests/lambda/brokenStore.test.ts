import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LabWorld, PUBLISH, startLabWorld, until } from "./lab/labWorld.ts";
import type { StoreFault } from "./lab/storeFront.ts";

const LAYER = "broken-store-layer";
const FAULTS: readonly (readonly [fault: StoreFault, code: string, says: RegExp, requests: number])[] = [
  ["no-etags", "STORE_WITHOUT_ETAGS", /without ETags/, 1],
  ["no-strong-consistency", "STORE_NOT_CONSISTENT", /strong consistency/, 0],
  ["no-credentials", "STORE_WITHOUT_CREDENTIALS", /no credentials/, 0],
  ["wrong-credentials", "STORE_CREDENTIALS_REFUSED", /refuses this function's credentials/, 1],
];

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
  world.takes = 0;
  await world.layer(LAYER, ["articles"]);
  // Health calls the worker at its first check, and reads what it wrote at the next.
  await world.lab.call("/api/v1/health");
  await until("the worker has ended", () => world.lab.finished.some(({ functionName }) => functionName === "run-sync"));
});
afterEach(() => world.lab.breakStore(null));
afterAll(() => world.lab.stop());

/** Answers of the broken system, each with how many requests reached the store. */
const ask = async (fault: StoreFault, path: string, method = "GET") => {
  const { lab } = world;
  // Credentials that came with an earlier call would still be there.
  await Promise.all([lab.kill("api", "all"), lab.kill("publish", "all"), lab.kill("drain", "all")]);
  lab.breakStore(fault);
  const before = lab.storeRequests.length;
  const answer = await lab.call(path, { method });
  return { status: answer.status, body: answer.json(), requests: lab.storeRequests.length - before };
};

describe("a store that cannot be used", () => {
  test.each(FAULTS)(
    "an unusable store is named, within one request, when it has %s",
    async (fault, code, says, requests) => {
      const problem = { code: "STORE_MISCONFIGURED", fault: code, detail: expect.stringMatching(says) };
      const read = await ask(fault, `/api/v1/data-layers/${LAYER}`);
      expect(read).toMatchObject({ status: 503, body: problem, requests });
      const publish = await ask(fault, `${PUBLISH}/${LAYER}`, "POST");
      expect(publish).toMatchObject({ status: 503, body: problem, requests });
      const health = await ask(fault, "/api/v1/health");
      expect(health.status).toBe(503);
      expect(health.body).toMatchObject({
        checks: { store: { status: "failing", detail: expect.stringMatching(says) } },
      });
      expect(health.requests).toBeLessThanOrEqual(3 * requests);
    },
  );

  test("an unusable store is as good as before once it is mended", async () => {
    const { lab } = world;
    await ask("no-etags", `${PUBLISH}/${LAYER}`, "POST");
    lab.breakStore(null);
    const answer = await lab.call(`${PUBLISH}/${LAYER}`, { method: "POST" });
    expect(answer.status).toBe(200);
  });
});
