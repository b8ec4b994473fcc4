import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LabWorld, PUBLISH, startLabWorld, syncsOf, until } from "./lab/labWorld.ts";

const MINUTE_MS = 60_000;

let world: LabWorld;
let ahead = 0;
beforeAll(async () => {
  world = await startLabWorld();
});
beforeEach(() => {
  world.jobs.length = 0;
  world.builds.length = 0;
  world.takes = 10 * MINUTE_MS;
  world.hookTakes = 0;
});
afterAll(() => world.lab.stop());

/** Publishes to a new layer and kills the worker while it calls the job. */
const loseWorker = async (layer: string): Promise<void> => {
  const { lab, jobs } = world;
  await world.layer(layer, ["articles"]);
  await lab.call(`${PUBLISH}/${layer}`, { method: "POST" });
  await until("the job is called", () => jobs.length === 1);
  expect(await lab.kill("run-sync")).toBe(1);
};

const pass = (ms: number): Promise<void> => {
  ahead += ms;
  return world.lab.moveClock(ahead);
};

const succeeded = (layer: string) =>
  until("the sync has succeeded", async () => (await syncsOf(world.lab, layer))[0]?.status === "succeeded");

const finishedCalls = () => world.lab.finished.filter(({ functionName }) => functionName === "run-sync").length;

describe("lost workers", () => {
  test("a worker that is killed in the middle of a sync is taken over at a tick after its lease", async () => {
    const { lab, jobs, builds } = world;
    await loseWorker("tick-takes-over");
    world.takes = 0;
    await lab.tick();
    const [claimed] = await syncsOf(lab, "tick-takes-over");
    expect([claimed?.status, jobs.length]).toEqual(["running", 1]);

    await pass(2 * MINUTE_MS);
    await lab.tick();
    await succeeded("tick-takes-over");
    expect(jobs).toHaveLength(2);
    await until("the site is built", () => builds.length > 0);
    lab.runAgainNow();
  });

  test("a worker that is killed in the middle of a sync is taken over without a tick when the platform runs its call again, a minute after its death", async () => {
    const { lab, jobs, builds } = world;
    await loseWorker("second-run-takes-over");
    world.takes = 0;
    await pass(MINUTE_MS);
    const runAgainAt = Date.now();
    expect(lab.runAgainNow()).toEqual([MINUTE_MS]);
    await succeeded("second-run-takes-over");
    expect(jobs).toHaveLength(2);
    expect(MINUTE_MS + (jobs[1]?.at ?? 0) - runAgainAt).toBeLessThan(2 * MINUTE_MS);
    // The call of the test before is run again as well, whenever the platform finds the time.
    const again = lab.logs.filter(({ fact }) => fact?.["kind"] === "run.again");
    expect(again.filter(({ fact }) => JSON.stringify(fact).includes("second-run-takes-over"))).toHaveLength(1);
    await until("the site is built", () => builds.length > 0);
  });

  test("a worker that is killed in the middle of a sync is taken over by the third run, two minutes after the death of the second", async () => {
    const { lab, jobs } = world;
    await loseWorker("third-run-takes-over");
    await pass(MINUTE_MS);
    expect(lab.runAgainNow()).toEqual([MINUTE_MS]);
    await until("the job is called again", () => jobs.length === 2);
    expect(await lab.kill("run-sync")).toBe(1);
    world.takes = 0;
    await pass(2 * MINUTE_MS);
    expect(lab.runAgainNow()).toEqual([2 * MINUTE_MS]);
    await succeeded("third-run-takes-over");
    expect(jobs).toHaveLength(3);
  });

  test("a worker that is killed after fifteen minutes is taken over by its call's second run, and that one by the third", async () => {
    const { lab, jobs } = world;
    await loseWorker("old-wake");
    await pass(16 * MINUTE_MS);
    lab.runAgainNow();
    await until("the job is called again", () => jobs.length === 2);
    expect(await lab.kill("run-sync")).toBe(1);
    world.takes = 0;
    await pass(17 * MINUTE_MS);
    lab.runAgainNow();
    await succeeded("old-wake");
  });

  test("a call that is run again before the lease has ended leaves the sync alone, ends well and is not run once more", async () => {
    const { lab, jobs } = world;
    await loseWorker("early-run");
    const before = finishedCalls();
    expect(lab.runAgainNow()).toEqual([MINUTE_MS]);
    await until("the early run has ended", () => finishedCalls() === before + 1);
    expect(lab.finished.at(-1)?.failure).toBeNull();
    expect([lab.runAgainNow(), jobs.length]).toEqual([[], 1]);
    expect((await syncsOf(lab, "early-run"))[0]?.status).toBe("running");
  });
});

test("a worker that ends well is not run again", async () => {
  const { lab, jobs } = world;
  world.takes = 0;
  await world.layer("ends-well", ["articles"]);
  const before = finishedCalls();
  await lab.call(`${PUBLISH}/ends-well`, { method: "POST" });
  await succeeded("ends-well");
  await until("the worker has ended", () => finishedCalls() > before);
  expect([lab.runAgainNow(), jobs.length]).toEqual([[], 1]);
});

test("a worker that is killed while it builds a site for its layer is taken over there, when its call is run again", async () => {
  const { lab, builds } = world;
  world.takes = 0;
  world.hookTakes = 10 * MINUTE_MS;
  await world.layer("lost-at-the-site", ["articles"]);
  await lab.call(`${PUBLISH}/lost-at-the-site`, { method: "POST" });
  await until("the build hook is called", () => builds.length === 1);
  await succeeded("lost-at-the-site");
  expect(await lab.kill("run-sync")).toBe(1);
  world.hookTakes = 0;
  await pass(MINUTE_MS);
  expect(lab.runAgainNow()).toEqual([MINUTE_MS]);
  await until("the build hook is called again", () => builds.length === 2);
});
