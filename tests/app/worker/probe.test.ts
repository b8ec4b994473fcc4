import { beforeEach, describe, expect, test } from "vitest";
import { requestByHand } from "../../../src/app/manage/syncs.ts";
import { drain } from "../../../src/app/repair/drain.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { ProbeSource } from "../../../src/core/layer/source.ts";
import { CATCH_UP_WITHIN } from "../../../src/core/slot/check.ts";
import { layerKey, syncsPrefix } from "../../../src/store/keys.ts";
import { answer, Instance, OWNER, World } from "../world.ts";

const LAYER = "layer-one";
const FEED = "https://cms.test/feed";
const TICK = 5 * MINUTE;

let world: World;
/** What the CMS serves now. */
let served: unknown;
/** When it was asked (ms since the test began). */
let asked: number[];
let began: number;

const probe = (more: Partial<ProbeSource> = {}): ProbeSource => ({
  slug: "cms",
  name: "CMS",
  type: "probe",
  url: FEED,
  ...more,
});

const serve = (): void => {
  world.jobs.set(FEED, () => {
    asked.push(world.clock.now - began);
    return answer(200, served);
  });
};

beforeEach(async () => {
  world = new World();
  served = { edition: 1 };
  asked = [];
  began = world.clock.now;
  serve();
  world.jobs.set("https://hooks.test/site", () => answer(201));
  await world.site("site");
});

/** Time passes, with a tick every five minutes. */
const live = async (ms: number): Promise<void> => {
  for (const end = world.clock.now + ms; world.clock.now < end; ) {
    await world.clock.pass(Math.min(TICK - ((world.clock.now - began) % TICK), end - world.clock.now));
    if ((world.clock.now - began) % TICK === 0) await world.tick();
  }
};

/** A layer whose probe has been built with what is served now. */
const built = async (more: Partial<ProbeSource> = {}): Promise<void> => {
  await world.layer(LAYER, [], ["site"], { sources: [probe(more)] });
  await world.publish(LAYER);
  await world.clock.pass(MINUTE);
  expect(world.builds("site")).toHaveLength(1);
  asked = [];
  began = world.clock.now;
};

const builds = (): number => world.builds("site").length - 1;
const seconds = (): number[] => asked.map((ms) => Math.round(ms / SECOND));
const lastPart = async () => (await world.records(LAYER)).at(-1)?.parts["cms"];

describe("after a webhook", () => {
  test("a changed answer is built at once and confirmed", async () => {
    await built();
    served = { edition: 2 };
    await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    expect(seconds()).toEqual([1]);
    expect(builds()).toBe(1);
    expect(await lastPart()).toMatchObject({ status: "succeeded", changed: true, freshness: "confirmed" });
  });

  test("an unchanged answer is asked for again after 5, 15 and 40 seconds, and then the webhook is believed", async () => {
    await built();
    await world.publish(LAYER);
    await world.clock.pass(40 * SECOND);
    expect(builds()).toBe(0);
    await world.clock.pass(10 * SECOND);
    expect(seconds()).toEqual([1, 6, 16, 41]);
    expect(builds()).toBe(1);
    expect(await lastPart()).toMatchObject({ changed: true, freshness: "unconfirmed" });
  });

  test.each([
    [3, [1, 6]],
    [10, [1, 6, 16]],
    [20, [1, 6, 16, 41]],
  ])("the first changed answer wins: served %i seconds late", async (late, asks) => {
    await built();
    world.clock.timer(late * SECOND, () => {
      served = { edition: 2 };
    });
    await world.publish(LAYER);
    await world.clock.pass(MINUTE);
    expect(seconds()).toEqual(asks);
    expect(builds()).toBe(1);
    expect(await lastPart()).toMatchObject({ changed: true, freshness: "confirmed" });
  });

  test("a CMS that fails while it is asked again has not changed its first answer", async () => {
    await built();
    await world.publish(LAYER);
    await world.clock.pass(3 * SECOND);
    world.jobs.set(FEED, () => answer(503));
    await world.clock.pass(MINUTE);
    expect(builds()).toBe(1);
    expect(await lastPart()).toMatchObject({ attempts: 1, freshness: "unconfirmed" });
  });

  test("a change that shows later than that is built with the next check, or the next delivery", async () => {
    await built({ checkEvery: "15m" });
    await world.publish(LAYER);
    await world.clock.pass(MINUTE);
    expect(builds()).toBe(1);
    served = { edition: 2 };
    await live(20 * MINUTE);
    expect(builds()).toBe(2);
  });

  test("a worker that dies while it waits is taken over, and the announcement with it", async () => {
    await built();
    await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    world.workers.at(-1)?.kill();
    served = { edition: 2 };
    await world.clock.pass(40 * SECOND);
    await world.tick();
    await world.clock.pass(10 * SECOND);
    expect(builds()).toBe(1);
    expect(await lastPart()).toMatchObject({ attempts: 2, freshness: "confirmed" });
  });

  test("a delivery makes only the named probes expect a change", async () => {
    const two = [probe(), probe({ slug: "shop" })];
    await world.layer(LAYER, [], ["site"], { sources: two });
    await world.publish(LAYER);
    await world.clock.pass(MINUTE);
    await requestByHand(world.deps(), OWNER, LAYER, null);
    await world.publish(LAYER, { header: "shop" });
    await world.work({ kind: "layer", id: LAYER });
    await world.clock.pass(MINUTE);
    const [, second] = await world.records(LAYER);
    expect(second?.parts).toMatchObject({
      cms: { changed: false, freshness: "confirmed" },
      shop: { changed: true, freshness: "unconfirmed" },
    });
  });
});

