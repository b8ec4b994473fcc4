import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type LabWorld, PUBLISH, startLabWorld, syncsOf, until } from "./lab/labWorld.ts";

const LAYER = "whole-trip-layer";
const SLUGS = ["articles", "authors", "images", "products", "prices", "pages"];
const PUBLISHES = 30;

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
});
afterAll(() => world.lab.stop());

describe("the bundles under AWS's runtime client", () => {
  test("thirty publishes at once, each on an instance of its own, are answered 200, and two syncs at most cover them all", async () => {
    const { lab, jobs, builds } = world;
    await world.layer(LAYER, SLUGS);
    // Thirty processes that start at once share this machine's cores, which instances of Lambda do not: they start before.
    await Promise.all(Array.from({ length: PUBLISHES }, () => lab.call(`${PUBLISH}/${LAYER}`)));
    const cold = () => lab.finished.filter((one) => one.functionName === "publish" && one.cold).length;
    await until("thirty instances are there", () => cold() === PUBLISHES);

    // As a sync of a small site, and longer than the burst on a busy machine.
    world.takes = 5000;
    const sentAt = Date.now();
    const sent = Array.from({ length: PUBLISHES }, (_, index) => SLUGS[index % SLUGS.length] ?? "");
    const answers = await Promise.all(
      sent.map((slug, index) =>
        lab
          .call(`${PUBLISH}/${LAYER}?source=${slug}`, { method: "POST", body: { index } })
          .then(({ status }) => status),
      ),
    );
    expect(answers).toEqual(sent.map(() => 200));

    await until("every sync has ended", async () => {
      const syncs = await syncsOf(lab, LAYER);
      return syncs.length > 0 && syncs.every(({ status }) => status === "succeeded");
    });
    const syncs = await syncsOf(lab, LAYER);
    expect(syncs.length).toBeLessThanOrEqual(2);
    const called = jobs.filter(({ at }) => at >= sentAt).map(({ url }) => url.slice(url.lastIndexOf("/") + 1));
    expect([...new Set(called)].sort()).toEqual([...SLUGS].sort());
    world.takes = 0;
    await until("the site is built", () => builds.length > 0);
    expect(
      lab.logs.filter(({ functionName, fact }) => functionName === "run-sync" && fact?.["kind"] === "run.ended"),
    ).not.toEqual([]);
  });

  test("a delivery's entry in the log, written after the answer, appears", async () => {
    const { lab } = world;
    const logged = z.object({ items: z.array(z.object({ syncId: z.string().nullable() })) });
    const answer = await lab.call(`${PUBLISH}/${LAYER}`, { method: "POST" });
    const { syncId } = z.object({ syncId: z.string() }).parse(answer.json());
    await until("the delivery is logged", async () => {
      const list = await lab.call(`/api/v1/data-layers/${LAYER}/deliveries`);
      return logged.parse(list.json()).items.some((delivery) => delivery.syncId === syncId);
    });
  });

  test("an instance is kept awake until what is left to do after its answer is done", async () => {
    const { lab } = world;
    const storeDelay = 300;
    const before = lab.finished.length;
    lab.delayStore(storeDelay);
    await lab.call(`${PUBLISH}/${LAYER}`, { method: "POST" });
    // It asks the store before it answers; a call from before is quicker.
    const slow = () =>
      lab.finished
        .slice(before)
        .find(({ functionName, answerMs }) => functionName === "publish" && (answerMs ?? 0) >= storeDelay);
    await until("the publish has ended", () => slow() !== undefined);
    lab.delayStore(0);
    const { answerMs, endMs } = slow() ?? { answerMs: null, endMs: 0 };
    expect(endMs - (answerMs ?? endMs)).toBeGreaterThan(storeDelay / 2);
  });

  test("health finds the store, the worker and the way in all good", async () => {
    const answer = await world.lab.call("/api/v1/health");
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      status: "ok",
      checks: { store: { status: "ok" }, selfCall: { status: "ok" }, publicAccess: { status: "ok" } },
    });
  });
});
