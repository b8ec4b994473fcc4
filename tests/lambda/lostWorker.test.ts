import { afterAll, beforeAll, expect, test } from "vitest";
import { type LabWorld, PUBLISH, startLabWorld, syncsOf, until } from "./lab/labWorld.ts";

const LAYER = "lost-worker-layer";
const MINUTE_MS = 60_000;

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
  await world.layer(LAYER, ["articles"]);
});
afterAll(() => world.lab.stop());

test("a worker that is killed in the middle of a sync is taken over at a tick after its lease", async () => {
  const { lab, jobs, builds } = world;
  world.takes = 10 * MINUTE_MS;
  await lab.call(`${PUBLISH}/${LAYER}`, { method: "POST" });
  await until("the job is called", () => jobs.length === 1);
  expect(await lab.kill("run-sync")).toBe(1);
  world.takes = 0;

  await lab.tick();
  const [claimed] = await syncsOf(lab, LAYER);
  expect([claimed?.status, jobs.length]).toEqual(["running", 1]);

  await lab.moveClock(2 * MINUTE_MS);
  await lab.tick();
  await until("the sync has succeeded", async () => (await syncsOf(lab, LAYER))[0]?.status === "succeeded");
  expect(jobs).toHaveLength(2);
  await until("the site is built", () => builds.length > 0);
});