describe("by hand", () => {
  test("an unchanged answer is asked for once and builds nothing", async () => {
    await built();
    await requestByHand(world.deps(), OWNER, LAYER, null);
    world.work({ kind: "layer", id: LAYER });
    await world.clock.pass(2 * MINUTE);
    expect(asked).toHaveLength(1);
    expect(builds()).toBe(0);
    expect(await lastPart()).toMatchObject({ changed: false, freshness: "confirmed" });
  });

  test("a first answer is built: nobody knows what the sites show", async () => {
    await world.layer(LAYER, [], ["site"], { sources: [probe()] });
    await requestByHand(world.deps(), OWNER, LAYER, null);
    world.work({ kind: "layer", id: LAYER });
    await world.clock.pass(MINUTE);
    expect(world.builds("site")).toHaveLength(1);
  });
});

describe("a check", () => {
  test.each([
    ["15m", 96],
    ["1h", 24],
    ["6h", 4],
    ["24h", 1],
  ] as const)(
    "every %s is %i looks a day, although a tick comes every five minutes only",
    async (checkEvery, looks) => {
      await built({ checkEvery });
      await live(DAY);
      const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
      expect([looks, looks + 1]).toContain(asked.length);
      const every = DAY / looks;
      for (const gap of gaps) expect(Math.abs(gap - every)).toBeLessThanOrEqual(TICK);
    },
  );

  test("a check that finds nothing new builds nothing and leaves no record", async () => {
    await built({ checkEvery: "15m" });
    await live(6 * HOUR);
    expect(asked.length).toBeGreaterThan(20);
    expect(builds()).toBe(0);
    expect(await world.memory.list(syncsPrefix(LAYER))).toHaveLength(1);
    const { slot, owed } = await world.readLayer(LAYER);
    expect([slot.open, owed]).toEqual([{}, []]);
  });

  test("a check finds a change that nobody announced, once, and says why it ran", async () => {
    await built({ checkEvery: "1h" });
    served = { edition: 2 };
    await live(HOUR + 2 * TICK);
    expect(builds()).toBe(1);
    const records = await world.records(LAYER);
    expect(records).toHaveLength(2);
    expect(records[1]).toMatchObject({ trigger: { type: "schedule" }, deliveries: 0, scope: ["cms"] });
    expect(records[1]?.sites).toHaveLength(1);
    await live(3 * HOUR);
    expect(builds()).toBe(1);
  });

  test("a check without an earlier answer only sets the baseline and builds nothing", async () => {
    await world.layer(LAYER, [], ["site"], { sources: [probe({ checkEvery: "1h" })] });
    await live(2 * HOUR);
    expect(world.builds("site")).toHaveLength(0);
    served = { edition: 2 };
    await live(HOUR + TICK);
    expect(world.builds("site")).toHaveLength(1);
  });

  test("a check of a paused layer waits until the layer is resumed", async () => {
    await built({ checkEvery: "15m" });
    const found = await world.memory.read(layerKey(LAYER));
    const document = JSON.parse(found?.text ?? "");
    const paused = { ...document, slot: { ...document.slot, paused: true } };
    await world.memory.write(layerKey(LAYER), JSON.stringify(paused), found?.etag ?? null);
    await live(2 * HOUR);
    expect(asked).toEqual([]);
  });

  test("a check that fails is retried like any other sync, and is on record", async () => {
    await built({ checkEvery: "1h" });
    world.jobs.set(FEED, () => answer(500));
    await live(2 * HOUR);
    const records = await world.records(LAYER);
    expect(records[1]?.parts["cms"]).toMatchObject({ status: "failed", attempts: 5, error: "the URL answered 500" });
    serve();
    served = { edition: 2 };
    await live(2 * HOUR);
    expect(builds()).toBe(1);
  });

  test("a check never delays a delivery: one that comes while it runs is the next sync", async () => {
    await built({ checkEvery: "15m" });
    world.jobs.set(FEED, world.slow(8 * SECOND, answer(200, served)));
    for (let i = 0; i < 4 && (await world.readLayer(LAYER)).slot.running === null; i += 1) await live(TICK);
    expect((await world.readLayer(LAYER)).slot.running).not.toBeNull();
    serve();
    served = { edition: 2 };
    await world.publish(LAYER);
    await world.clock.pass(20 * SECOND);
    expect(builds()).toBe(1);
    const last = (await world.records(LAYER)).at(-1);
    expect(last).toMatchObject({ trigger: { type: "webhook" }, deliveries: 1 });
  });

  test("a check costs two writes and six reads of the store, the ticks before and after it included", async () => {
    await built({ checkEvery: "1h" });
    await live(HOUR + 2 * TICK);
    const looks = asked.length;
    const counts = { ...world.counts };
    const ticks = 12;
    for (let i = 0; i < ticks; i += 1) await live(TICK);
    expect(asked.length - looks).toBe(1);
    // Each tick reads its hint, lists twice and writes the hint. Once in this hour the settings are read.
    const reads = world.counts.reads - counts.reads - ticks;
    const writes = world.counts.writes - counts.writes - ticks;
    expect({ reads: reads - 1, writes }).toEqual({ reads: 6, writes: 2 });
  });
});

