import { beforeEach, describe, expect, test } from "vitest";
import { reportBack } from "../../../src/app/receive/reportBack.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import { answer, World } from "../world.ts";

let world: World;
const LAYER = "layer-one";
const SITE = "site-one";

const accepted = async (...args: Parameters<World["publish"]>) => {
  const published = await world.publish(...args);
  if (published.kind !== "accepted") throw new Error(`not accepted: ${published.kind}`);
  return published;
};

beforeEach(async () => {
  world = new World();
  world.jobs.set(`https://hooks.test/${SITE}`, () => answer(200));
});

describe("from a publish to a build", () => {
  beforeEach(async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a", "b"], [SITE]);
    for (const slug of ["a", "b"])
      world.jobs.set(`https://jobs.test/${slug}`, world.slow(2000, answer(200, { changed: true })));
  });

  test("one publish is one sync of every source and one build, and everything comes to rest", async () => {
    const { syncId, outcome } = await accepted(LAYER);
    expect(outcome).toBe("queued");
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.posts("b")).toHaveLength(1);
    expect(world.builds(SITE)).toHaveLength(1);
    const record = await world.record(LAYER, syncId);
    expect(record && endStatus(record)).toBe("succeeded");
    expect(record?.sites).toEqual([expect.objectContaining({ siteId: SITE, outcome: "queued" })]);
    const { slot, owed } = await world.readLayer(LAYER);
    expect(slot).toMatchObject({ pending: null, running: null, build: null, retry: {}, open: {} });
    expect(owed).toEqual([]);
    expect((await world.readSite(SITE)).slot).toMatchObject({ pending: null, running: null });
  });

  test("a burst of thirty in a blink costs one sync, one build and one write", async () => {
    const before = world.counts.writes;
    const burst = Promise.all(Array.from({ length: 30 }, () => accepted(LAYER)));
    await world.clock.pass(500);
    const outcomes = await burst;
    const after = world.counts.writes;
    expect(new Set(outcomes.map(({ syncId }) => syncId)).size).toBe(1);
    expect(outcomes.filter(({ outcome }) => outcome === "queued")).toHaveLength(1);
    const document = await world.readLayer(LAYER);
    expect(document.slot.pending?.deliveries).toBe(1);
    // Every one of them lost or won the same race; the losers' attempts are refused by the store, not written.
    expect(document.rev).toBe(2);
    expect(after - before).toBeLessThanOrEqual(30);
    await world.clock.pass(20 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.builds(SITE)).toHaveLength(1);
  });

  test("a worker whose syncs fill a site's slot twice works the slot once at a time, and ends with its last build", async () => {
    world.jobs.set("https://jobs.test/a", world.slow(5 * SECOND, answer(200, { changed: true })));
    let answeredAt = 0;
    world.jobs.set(`https://hooks.test/${SITE}`, (request) => {
      answeredAt = world.clock.now + 8 * SECOND;
      return world.slow(8 * SECOND, answer(200))(request, world);
    });
    await accepted(LAYER);
    await world.clock.pass(3 * SECOND);
    await accepted(LAYER);
    await world.clock.pass(2 * MINUTE);
    expect([world.workers.length, world.builds(SITE).length]).toEqual([1, 2]);
    expect(world.shifts[0]?.to).toBeLessThanOrEqual(answeredAt + SECOND);
  });

  test("a delivery during a sync waits for one following sync, which calls every source it named", async () => {
    await accepted(LAYER);
    await world.clock.pass(1500);
    expect(world.posts("a")).toHaveLength(1);
    const first = await accepted(LAYER, { header: "a", body: '{"id":1}' });
    const second = await accepted(LAYER, { header: "b" });
    expect(second).toMatchObject({ syncId: first.syncId, outcome: "coalesced", scope: ["a", "b"] });
    await world.clock.pass(20 * SECOND);
    expect(world.posts("a")[1]).toMatchObject({ full: false, webhookBody: { id: 1 }, syncId: first.syncId });
    expect(world.posts("b")[1]).toMatchObject({ full: false, webhookBody: {} });
    expect(world.posts("a")).toHaveLength(2);
    expect(world.posts("b")).toHaveLength(2);
    expect(world.builds(SITE)).toHaveLength(2);
  });

  test("a source that says that nothing changed builds nothing", async () => {
    for (const slug of ["a", "b"]) world.jobs.set(`https://jobs.test/${slug}`, () => answer(200, { changed: false }));
    await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.builds(SITE)).toHaveLength(0);
  });

  test("a delivery kept with a body reaches the job byte for byte, also numbers that JavaScript cannot hold", async () => {
    await accepted(LAYER, { header: "a", body: '{"n":1e400,"deep":[[[1.10]]]}' });
    await world.clock.pass(10 * SECOND);
    const [call] = world.calls.filter(({ url }) => url.endsWith("/a"));
    expect(call?.body).toContain('"webhookBody":{"n":1e400,"deep":[[[1.10]]]}}');
    expect(call?.headers["idempotency-key"]).toBe(call?.headers["webhook-id"]);
  });
});

