import { describe, expect, test } from "vitest";
import { drain } from "../../src/app/repair/drain.ts";
import { digestText } from "../../src/app/worker/digestMessageBody.ts";
import { DAY, HOUR, MINUTE } from "../../src/core/durations.ts";
import type { Settings } from "../../src/core/layer/configureLayer.ts";
import { answer, Instance } from "../app/world.ts";
import { Prng } from "../simulate/world/prng.ts";
import { repetitions } from "../support/repetitions.ts";
import { CHAT, LAYER, SITE, TICK, WatchWorld } from "./watchWorld.ts";

/** The first Monday of the world, at 8:00 UTC. The world begins on a Thursday at midnight. */
const MONDAY = Date.UTC(2026, 0, 5, 8);

const wanting = (events: readonly string[], extra: Partial<Settings> = {}): Partial<Settings> => ({
  notifications: [{ id: "n1", name: "Chat", url: CHAT, urlHint: "…", events: [...events], secret: "whsec_c2VjcmV0" }],
  ...extra,
});

interface ToldWeek {
  readonly id: string;
  readonly at: number;
  readonly since: number;
  readonly until: number;
  readonly publishes: number;
  readonly text: string;
  readonly body: string;
}

/** The digests that arrived, each try. */
const digests = (world: WatchWorld): ToldWeek[] =>
  world.calls
    .filter(({ url }) => url === CHAT)
    .flatMap(({ body = "null", headers }) => {
      const told = JSON.parse(body);
      if (told.type !== "digest.weekly") return [];
      const { publishes, text } = told;
      const [since, until] = [Date.parse(told.since), Date.parse(told.until)];
      return [
        {
          ...{ id: String(headers["webhook-id"]), at: Number(headers["webhook-timestamp"]) },
          ...{ since, until, publishes, text, body },
        },
      ];
    });

/** Lets time pass until a moment, with ticks. */
const until = (world: WatchWorld, at: number) => world.pass(at - world.clock.now);

describe("a weekly digest", () => {
  test("a digest says on Monday what was published and built, how fast, what it cost and what failed", async () => {
    const world = await new WatchWorld().begin("instant", wanting(["digest.weekly"]));
    for (let published = 0; published < 3; published += 1) {
      await world.publish(LAYER);
      await world.pass(HOUR);
    }
    world.jobs.set(`https://hooks.test/${SITE}`, () => answer(404));
    await world.publish(LAYER);
    await world.pass(HOUR);
    await until(world, MONDAY - TICK);
    expect(digests(world)).toEqual([]);
    await until(world, MONDAY + 2 * TICK);
    const [digest, ...more] = digests(world);
    expect(more).toEqual([]);
    expect(digest?.until).toBeGreaterThanOrEqual(MONDAY);
    expect(JSON.parse(digest?.body ?? "null")).toMatchObject({
      type: "digest.weekly",
      publishes: 4,
      builds: 3,
      publishToLive: { p50Seconds: 120, p95Seconds: 120 },
      failures: [{ event: "build.failed", times: 1, last: `Site ${SITE}` }],
      missing: [],
      silentSince: null,
    });
    expect(digest?.text).toMatch(
      /^Layer layer-one, 2026-01-01 to 2026-01-05: 4 publishes, 3 builds, 45 credits\. Half of them were live within 120 s, 95 of 100 within 120 s\. 1 build failed \(last: Site site-web\)\.$/,
    );
  });

  test("a digest of a week in which nothing was published says so, and the next one counts from there", async () => {
    const world = await new WatchWorld().begin("instant", wanting(["digest.weekly"], { silentHours: 48 }));
    await world.publish(LAYER);
    await until(world, MONDAY + 8 * DAY);
    const [first, second] = digests(world);
    expect([first?.publishes, second?.publishes, second?.since]).toEqual([1, 0, first?.until]);
    expect(second?.text).toContain("0 publishes, 0 builds");
    expect(second?.text).toContain("Nothing failed. Nothing was published for 11 days.");
  });

  test("a digest that is due in the quiet hours is sent at their end", async () => {
    const world = await new WatchWorld().begin("instant", wanting(["digest.weekly"], { quietHours: "6-10" }));
    await until(world, MONDAY + 2 * HOUR - TICK);
    expect(digests(world)).toEqual([]);
    await world.pass(3 * TICK);
    expect(digests(world)).toHaveLength(1);
  });

  test("a layer that wants no digest remembers nothing for one, and one that wants it costs a tick no more", async () => {
    const cost = async (events: readonly string[]) => {
      const world = await new WatchWorld().begin("instant", wanting(events));
      await world.publish(LAYER);
      await world.pass(6 * HOUR);
      const { reads, writes } = { ...world.counts };
      await world.pass(TICK);
      const { week } = await world.readLayer(LAYER);
      return { reads: world.counts.reads - reads, writes: world.counts.writes - writes, isKept: week !== undefined };
    };
    const plain = await cost(["sync.failed"]);
    expect(plain.isKept).toBe(false);
    expect(await cost(["digest.weekly"])).toEqual({ ...plain, isKept: true });
  });
});

