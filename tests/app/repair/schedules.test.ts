import { beforeEach, describe, expect, test } from "vitest";
import type { OutgoingAnswer } from "../../../src/app/deps.ts";
import { addLayer, configureLayer, deleteLayer } from "../../../src/app/manage/layers.ts";
import { addSite } from "../../../src/app/manage/sites.ts";
import { createWebhook, removeWebhook } from "../../../src/app/manage/webhooks.ts";
import { publish } from "../../../src/app/receive/publish.ts";
import { reportBack } from "../../../src/app/receive/reportBack.ts";
import { checkHealth } from "../../../src/app/repair/health.ts";
import { work } from "../../../src/app/worker/work.ts";
import { DAY, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { endStatus, siteError } from "../../../src/core/slot/ending.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { layerKey, siteKey } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import { answer, OWNER, World } from "../world.ts";

/** Schedules that once lost time, a build or a source; each is told as the law it broke. */
let world: World;
const LAYER = "layer-one";
const SITE = "site-one";
const source = (slug: string, timeoutSeconds = 900) => ({
  slug,
  type: "http" as const,
  url: `https://jobs.test/${slug}`,
  timeoutSeconds,
});

const accepted = async (...args: Parameters<World["publish"]>) => {
  const published = await world.publish(...args);
  if (published.kind !== "accepted") throw new Error(`not accepted: ${published.kind}`);
  return published;
};
const during = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  await world.clock.pass(ms);
  return work;
};
const says = (body: object): OutgoingAnswer => ({
  kind: "answer",
  status: 200,
  location: null,
  retryAfter: null,
  text: JSON.stringify(body),
});
const fenceOf = (slug: string): number => world.posts(slug).at(-1)?.fencingToken ?? 0;

beforeEach(() => {
  world = new World();
  world.jobs.set(`https://hooks.test/${SITE}`, () => answer(200));
});

describe("what is pending does not wait for a tick", () => {
  test("a pending sync needs no tick when the job before it reports within the second in which it was filled", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", () => answer(202));
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    await accepted(LAYER);
    await world.clock.pass(400);
    const deps = world.deps();
    const claims = { layerId: LAYER, syncId, slug: "a", fence: fenceOf("a") };
    const reported = await during(0, reportBack(deps, claims, "{}"));
    expect(reported).toEqual({ kind: "recorded", wake: true });
    await deps.wake({ kind: "layer", id: LAYER });
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(2);
  });

  test.each([600, 4900])(
    "a pending sync needs no tick when the clock of its filler is %i ms ahead of its worker's",
    async (ahead) => {
      await world.layer(LAYER, ["a"]);
      world.jobs.set("https://jobs.test/a", () => answer(200));
      const deps = world.deps();
      const skewed = { ...deps, clock: { ...deps.clock, now: () => world.clock.now + ahead } };
      const selectors = { header: null, query: null, alias: null };
      const delivery = { layerId: LAYER, webhookId: null, selectors, body: null, receivedAt: world.clock.now + ahead };
      const published = await during(0, publish(skewed, delivery));
      expect(published).toMatchObject({ wake: true });
      await deps.wake({ kind: "layer", id: LAYER });
      await world.clock.pass(10 * SECOND);
      expect(world.posts("a")).toHaveLength(1);
    },
  );

  test("a pending sync needs no tick when it was filled just before a run's last write, whose reply was lost", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", world.slow(3000, answer(200)));
    await accepted(LAYER);
    await world.clock.pass(3600);
    const write = world.memory.write.bind(world.memory);
    let lost = false;
    world.memory.write = async (key, text, expected) => {
      const written = await write(key, text, expected);
      if (!lost && key === layerKey(LAYER) && JSON.parse(text).slot.running === null) {
        lost = true;
        throw new StoreUnavailable("the reply was lost");
      }
      return written;
    };
    await accepted(LAYER);
    await world.clock.pass(MINUTE);
    expect(lost).toBe(true);
    expect(world.posts("a")).toHaveLength(2);
  });

  test("a pending sync needs no tick when the archive was unreachable for so long that no record has room", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", () => answer(200));
    world.storeFails = (op, key) => op === "write" && (key.startsWith("syncs/") || key.startsWith("audit/"));
    for (let i = 0; i < 70; i += 1) {
      await accepted(LAYER);
      await world.clock.pass(3 * SECOND);
    }
    expect((await world.readLayer(LAYER)).slot.pending).not.toBeNull();
    world.storeFails = () => false;
    await world.tick();
    await world.clock.pass(10 * SECOND);
    const { slot, owed } = await world.readLayer(LAYER);
    expect([slot.pending, owed]).toEqual([null, []]);
  });
});