describe("failing sources", () => {
  beforeEach(async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a", "b"], [SITE]);
    world.jobs.set("https://jobs.test/a", () => answer(500));
    world.jobs.set("https://jobs.test/b", () => answer(200, { changed: true }));
  });

  test("a failed source is tried again alone after 1, 2, 4 and 8 minutes, then given up on record", async () => {
    const { syncId } = await accepted(LAYER);
    for (let tick = 0; tick < 30; tick += 1) {
      await world.clock.pass(MINUTE);
      await world.tick();
    }
    expect(world.posts("a").map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    expect(world.posts("b")).toHaveLength(1);
    expect(world.builds(SITE)).toHaveLength(1);
    const record = await world.record(LAYER, syncId);
    expect(record && endStatus(record)).toBe("failed");
    expect(record?.parts["a"]).toMatchObject({ status: "failed", attempts: 5, error: "the job answered 500" });
    expect(record?.parts["b"]).toMatchObject({ status: "succeeded" });
    const keys = world.calls.filter(({ url }) => url.endsWith("/a")).map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(5);
  });

  test("newer deliveries run without delay while a source waits for its retry, and take over the retry", async () => {
    const first = await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    const second = await accepted(LAYER, { header: "b" });
    await world.clock.pass(5 * SECOND);
    expect(world.posts("b")).toHaveLength(2);
    expect(world.posts("a")).toHaveLength(1);
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
    const third = await accepted(LAYER, { header: "a" });
    await world.clock.pass(5 * SECOND);
    expect(world.posts("a")[1]).toMatchObject({
      syncId: third.syncId,
      full: true,
      attempt: 2,
      trigger: { type: "webhook" },
    });
    const superseded = await world.record(LAYER, first.syncId);
    expect(superseded && endStatus(superseded)).toBe("superseded");
    expect(superseded?.parts["a"]?.supersededBy).toBe(third.syncId);
    expect(await world.record(LAYER, second.syncId)).not.toBeNull();
  });

  test("a source whose answer never came is built at its next answer, even if that says that nothing changed", async () => {
    world.jobs.set("https://jobs.test/b", () => answer(200, { changed: false }));
    world.jobs.set("https://jobs.test/a", () => ({ kind: "silence", error: "timed out" }));
    await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    expect(world.builds(SITE)).toHaveLength(0);
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: false }));
    await world.clock.pass(MINUTE);
    await world.tick();
    await world.clock.pass(10 * SECOND);
    expect(world.builds(SITE)).toHaveLength(1);
    await accepted(LAYER, { header: "a" });
    await world.clock.pass(10 * SECOND);
    expect(world.builds(SITE)).toHaveLength(1);
  });
});