test("a digest has one word for one and another for more: credits, days and every kind of failure", () => {
  const textOf = (count: number): string => {
    const failures = { "build.held": { times: count, last: "" }, "build.stale": { times: count, last: "" } };
    const made = { publishes: count, builds: count, credits: count, failures, missing: [] };
    const digest = { id: "week", since: MONDAY, until: MONDAY + count * DAY, silentSince: MONDAY, ...made };
    const message = { to: "n1", syncId: "", event: "digest.weekly", since: MONDAY, tries: 0, due: MONDAY, digest };
    return digestText({ name: "Blog" }, message).replace(/^.*? to \S+ /, "");
  };
  expect([textOf(1), textOf(2)]).toEqual([
    "1 publish, 1 build, 1 credit. 1 build held; 1 build did not show on its pages. Nothing was published for 1 day.",
    "2 publishes, 2 builds, 2 credits. 2 builds held; 2 builds did not show on their pages. Nothing was published for 2 days.",
  ]);
});

/** How many histories of five weeks are tried. */
const SEEDS = repetitions(4);

/** A tick that is cut off at one of its calls of the store, as likely after what it wrote as before. */
const killedTick = async (world: WatchWorld, random: Prng): Promise<void> => {
  const instance = new Instance();
  let left = Math.floor(random.next() * 12);
  world.storeFails = () => {
    if (left === 0) instance.kill();
    left -= 1;
    return false;
  };
  void drain(world.deps(instance));
  await world.clock.pass(MINUTE);
  world.storeFails = () => false;
};

const doubledTick = async (world: WatchWorld): Promise<void> => {
  const both = Promise.all([drain(world.deps()), drain(world.deps())]);
  await world.clock.pass(MINUTE);
  await both;
};

describe("ticks and workers that die or double", () => {
  test(
    "each week is told exactly once, no week overlaps another, and every publish is in one of them",
    async () => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const random = new Prng(seed);
        const world = await new WatchWorld().begin("instant", wanting(["digest.weekly"]));
        world.ticks = false;
        let published = 0;
        const end = MONDAY + 28 * DAY + HOUR;
        while (world.clock.now < end) {
          // Most of it happens around the moment at which a digest is due.
          const isNear = (world.clock.now - MONDAY + 7 * DAY + HOUR) % (7 * DAY) < 3 * HOUR;
          await world.clock.pass((isNear ? 2 * MINUTE : HOUR) * (1 + random.next() * 10));
          if (random.next() < 0.3) {
            await world.publish(LAYER);
            published += 1;
          }
          const luck = random.next();
          if (luck < 0.35) await killedTick(world, random);
          else if (luck < 0.6) await doubledTick(world);
          else if (luck < 0.9) await world.tick();
          if (random.next() < 0.2) world.workers.at(-1)?.kill();
        }
        for (let ticks = 0; ticks < 20; ticks += 1) {
          await world.clock.pass(10 * MINUTE);
          await world.tick();
        }
        const told = digests(world);
        const weeks = [...new Map(told.map((one) => [one.id, one])).values()].sort((a, b) => a.since - b.since);
        // A message may arrive twice, and then says the same.
        expect(told.filter(({ id, body }) => body !== weeks.find((week) => week.id === id)?.body)).toEqual([]);
        expect({ seed, weeks: weeks.length }).toEqual({ seed, weeks: 5 });
        expect(weeks.slice(1).map(({ since }) => since)).toEqual(weeks.slice(0, -1).map((week) => week.until));
        const { slot, week } = await world.readLayer(LAYER);
        const { "2026-01": january, "2026-02": february } = slot.usage ?? {};
        // The last digest was in February, and the next one counts from there.
        const next = (february?.deliveries ?? 0) - (week?.counts.deliveries ?? 0);
        const counted = weeks.reduce((sum, one) => sum + one.publishes, next);
        expect({ seed, counted }).toEqual({ seed, counted: (january?.deliveries ?? 0) + (february?.deliveries ?? 0) });
        expect(counted).toBe(published);
      }
    },
    SEEDS * 30_000,
  );
});