describe("what is compared", () => {
  const version = async (body: unknown, pick?: string): Promise<string | undefined> => {
    const one = new World();
    await one.layer(LAYER, [], [], { sources: [probe(pick === undefined ? {} : { pick })] });
    one.jobs.set(FEED, () => ({
      kind: "answer",
      status: 200,
      location: null,
      retryAfter: null,
      text: typeof body === "string" ? body : JSON.stringify(body),
    }));
    await one.publish(LAYER);
    await one.clock.pass(MINUTE);
    const { slot } = await one.readLayer(LAYER);
    return slot.built["cms"] ?? slot.retry["cms"]?.error;
  };

  test("a probe with a pick compares that part alone, whatever the order of its keys", async () => {
    const first = await version({ at: 1, posts: [{ a: 1, b: { c: 2, d: 3 } }] }, "/posts");
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(await version({ posts: [{ b: { d: 3, c: 2 }, a: 1 }], at: 2 }, "/posts")).toBe(first);
    expect(await version({ at: 1, posts: [{ a: 1, b: { c: 2, d: 4 } }] }, "/posts")).not.toBe(first);
    expect(await version({ at: 1, posts: [{ a: 1, b: { c: 2 } }] }, "/posts")).not.toBe(first);
  });

  test("a probe without a pick compares the whole body byte by byte; an empty pick compares the whole document", async () => {
    expect(await version('{"a":1,"b":2}')).not.toBe(await version('{"b":2,"a":1}'));
    expect(await version('{"a":1,"b":2}', "")).toBe(await version('{ "b": 2, "a": 1 }', ""));
    expect(await version("<rss>1</rss>")).not.toBe(await version("<rss>2</rss>"));
  });

  test.each([
    ["/a~1b/0/m~0n", { "a/b": [{ "m~n": 5 }] }],
    ["/null", { null: null }],
    ["/", { "": 1 }],
    ["/list/1", { list: [0, 1] }],
  ])("the pick %s names a value", async (pick, body) => {
    expect(await version(body, pick)).toMatch(/^[\w-]{43}$/);
  });

  test.each([
    ["/posts", { other: 1 }],
    ["/list/01", { list: [0, 1] }],
    ["/list/length", { list: [0, 1] }],
    ["/list/-", { list: [0, 1] }],
    ["/text/0", { text: "abc" }],
    ["/constructor", { a: 1 }],
    ["/null/a", { null: null }],
  ])("the pick %s that finds nothing is a failed attempt that says so", async (pick, body) => {
    expect(await version(body, pick)).toBe(`the answer has nothing at ${pick}`);
  });

  test("a pick from something that is not JSON is a failed try", async () => {
    expect(await version("<html>", "/a")).toBe("the answer is not JSON, so `pick` finds no value");
  });

  test("an answer that is nested too deeply to be compared is a failed try", async () => {
    const deep = `${"[".repeat(50_000)}1${"]".repeat(50_000)}`;
    expect(await version(deep, "")).toBe("the answer is nested too deeply to be compared");
  });

  test.each([
    [404, "the URL answered 404"],
    [302, "the URL answered 302. Layerhook follows no redirects, so enter the URL that the redirect leads to"],
  ])("a probe's answer of %i is a failed attempt", async (status, error) => {
    await world.layer(LAYER, [], [], { sources: [probe()] });
    world.jobs.set(FEED, () => answer(status));
    await world.publish(LAYER);
    await world.clock.pass(5 * SECOND);
    expect((await world.readLayer(LAYER)).slot.retry["cms"]).toMatchObject({ error, tries: 1 });
  });

  test("an answer that is longer than is read is a failed try, not compared by its beginning", async () => {
    await world.layer(LAYER, [], [], { sources: [probe()] });
    world.jobs.set(FEED, ({ maxBytes }) => {
      expect(maxBytes).toBe(1024 * 1024);
      return { kind: "answer", status: 200, location: null, retryAfter: null, text: "x", cut: true };
    });
    await world.publish(LAYER);
    await world.clock.pass(5 * SECOND);
    expect((await world.readLayer(LAYER)).slot.retry["cms"]?.error).toMatch("longer than 1 MB");
  });
});