describe("crashes", () => {
  test("a crashed worker's sources are taken over together with the pending sync, without what had ended", async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a", "b", "c"], [SITE]);
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
    world.jobs.set("https://jobs.test/b", world.slow(60_000, answer(200)));
    world.jobs.set("https://jobs.test/c", world.slow(60_000, answer(200)));
    const first = await accepted(LAYER);
    await world.clock.pass(12 * SECOND);
    for (const worker of world.workers) worker.kill();
    const second = await accepted(LAYER, { header: "c" });
    await world.clock.pass(36 * SECOND);
    await world.tick();
    await world.clock.pass(90 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.posts("b").map(({ syncId }) => syncId)).toEqual([first.syncId, first.syncId]);
    expect(world.posts("c").map(({ syncId }) => syncId)).toEqual([first.syncId, second.syncId]);
    expect(world.builds(SITE).length).toBeGreaterThanOrEqual(1);
    expect((await world.readLayer(LAYER)).slot).toMatchObject({ pending: null, running: null, retry: {}, open: {} });
  });

  test("a frozen worker that wakes after its run was taken over records nothing and claims nothing", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", world.slow(3000, answer(200, { version: "one" })));
    await accepted(LAYER);
    await world.clock.pass(2 * SECOND);
    const frozen = world.workers[0];
    frozen?.freeze();
    await world.clock.pass(40 * SECOND);
    await world.tick();
    await world.clock.pass(30 * SECOND);
    const before = await world.readLayer(LAYER);
    frozen?.thaw();
    await world.clock.pass(60 * SECOND);
    expect(await world.readLayer(LAYER)).toEqual(before);
    expect(world.posts("a")).toHaveLength(2);
    expect(world.facts).toContainEqual(expect.objectContaining({ kind: "trouble", error: "lost" }));
  });

  test("a polled job is not started twice: its next worker goes on polling it", async () => {
    await world.layer(LAYER, ["a"]);
    let done = false;
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: "/jobs/7" }));
    world.jobs.set("https://jobs.test/jobs/7", () => (done ? answer(200, { changed: true }) : answer(202)));
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    for (const worker of world.workers) worker.kill();
    await world.clock.pass(40 * SECOND);
    await world.tick();
    await world.clock.pass(20 * SECOND);
    done = true;
    await world.clock.pass(30 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect((await world.record(LAYER, syncId))?.parts["a"]).toMatchObject({ status: "succeeded" });
  });

  test("a wake that is lost is made up for by the next tick", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", () => answer(200));
    world.wakesArrive = false;
    await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(0);
    world.wakesArrive = true;
    await world.tick();
    await world.clock.pass(5 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
  });

  test("a worker whose renewals fail ends its calls before another may take over", async () => {
    await world.layer(LAYER, ["a"]);
    let ended = 0;
    world.jobs.set(
      "https://jobs.test/a",
      (request) =>
        new Promise((resolve) => {
          request.signal.addEventListener("abort", () => {
            ended = world.clock.now;
            resolve({ kind: "silence", error: "aborted" });
          });
        }),
    );
    await accepted(LAYER);
    await world.clock.pass(2 * SECOND);
    const claimedAt = (await world.readLayer(LAYER)).slot.running?.startedAt ?? 0;
    world.storeFails = (op) => op === "write";
    await world.clock.pass(60 * SECOND);
    expect(ended).toBeGreaterThan(claimedAt);
    expect(ended - claimedAt).toBeLessThanOrEqual(30 * SECOND);
  });
});

