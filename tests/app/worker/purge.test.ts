import { beforeEach, describe, expect, test } from "vitest";
import { updateLayer } from "../../../src/app/stored/documents.ts";
import { purgeAfter } from "../../../src/app/worker/purgeAfter.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { answer, World } from "../world.ts";

const LAYER = "layer-one";
const SITE = "site-one";
const cachePurge = { tags: ["posts", "home"], siteId: "netlify-site" };

let world: World;

const accepted = async () => {
  const published = await world.publish(LAYER);
  if (published.kind !== "accepted") throw new Error(published.kind);
  return published;
};
const record = async (syncId: string) => (await world.record(LAYER, syncId))?.purge;

beforeEach(() => {
  world = new World();
});

describe("cache tags of a layer", () => {
  beforeEach(async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a"], [SITE], { cachePurge });
    world.jobs.set(`https://hooks.test/${SITE}`, () => answer(200));
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
  });

  test("cache tags are purged once something has changed, and the sync says so", async () => {
    const { syncId } = await accepted();
    await world.clock.pass(10 * SECOND);
    expect(world.purges).toEqual([{ ...cachePurge, deadline: 4000, at: expect.any(Number) }]);
    expect(await record(syncId)).toEqual({ outcome: "purged", tags: 2 });
    expect(world.builds(SITE)).toHaveLength(1);
  });

  test("cache tags are left alone where nothing has changed", async () => {
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: false }));
    const { syncId } = await accepted();
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.purges).toEqual([]);
    expect(await record(syncId)).toBeUndefined();
  });

  test("cache tags are purged again after a takeover if the worker died before the purge was recorded", async () => {
    const { syncId } = await accepted();
    world.purge = () => {
      for (const worker of world.workers) worker.kill();
      return { kind: "purged" };
    };
    await world.clock.pass(10 * SECOND);
    expect(world.purges).toHaveLength(1);
    expect(await record(syncId)).toBeUndefined();
    world.purge = () => ({ kind: "purged" });
    for (let tick = 0; tick < 3; tick += 1) {
      await world.clock.pass(MINUTE);
      await world.tick();
    }
    expect(world.purges).toHaveLength(2);
    expect(await record(syncId)).toEqual({ outcome: "purged", tags: 2 });
    expect(world.posts("a")).toHaveLength(1);
  });

  test("cache tags are tried three times within seconds, and a purge that succeeds then has not failed", async () => {
    let tries = 0;
    world.purge = () => {
      tries += 1;
      return tries < 3 ? { kind: "failed", error: "the purge was answered 503", again: true } : { kind: "purged" };
    };
    const { syncId } = await accepted();
    await world.clock.pass(20 * SECOND);
    const [first, second, third] = world.purges.map(({ at }) => at);
    expect([(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)]).toEqual([2 * SECOND, 5 * SECOND]);
    expect(await record(syncId)).toEqual({ outcome: "purged", tags: 2 });
  });

  test("cache tags that cannot be purged are on record, and delay neither the sites nor the next sync", async () => {
    world.purge = () => ({ kind: "failed", error: "the purge was answered 503", again: true });
    const { syncId } = await accepted();
    await world.clock.pass(5 * SECOND);
    const { syncId: next } = await accepted();
    await world.clock.pass(30 * SECOND);
    expect(await record(syncId)).toEqual({ outcome: "failed", tags: 2, error: "the purge was answered 503" });
    expect(await record(next)).toMatchObject({ outcome: "failed" });
    expect(world.builds(SITE)).toHaveLength(2);
    expect((await world.readLayer(LAYER)).slot).toMatchObject({ pending: null, running: null, build: null });
  });

  test("cache tags are not tried again where that would end the same way", async () => {
    world.purge = () => ({ kind: "failed", error: "the purge was answered 403", again: false });
    await accepted();
    await world.clock.pass(30 * SECOND);
    expect(world.purges).toHaveLength(1);
  });

  test("cache tags stay pending while the worker's lease is unsure, and are not tried further once it is", async () => {
    const layer = await world.readLayer(LAYER);
    expect(await purgeAfter(world.deps(), layer, { mayCall: () => false })).toEqual({ kind: "left" });
    expect(world.purges).toEqual([]);
    let sure = true;
    world.purge = () => {
      sure = false;
      return { kind: "failed", error: "the purge was answered 503", again: true };
    };
    const purging = purgeAfter(world.deps(), layer, { mayCall: () => sure });
    await world.clock.pass(10 * SECOND);
    expect(await purging).toMatchObject({ kind: "done", purge: { outcome: "failed" } });
    expect(world.purges).toHaveLength(1);
  });
});

describe("a layer without sites", () => {
  test("a layer without sites purges its tags after a change, without any build", async () => {
    await world.layer(LAYER, ["a"], [], { cachePurge: { tags: ["posts"] } });
    world.jobs.set("https://jobs.test/a", () => answer(200, { version: "1" }));
    const { syncId } = await accepted();
    await world.clock.pass(10 * SECOND);
    expect(world.purges).toEqual([{ tags: ["posts"], siteId: null, deadline: 4000, at: expect.any(Number) }]);
    expect(await record(syncId)).toEqual({ outcome: "purged", tags: 1 });
    await accepted();
    await world.clock.pass(10 * SECOND);
    expect(world.purges).toHaveLength(1);
  });

  test("a layer without sites and sources purges with every delivery that counts", async () => {
    await world.layer(LAYER, [], [], { cachePurge: { tags: ["posts"] } });
    await accepted();
    await world.clock.pass(10 * SECOND);
    expect(world.purges).toHaveLength(1);
  });

  test("a layer without sites has no purge pending once its tags were removed", async () => {
    await world.layer(LAYER, ["a"], [], { cachePurge: { tags: ["posts"] } });
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
    await updateLayer(
      world.deps(),
      LAYER,
      (layer) =>
        layer?.kind === "layer"
          ? { kind: "write", document: { ...layer, cachePurge: null }, result: null }
          : { kind: "keep", result: null },
      { budget: 1000, attempts: 1, polite: false },
    );
    await accepted();
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.purges).toEqual([]);
  });
});