describe("no document grows beyond its bounds", () => {
  const slugs = "abcdefghijklmnopqr".split("");
  const long = { message: "x".repeat(60_000), version: "y".repeat(60_000) };

  test("a document stays within its bounds when many jobs have much to say while another still runs", async () => {
    await world.layer(LAYER, slugs);
    for (const slug of slugs) world.jobs.set(`https://jobs.test/${slug}`, () => says(long));
    world.jobs.set("https://jobs.test/r", world.slow(60_000, answer(200)));
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(2 * MINUTE);
    const record = await world.record(LAYER, syncId);
    expect(Object.values(record?.parts ?? {}).map(({ status }) => status)).toEqual(slugs.map(() => "succeeded"));
    expect(world.posts("a")).toHaveLength(1);
  });

  test("a document stays within its bounds when many jobs report much by themselves", async () => {
    await world.layer(LAYER, slugs);
    for (const slug of slugs) world.jobs.set(`https://jobs.test/${slug}`, () => answer(202));
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(5 * SECOND);
    const fence = fenceOf("a");
    for (const slug of slugs) {
      const claims = { layerId: LAYER, syncId, slug, fence };
      expect((await reportBack(world.deps(), claims, JSON.stringify(long))).kind).toBe("recorded");
    }
  });

  test("a paused build layer that gets one label after another builds in the end, whatever the labels were", async () => {
    await world.site(SITE);
    await world.layer(LAYER, [], [SITE]);
    await during(
      10,
      configureLayer(world.deps(), OWNER, LAYER, { paused: true }, true, () => true),
    );
    for (let i = 0; i < 40; i += 1) {
      const header = Array.from({ length: 20 }, (_, k) => `l${i}-${k}-`.padEnd(64, "x")).join(",");
      await accepted(LAYER, { header });
    }
    expect((await world.readLayer(LAYER)).slot.pending).toMatchObject({ all: true });
    expect((await world.memory.read(layerKey(LAYER)))?.text.length).toBeLessThan(20_000);
  });
});

describe("a broken document does not delay the others", () => {
  test("a site whose document is damaged is left out, and its layers go on", async () => {
    await world.site(SITE);
    await world.layer(LAYER, ["a"], [SITE]);
    world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
    const found = await world.memory.read(siteKey(SITE));
    const damaged = JSON.stringify({ ...JSON.parse(found?.text ?? "{}"), slot: 1 });
    await world.memory.write(siteKey(SITE), damaged, found?.etag ?? null);
    const first = await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    expect(world.posts("a")).toHaveLength(2);
    const record = await world.record(LAYER, first.syncId);
    expect(record?.sites).toEqual([expect.objectContaining({ outcome: "missing", unreadable: true })]);
    expect(record?.sites.map(siteError)).toEqual([`Site ${SITE} was not built: its stored document is damaged.`]);
    expect(record && endStatus(record)).toBe("failed");
    expect((await world.memory.read(siteKey(SITE)))?.text).toBe(damaged);
  });

  test("a store that fails at once is not asked a hundred times a second", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", world.slow(120_000, answer(200)));
    await accepted(LAYER);
    await world.clock.pass(2 * SECOND);
    const { reads } = world.counts;
    world.storeFails = () => true;
    await world.clock.pass(40 * SECOND);
    expect(world.counts.reads - reads).toBeLessThan(200);
  });

  test("a site that a later release has written waits for a worker that can read it; its build stays owed", async () => {
    await world.site(SITE);
    await world.layer(LAYER, [], [SITE]);
    const key = siteKey(SITE);
    const older = await world.memory.read(key);
    const newer = (older?.text ?? "").replace('"v":1', '"v":2');
    await world.memory.write(key, newer, older?.etag ?? null);
    await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    expect((await world.readLayer(LAYER)).slot.build).not.toBeNull();
    // A worker of the later release comes: what it wrote is what it reads.
    await world.memory.write(key, older?.text ?? "", (await world.memory.read(key))?.etag ?? null);
    await world.clock.pass(MINUTE);
    await world.tick();
    await world.clock.pass(10 * SECOND);
    expect(world.builds(SITE)).toHaveLength(1);
    expect((await world.readLayer(LAYER)).slot.build).toBeNull();
  });

  test("a store that hangs does not keep calls open beyond the lease", async () => {
    await world.layer(LAYER, ["a"]);
    let ended = 0;
    world.jobs.set(
      "https://jobs.test/a",
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            ended = world.clock.now;
            resolve({ kind: "silence", error: "aborted" });
          });
        }),
    );
    const depsOf = world.deps.bind(world);
    let hangs = false;
    world.deps = (instance) => {
      const deps = depsOf(instance);
      const read = async (key: string) => {
        if (hangs) {
          await new Promise<void>((resolve) => world.clock.timer(4 * SECOND, resolve));
          throw new StoreUnavailable("timed out");
        }
        return deps.store.read(key);
      };
      return { ...deps, store: { ...deps.store, read } };
    };
    await accepted(LAYER);
    await world.clock.pass(1500);
    const startedAt = (await world.readLayer(LAYER)).slot.running?.startedAt ?? 0;
    hangs = true;
    await world.clock.pass(80 * SECOND);
    expect(ended).toBeGreaterThan(startedAt);
    expect(ended - startedAt).toBeLessThanOrEqual(30 * SECOND);
  });

  test("a damaged hint of the drain heals at the next tick", async () => {
    await world.layer(LAYER, ["a"]);
    await world.memory.write("hints/drain", "{", null);
    await world.tick();
    expect(JSON.parse((await world.memory.read("hints/drain"))?.text ?? "")).toHaveProperty("seen");
  });
});