describe("the request", () => {
  test("a probe's request is a GET for JSON with the source's headers, which may ask for something else", async () => {
    const headers = { authorization: "sealed:Bearer t", accept: "sealed:application/xml" };
    await world.layer(LAYER, [], [], { sources: [probe({ headers })] });
    await world.publish(LAYER);
    await world.clock.pass(5 * SECOND);
    const [sent] = world.calls;
    expect(sent).toMatchObject({ method: "GET", url: FEED });
    expect(sent?.headers).toEqual({ authorization: "Bearer t", accept: "application/xml" });
    expect(sent?.body).toBeUndefined();
  });

  test("a probe's request is not made if a header cannot be opened, and the error says what to do and nothing else", async () => {
    const headers = { authorization: "sealed:Bearer t" };
    await world.layer(LAYER, [], [], { sources: [probe({ headers })] });
    const deps = world.deps.bind(world);
    world.deps = (instance) => {
      const made = deps(instance);
      return { ...made, sealer: { ...made.sealer, open: () => null } };
    };
    await world.publish(LAYER);
    await world.clock.pass(5 * SECOND);
    const error = (await world.readLayer(LAYER)).slot.retry["cms"]?.error;
    expect(error).toBe(
      "a header of the probe cannot be decrypted, because LAYERHOOK_SECRET changed. Enter the headers again",
    );
    expect(world.calls).toEqual([]);
  });
});