describe("jobs that report by themselves", () => {
  beforeEach(async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a"], [SITE]);
    world.jobs.set("https://jobs.test/a", () => answer(202));
  });

  const claims = async (syncId: string) => ({
    layerId: LAYER,
    syncId,
    slug: "a",
    fence: world.posts("a")[0]?.fencingToken ?? 0,
  });

  test("no worker runs while a job is parked, and its report ends the sync and builds", async () => {
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    expect((await world.readLayer(LAYER)).slot.running).toMatchObject({ by: null });
    const reads = world.counts.reads;
    await world.clock.pass(5 * MINUTE);
    expect(world.counts.reads).toBe(reads);
    const deps = world.deps();
    const reported = await reportBack(deps, await claims(syncId), '{"changed":true,"records":3}');
    expect(reported).toEqual({ kind: "recorded", wake: true });
    await deps.wake({ kind: "layer", id: LAYER });
    await world.clock.pass(5 * SECOND);
    expect(world.builds(SITE)).toHaveLength(1);
    expect((await world.record(LAYER, syncId))?.parts["a"]).toMatchObject({ status: "succeeded", records: 3 });
    expect(await reportBack(deps, await claims(syncId), "{}")).toEqual({ kind: "closed" });
  });

  test("a parked job survives the death of every worker and is not started again", async () => {
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    for (const worker of world.workers) worker.kill();
    for (let tick = 0; tick < 5; tick += 1) {
      await world.clock.pass(MINUTE);
      await world.tick();
    }
    expect(world.posts("a")).toHaveLength(1);
    expect(await reportBack(world.deps(), await claims(syncId), "{}")).toMatchObject({ kind: "recorded" });
  });

  test("a job that never reports has failed when its time is over, and is tried again", async () => {
    await accepted(LAYER);
    for (let tick = 0; tick < 18; tick += 1) {
      await world.clock.pass(MINUTE);
      await world.tick();
    }
    expect(world.posts("a").map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("an error that a job reports counts as a failed try", async () => {
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    await reportBack(world.deps(), await claims(syncId), '{"error":"the CMS said no"}');
    expect((await world.readLayer(LAYER)).slot.retry["a"]).toMatchObject({ tries: 1, error: "the CMS said no" });
  });
});

describe("sites", () => {
  test("two layers that share a site have one build running and one pending, which names both causes", async () => {
    await world.site(SITE);
    await world.layer("layer-x1", [], [SITE]);
    await world.layer("layer-x2", [], [SITE]);
    world.jobs.set(`https://hooks.test/${SITE}`, world.slow(15_000, answer(200)));
    await accepted("layer-x1");
    await world.clock.pass(5 * SECOND);
    expect(world.builds(SITE)).toHaveLength(1);
    await accepted("layer-x1");
    await accepted("layer-x2");
    await world.clock.pass(5 * SECOND);
    const { slot } = await world.readSite(SITE);
    expect(slot.running).not.toBeNull();
    expect(slot.pending?.causes?.map(({ dataLayerId }) => dataLayerId).sort()).toEqual(["layer-x1", "layer-x2"]);
    await world.clock.pass(60 * SECOND);
    expect(world.builds(SITE)).toHaveLength(2);
    expect(new URL(world.builds(SITE)[1]?.url ?? "").searchParams.get("trigger_title")).toMatch(/Layer layer-x/);
  });

  test("a build hook that fails is tried again by itself; the layer goes on", async () => {
    await world.site(SITE);
    await world.layer("layer-x1", [], [SITE]);
    world.jobs.set(`https://hooks.test/${SITE}`, () => answer(503));
    const { syncId } = await accepted("layer-x1");
    await world.clock.pass(5 * SECOND);
    expect(await world.record("layer-x1", syncId)).not.toBeNull();
    world.jobs.set(`https://hooks.test/${SITE}`, () => answer(200));
    await world.clock.pass(MINUTE);
    await world.tick();
    await world.clock.pass(5 * SECOND);
    expect(world.builds(SITE)).toHaveLength(2);
    expect((await world.readSite(SITE)).slot.retry).toEqual({});
  });

  test("a worker that dies between a change and its build leaves the build to the next one", async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a"], [SITE]);
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
    world.storeFails = (op, key) => op === "read" && key === `sites/${SITE}`;
    await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    for (const worker of world.workers) worker.kill();
    world.storeFails = () => false;
    await world.clock.pass(40 * SECOND);
    await world.tick();
    await world.clock.pass(5 * SECOND);
    expect(world.posts("a")).toHaveLength(1);
    expect(world.builds(SITE)).toHaveLength(1);
  });
});

describe("long syncs", () => {
  test("a worker near its time limit hands a polled job over and its successor goes on", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: "https://jobs.test/jobs/7" }));
    let polls = 0;
    world.jobs.set("https://jobs.test/jobs/7", () => {
      polls += 1;
      return polls > 40 ? answer(200) : answer(202);
    });
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(14 * MINUTE + 30 * SECOND);
    expect(world.facts.some(({ kind }) => kind === "run.handed-over")).toBe(false);
    expect(world.posts("a")).toHaveLength(1);
    expect(await world.record(LAYER, syncId)).not.toBeNull();
  });

  test("a shift that ends in the middle of a polled job is followed by another at once", async () => {
    await world.layer(LAYER, ["a"]);
    world.wakesArrive = false;
    let done = false;
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: "https://jobs.test/jobs/7" }));
    world.jobs.set("https://jobs.test/jobs/7", () => (done ? answer(200) : answer(202)));
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(2 * SECOND);
    world.work({ kind: "layer", id: LAYER }, 7 * MINUTE);
    world.wakesArrive = true;
    await world.clock.pass(8 * MINUTE);
    expect(world.facts.filter(({ kind }) => kind === "run.handed-over")).toHaveLength(1);
    done = true;
    await world.clock.pass(MINUTE);
    expect(world.posts("a")).toHaveLength(1);
    expect((await world.record(LAYER, syncId))?.parts["a"]).toMatchObject({ status: "succeeded", attempts: 1 });
  });
});