describe("what a job says is taken as it is meant", () => {
  test("a Location that may not be called has failed at once, in its own words", async () => {
    await world.layer(LAYER, ["a"]);
    const error = "not called: its URL must begin with https://";
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: "http://jobs.test/jobs/7" }));
    world.jobs.set("http://jobs.test/jobs/7", () => ({ kind: "silence", error, refused: true }));
    await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    expect((await world.readLayer(LAYER)).slot.retry["a"]).toMatchObject({ error });
  });

  test.each([{ error: { message: "boom" } }, { error: true }, { error: ["x"] }])(
    "an error of any form is a failure: %o",
    async (body) => {
      await world.layer(LAYER, ["a"]);
      world.jobs.set("https://jobs.test/a", () => answer(202));
      const { syncId } = await accepted(LAYER);
      await world.clock.pass(5 * SECOND);
      await reportBack(world.deps(), { layerId: LAYER, syncId, slug: "a", fence: fenceOf("a") }, JSON.stringify(body));
      expect((await world.readLayer(LAYER)).slot.retry["a"]).toBeDefined();
    },
  );

  test("a polled job that ended while nobody looked is asked once more before it counts as timed out", async () => {
    await world.layer(LAYER, []);
    const dataSources = [source("a", 120)];
    await during(
      10,
      configureLayer(world.deps(), OWNER, LAYER, { dataSources }, false, () => true),
    );
    let done = false;
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: "/jobs/7" }));
    world.jobs.set("https://jobs.test/jobs/7", () => (done ? answer(200) : answer(202)));
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(30 * SECOND);
    for (const worker of world.workers) worker.kill();
    done = true;
    await world.clock.pass(5 * MINUTE);
    await world.tick();
    await world.clock.pass(10 * SECOND);
    expect((await world.record(LAYER, syncId))?.parts["a"]).toMatchObject({ status: "succeeded" });
    expect(world.posts("a")).toHaveLength(1);
  });
});