describe("after a long silence of the drain", () => {
  const layers = Array.from({ length: 12 }, (_, i) => `layer-${i}`);
  const looked = (): number => world.calls.filter(({ method }) => method === "GET").length;
  const record = async (id: string) => (await world.records(id)).filter(({ trigger }) => trigger.type === "catch-up");

  beforeEach(async () => {
    for (const id of layers) await world.layer(id, [], ["site"], { sources: [probe({ url: `${FEED}/${id}` })] });
    await world.layer("layer-http", ["a"]);
    for (const id of layers) world.jobs.set(`${FEED}/${id}`, () => answer(200, served));
    await live(15 * MINUTE);
  });

  test("each layer with a probe is checked once, at a moment of its own within ten minutes", async () => {
    await world.clock.pass(2 * HOUR);
    began = world.clock.now;
    const before = looked();
    await world.tick();
    const moments = await Promise.all(layers.map(async (id) => (await world.readLayer(id)).slot.catchUp?.at ?? 0));
    expect(new Set(moments).size).toBe(layers.length);
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(began);
    expect(Math.max(...moments)).toBeLessThan(began + CATCH_UP_WITHIN);
    expect((await world.readLayer("layer-http")).slot.catchUp).toBeUndefined();
    await live(CATCH_UP_WITHIN + 2 * TICK);
    expect(looked() - before).toBe(layers.length);
    for (const id of layers) expect(await record(id)).toHaveLength(1);
    await live(3 * HOUR);
    expect(looked() - before).toBe(layers.length);
  });

  test("a long silence of the drain is followed by a check that finds what was published meanwhile", async () => {
    for (const id of layers) await world.publish(id);
    await live(5 * MINUTE);
    const before = world.builds("site").length;
    await world.clock.pass(2 * HOUR);
    served = { edition: 2 };
    began = world.clock.now;
    await world.tick();
    await live(CATCH_UP_WITHIN + 2 * TICK);
    expect(world.builds("site").length).toBeGreaterThan(before);
  });

  test("a layer is read once after a silence, also if it is asked to catch up", async () => {
    await world.clock.pass(2 * HOUR);
    const read: string[] = [];
    world.storeFails = (op, key) => {
      if (op === "read" && key.startsWith("layers/")) read.push(key);
      return false;
    };
    world.wakesArrive = false;
    await world.tick();
    expect(read.toSorted()).toEqual([...new Set(read)].toSorted());
    expect(read.length).toBeGreaterThanOrEqual(layers.length);
  });

  test("a drain that dies midway is repeated harmlessly", async () => {
    await world.clock.pass(2 * HOUR);
    began = world.clock.now;
    const before = looked();
    const instance = new Instance();
    let writes = 0;
    world.storeFails = (op, key) => {
      if (op === "write" && key.startsWith("layers/")) writes += 1;
      if (writes === 3) instance.kill();
      return writes >= 3;
    };
    void drain(world.deps(instance));
    await world.clock.pass(TICK);
    world.storeFails = () => false;
    const marked = async () =>
      (await Promise.all(layers.map((id) => world.readLayer(id)))).map(({ slot }) => slot.catchUp);
    const first = await marked();
    expect(first.filter((mark) => mark !== undefined).length).toBeGreaterThan(0);
    expect(first.filter((mark) => mark === undefined).length).toBeGreaterThan(0);
    await world.tick();
    const second = await marked();
    expect(
      second.every((mark, index) => mark !== undefined && (first[index] === undefined || mark.at === first[index]?.at)),
    ).toBe(true);
    await live(CATCH_UP_WITHIN + 3 * TICK);
    expect(looked() - before).toBe(layers.length);
  });

  test("a drain that cannot reach a layer asks it at the next tick", async () => {
    await world.clock.pass(2 * HOUR);
    began = world.clock.now;
    const before = looked();
    world.storeFails = (op, key) => op === "write" && key === layerKey("layer-3");
    const ticking = world.tick();
    await world.clock.pass(10 * SECOND);
    await ticking;
    world.storeFails = () => false;
    expect((await world.readLayer("layer-3")).slot.catchUp).toBeUndefined();
    await live(CATCH_UP_WITHIN + 3 * TICK);
    expect(looked() - before).toBe(layers.length);
  });

  test("a late tick is no silence", async () => {
    await world.clock.pass(40 * MINUTE);
    await world.tick();
    for (const id of layers) expect((await world.readLayer(id)).slot.catchUp).toBeUndefined();
  });

  test("a delivery is not delayed by a check, and makes the check needless", async () => {
    await world.clock.pass(2 * HOUR);
    world.wakesArrive = false;
    await world.publish("layer-0");
    await world.clock.pass(2 * SECOND);
    world.wakesArrive = true;
    began = world.clock.now;
    const before = looked();
    await world.tick();
    await world.clock.pass(5 * SECOND);
    expect(looked() - before).toBe(1);
    await live(CATCH_UP_WITHIN + 2 * TICK);
    expect(await record("layer-0")).toEqual([]);
  });
});