describe("what people change loses nothing", () => {
  test("a labelled delivery is covered also if its build layer gets sources before it is built", async () => {
    await world.site(SITE);
    await world.layer(LAYER, [], [SITE]);
    world.jobs.set("https://jobs.test/cms", () => answer(200));
    world.wakesArrive = false;
    await accepted(LAYER, { header: "blog" });
    const dataSources = [source("cms")];
    await during(
      10,
      configureLayer(world.deps(), OWNER, LAYER, { dataSources }, false, () => true),
    );
    world.wakesArrive = true;
    await world.clock.pass(5 * SECOND);
    await world.tick();
    await world.clock.pass(10 * SECOND);
    expect(world.posts("cms")).toHaveLength(1);
  });

  test("fencing tokens go on rising when the id of a deleted layer is used again, however late", async () => {
    const input = { name: "n", dataSources: [source("a")] };
    world.jobs.set("https://jobs.test/a", () => answer(200));
    const deps = world.deps();
    const added = await during(10, addLayer(deps, OWNER, input, null, false));
    if (added.kind !== "added") throw new Error(added.kind);
    const { id } = added.layer;
    for (let i = 0; i < 3; i += 1) {
      await accepted(id);
      await world.clock.pass(5 * SECOND);
    }
    const before = fenceOf("a");
    await during(10, deleteLayer(deps, OWNER, id));
    await world.tick();
    await world.clock.pass(2 * DAY);
    await world.tick();
    expect((await during(10, addLayer(deps, OWNER, input, id, false))).kind).toBe("added");
    await accepted(id);
    await world.clock.pass(5 * SECOND);
    expect(fenceOf("a")).toBeGreaterThan(before);
  });

  test("a webhook that was deleted while its creator heard no reply does not come back", async () => {
    await world.layer(LAYER, ["a"]);
    const write = world.memory.write.bind(world.memory);
    const keptId = "kept-webhook-id";
    let meddled = false;
    world.memory.write = async (key, text, expected) => {
      const written = await write(key, text, expected);
      if (!meddled && key === layerKey(LAYER) && text.includes(keptId)) {
        meddled = true;
        const deleting = removeWebhook(world.deps(), OWNER, LAYER, keptId);
        expect((await deleting).kind).toBe("deleted");
        throw new StoreUnavailable("the reply was lost");
      }
      return written;
    };
    const created = await during(10 * SECOND, createWebhook(world.deps(), OWNER, LAYER, "CMS", keptId));
    expect(created.kind).toBe("created");
    expect((await world.readLayer(LAYER)).webhooks).toEqual([]);
  });

  test("a record that a busy store refused to create is not taken for archived", async () => {
    await world.layer(LAYER, ["a"]);
    world.jobs.set("https://jobs.test/a", () => answer(200));
    const write = world.memory.write.bind(world.memory);
    let busy = true;
    world.memory.write = async (key, text, expected) =>
      busy && key.startsWith("syncs/") ? { kind: "conflict" } : write(key, text, expected);
    const { syncId } = await accepted(LAYER);
    await world.clock.pass(10 * SECOND);
    expect((await world.readLayer(LAYER)).owed.map(({ id }) => id)).toContain(syncId);
    busy = false;
    await world.tick();
    await world.clock.pass(5 * SECOND);
    expect(await world.record(LAYER, syncId)).not.toBeNull();
  });

  test("a rotation of the secret comes to its end by itself: the former key can be dropped", async () => {
    const [former, current] = ["a".repeat(32), "b".repeat(32)];
    const depsOf = world.deps.bind(world);
    let keys = [former];
    world.deps = (instance) => ({ ...depsOf(instance), sealer: makeSealer(keys) });
    const buildHook = "https://hooks.test/other";
    const site = await during(10, addSite(world.deps(), OWNER, { name: "s", buildHook }));
    keys = [current, former];
    for (let i = 0; i < 61; i += 1) {
      await world.tick();
      await world.clock.pass(MINUTE);
    }
    const place = `site/${site.id}/buildHook`;
    expect(makeSealer([current]).open((await world.readSite(site.id)).buildHook, place)).toBe(buildHook);
  });

  test("a rotation of the secret reaches documents that were seen only by ticks without a whole list", async () => {
    const [former, current] = ["a".repeat(32), "b".repeat(32)];
    const depsOf = world.deps.bind(world);
    let keys = [former];
    world.deps = (instance) => ({ ...depsOf(instance), sealer: makeSealer(keys) });
    const buildHook = "https://hooks.test/other";
    const site = await during(10, addSite(world.deps(), OWNER, { name: "s", buildHook }));
    world.storeFails = (op, key) => op === "list" && key.startsWith("layers/");
    await world.tick();
    world.storeFails = () => false;
    keys = [current, former];
    expect((await checkHealth(world.deps())).sealing.status).toBe("rotating");
    await world.tick();
    await world.clock.pass(MINUTE);
    const place = `site/${site.id}/buildHook`;
    expect(makeSealer([current]).open((await world.readSite(site.id)).buildHook, place)).toBe(buildHook);
  });
});

test("a worker never throws, whatever it meets: a background function that throws is run again by the platform", async () => {
  await world.layer(LAYER, ["a"]);
  await accepted(LAYER);
  const deps = world.deps();
  const broken = {
    ...deps,
    ids: {
      ...deps.ids,
      timeOrdered: () => {
        throw new TypeError("a defect");
      },
    },
  };
  await during(10 * SECOND, work(broken, { kind: "layer", id: LAYER }, 14 * MINUTE));
  expect(world.facts).toContainEqual(expect.objectContaining({ kind: "trouble", error: "TypeError: a defect" }));
});
