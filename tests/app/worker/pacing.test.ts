import { describe, expect, test } from "vitest";
import { buildNow } from "../../../src/app/manage/sites.ts";
import { updateSite } from "../../../src/app/stored/documents.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type PacingGiven, pacingFrom } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { siteStage } from "../../../src/core/stage/buildStage.ts";
import { brakeOf } from "../../../src/core/webhook/brakedWebhooks.ts";
import { AUDIT } from "../../../src/store/keys.ts";
import { answer, OWNER, World } from "../world.ts";

const CHAT = "https://team.test/chat";

interface Paced {
  readonly world: World;
  /** When the hook was called, since the beginning (s). */
  readonly builds: number[];
  /** Lets time pass with a tick a minute. */
  pass(ms: number): Promise<void>;
}

/** One site, paced like this, and layers that do nothing but build it. */
const paced = async (pacing: PacingGiven, layers: readonly string[] = ["layer"]): Promise<Paced> => {
  const world = new World();
  const began = world.clock.now;
  const builds: number[] = [];
  await world.site("site");
  await updateSite(
    world.deps(),
    "site",
    (site) =>
      site?.kind === "site"
        ? { kind: "write", document: { ...site, pacing: pacingFrom(pacing) }, result: null }
        : { kind: "keep", result: null },
    { budget: 1000, attempts: 1, polite: false },
  );
  const chat = {
    ...{ id: "n1", name: "Chat", url: CHAT, urlHint: "…", secret: "whsec_c2VjcmV0" },
    events: ["build.held"],
  };
  for (const id of layers) await world.layer(id, [], ["site"], { notifications: [chat] });
  world.jobs.set(CHAT, () => answer(200));
  world.jobs.set("https://hooks.test/site", () => {
    builds.push(Math.round((world.clock.now - began) / SECOND));
    return answer(200);
  });
  return {
    world,
    builds,
    async pass(ms) {
      for (let left = ms; left > 0; left -= MINUTE) {
        await world.clock.pass(Math.min(left, MINUTE));
        if (left >= MINUTE) await world.tick();
      }
    },
  };
};

const siteOf = (world: World): Promise<Site> => world.readSite("site");

describe("a site that waits for its editors", () => {
  test("a balanced site is built once, twenty seconds after the last of an editor's clicks", async () => {
    const { world, builds } = await paced({ preset: "balanced" });
    for (let click = 0; click < 6; click += 1) {
      await world.publish("layer");
      await world.clock.pass(12 * SECOND);
    }
    await world.clock.pass(MINUTE);
    expect(builds).toHaveLength(1);
    // The last click came after a minute; a second to gather, twenty to be sure.
    expect(builds[0]).toBeGreaterThanOrEqual(80);
    expect(builds[0]).toBeLessThanOrEqual(84);
  });

  test("a balanced site is built every three minutes for an editor who does not stop", async () => {
    const { world, builds, pass } = await paced({ preset: "balanced" });
    for (let click = 0; click < 40; click += 1) {
      await world.publish("layer");
      await pass(12 * SECOND);
    }
    await pass(2 * MINUTE);
    expect(builds[0]).toBeLessThanOrEqual(183);
    expect((builds[1] ?? 0) - (builds[0] ?? 0)).toBeGreaterThanOrEqual(180);
    // Two while the clicks go on, one when they have ceased.
    expect(builds).toHaveLength(3);
  });

  test("a paced site is built once for two layers, and says for whom", async () => {
    const { world, builds } = await paced({ preset: "balanced" }, ["blog", "shop"]);
    await world.publish("blog");
    await world.clock.pass(8 * SECOND);
    await world.publish("shop");
    await world.clock.pass(5 * SECOND);
    const { pending } = (await siteOf(world)).slot;
    expect(pending?.causes?.map(({ dataLayerId }) => dataLayerId)).toEqual(["blog", "shop"]);
    await world.clock.pass(MINUTE);
    expect(builds).toHaveLength(1);
  });

  test("a paced site is built in time by the tick when the waiting worker is gone", async () => {
    const { world, builds, pass } = await paced({ preset: "balanced" });
    await world.publish("layer");
    await world.clock.pass(5 * SECOND);
    for (const worker of world.workers) worker.kill();
    await pass(2 * MINUTE);
    expect(builds).toHaveLength(1);
  });

  test("a paced site costs one waiting worker, not one for every sync", async () => {
    const { world } = await paced({ preset: "balanced" }, ["blog", "shop"]);
    await world.publish("blog");
    await world.clock.pass(3 * SECOND);
    await world.publish("shop");
    await world.clock.pass(3 * SECOND);
    const reads = world.counts.reads;
    await world.clock.pass(12 * SECOND);
    // Nobody looks while the one waits, and it looks when the wait is over.
    expect(world.counts.reads - reads).toBeLessThanOrEqual(2);
  });
});

/** Clicks with these pauses (s), and then a long silence without a tick. Returns when each build was asked for, since the last click (s). */
const clicked = async (pauses: readonly number[]): Promise<{ paced: Paced; after: number[] }> => {
  const one = await paced({});
  const began = one.world.clock.now;
  await one.world.publish("layer");
  for (const pause of pauses) {
    await one.world.clock.pass(pause * SECOND);
    await one.world.publish("layer");
  }
  const last = (one.world.clock.now - began) / SECOND;
  await one.world.clock.pass(15 * MINUTE);
  return { paced: one, after: one.builds.map((at) => at - Math.round(last)) };
};

describe("a site for which nobody chose a pacing", () => {
  test("a site of standard pacing is built once for a sitting, 140 seconds after its last click, without a tick", async () => {
    const { after } = await clicked([40, 130, 5, 90]);
    expect(after).toHaveLength(1);
    // A second to gather, and the worker's own calls.
    expect(after[0]).toBeGreaterThanOrEqual(140);
    expect(after[0]).toBeLessThanOrEqual(144);
  });

  test("a site of standard pacing is built within ten minutes of the first click while an editor does not stop, without a tick", async () => {
    const { after } = await clicked(Array.from({ length: 12 }, () => 60));
    const sinceFirst = after.map((at) => at + 12 * 60);
    expect(sinceFirst[0]).toBeGreaterThanOrEqual(600);
    expect(sinceFirst[0]).toBeLessThanOrEqual(604);
    expect(sinceFirst).toHaveLength(2);
  });

  test("a site of standard pacing sleeps less than three minutes of compute for a lone publish, and looks once a pause", async () => {
    const one = await paced({});
    await one.world.publish("layer");
    await one.world.clock.pass(5 * SECOND);
    const reads = one.world.counts.reads;
    await one.world.clock.pass(130 * SECOND);
    expect(one.world.counts.reads - reads).toBe(0);
    await one.world.clock.pass(MINUTE);
    expect(one.builds).toHaveLength(1);
    const slept = one.world.shifts.map(({ from, to }) => ((to ?? one.world.clock.now) - from) / SECOND);
    expect(slept.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(160);
  });

  test("a worker whose time is short wakes a successor before a quiet period ends, and the build is in time", async () => {
    const one = await paced({});
    one.world.wakesArrive = false;
    await one.world.publish("layer");
    // Of seven minutes and a half, a claim needs seven.
    one.world.work({ kind: "layer", id: "layer" }, 7.5 * MINUTE);
    await one.world.clock.pass(5 * SECOND);
    one.world.wakesArrive = true;
    await one.world.clock.pass(5 * MINUTE);
    expect(one.builds).toHaveLength(1);
    expect(one.world.shifts.length).toBeGreaterThanOrEqual(2);
    expect(one.builds[0]).toBeLessThanOrEqual(145);
  });
});

describe("a site that saves", () => {
  test("a saving site waits an hour from one build to the next, which the tick starts", async () => {
    const { world, builds, pass } = await paced({ quietSeconds: 0, maxWaitSeconds: 0, minIntervalSeconds: 3600 });
    await world.publish("layer");
    await pass(5 * MINUTE);
    await world.publish("layer");
    await pass(50 * MINUTE);
    expect(builds).toHaveLength(1);
    await pass(10 * MINUTE);
    expect(builds).toHaveLength(2);
    expect((builds[1] ?? 0) - (builds[0] ?? 0)).toBeGreaterThanOrEqual(3600);
    expect((builds[1] ?? 0) - (builds[0] ?? 0)).toBeLessThanOrEqual(3600 + 65);
  });

  test("a saving site keeps to its budget, drops nothing, says so once, and goes on when the month is over", async () => {
    const { world, builds, pass } = await paced({ preset: "instant", monthlyBuilds: 2 });
    for (let click = 0; click < 6; click += 1) {
      await world.publish("layer");
      await pass(10 * MINUTE);
    }
    expect(builds).toHaveLength(2);
    const { pending } = (await siteOf(world)).slot;
    expect(pending?.causes).toHaveLength(4);
    const audit = await world.memory.list(AUDIT);
    const entries = await Promise.all(
      audit.map(async ({ key }) => JSON.parse((await world.memory.read(key))?.text ?? "")),
    );
    expect(entries.filter(({ action }) => action === "site.budget_reached")).toHaveLength(1);
    // A month of ticks, an hour apart, to save the test's own time.
    for (let hour = 0; hour < 24 * 31; hour += 6) {
      await world.clock.pass(6 * HOUR);
      if (hour % 24 === 0) await world.tick();
    }
    await world.clock.pass(DAY);
    await world.tick();
    await world.clock.pass(MINUTE);
    expect(builds).toHaveLength(3);
    expect((await siteOf(world)).slot.pending).toBeNull();
  });

  test("a saving site pays nothing for a hook that refuses", async () => {
    const { world, pass } = await paced({ preset: "instant", monthlyBuilds: 2 });
    world.jobs.set("https://hooks.test/site", () => answer(502));
    await world.publish("layer");
    await pass(8 * MINUTE);
    expect((await siteOf(world)).slot.spent).toMatchObject({ thisMonth: 0 });
    const builds: number[] = [];
    world.jobs.set("https://hooks.test/site", () => {
      builds.push(world.clock.now);
      return answer(200);
    });
    await pass(20 * MINUTE);
    expect(builds).toHaveLength(1);
    expect((await siteOf(world)).slot.spent).toMatchObject({ thisMonth: 1 });
  });

  test("a saving site is built at once when a person says so, and only once for that", async () => {
    const { world, builds, pass } = await paced({ preset: "saver", monthlyBuilds: 1 });
    await world.publish("layer");
    await pass(5 * MINUTE);
    expect(builds).toHaveLength(1);
    await world.publish("layer");
    await pass(MINUTE);
    const asking = buildNow(world.deps(), OWNER, "site");
    await world.clock.settle();
    const asked = await asking;
    if (asked.kind !== "requested") throw new Error(asked.kind);
    expect(asked.wake).toBe(true);
    await world.deps().wake({ kind: "site", id: "site" });
    await pass(2 * MINUTE);
    expect(builds).toHaveLength(2);
    await pass(3 * HOUR);
    expect(builds).toHaveLength(2);
  });
});

describe("a site whose budget of the month is used up", () => {
  test("the layers of a site with a budget of its own are told once that the month's builds are made", async () => {
    const { world, builds, pass } = await paced({ preset: "balanced", monthlyBuilds: 1 });
    for (let publish = 0; publish < 3; publish += 1) {
      await world.publish("layer");
      await pass(10 * MINUTE);
    }
    expect(builds).toHaveLength(1);
    const told = world.calls.filter(({ url }) => url === CHAT).map(({ body }) => JSON.parse(body ?? "null"));
    expect(told).toMatchObject([
      { type: "build.held", reason: expect.stringMatching(/are made \(1\).*A larger monthlyBuilds lets it start\.$/) },
    ]);
  });
});

describe("a sender that never stops", () => {
  const BRAKED = "Builds followed one another without a pause, so the next one waits longer.";
  const RETRIED = '{"event":"entry.publish","title":"Spring sale","try":';

  /** Publishes every three minutes, with a tick a minute. */
  const retryFor = async (
    { world, pass }: Paced,
    minutes: number,
    bodyOf: (index: number) => string,
  ): Promise<void> => {
    for (let index = 0; index < minutes / 3; index += 1) {
      await world.publish("layer", { body: bodyOf(index) });
      await pass(3 * MINUTE);
    }
  };
  const told = ({ world }: Paced) =>
    world.calls.filter(({ url }) => url === CHAT).map(({ body }) => JSON.parse(body ?? "null"));

  test("a site is built at most six times in half a day for a sender that repeats itself, and its layers are told once", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    await retryFor(one, 12 * 60, (index) => `${RETRIED}${index}}`);
    expect(one.builds.length).toBeGreaterThanOrEqual(3);
    expect(one.builds.length).toBeLessThanOrEqual(6);
    expect(told(one)).toMatchObject([
      { type: "build.held", reason: expect.stringContaining("publishes that are alike") },
    ]);
  });

  test("a site that the brake holds is built at once when a person says so, and then after three builds more", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    await retryFor(one, 21, (index) => `${RETRIED}${index}}`);
    const { pending, spent } = (await siteOf(one.world)).slot;
    expect([one.builds.length, spent?.alike, spent?.braked]).toEqual([3, 3, true]);
    expect(pending).not.toBeNull();
    const asking = buildNow(one.world.deps(), OWNER, "site");
    await one.world.clock.settle();
    await asking;
    await one.world.deps().wake({ kind: "site", id: "site" });
    await one.pass(MINUTE);
    expect(one.builds).toHaveLength(4);
    await retryFor(one, 15, (index) => `${RETRIED}${index}}`);
    expect(one.builds).toHaveLength(6);
  });

  test("a webhook whose deliveries met the brake is flagged until a person builds the site, or until it pauses", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    const flag = async () => brakeOf(await one.world.readLayer("layer"), "default", one.world.clock.now);
    await retryFor(one, 9, (index) => `${RETRIED}${index}}`);
    expect(await flag()).toBeNull();
    await retryFor(one, 12, (index) => `${RETRIED}${index}}`);
    expect(await flag()).toMatchObject({ siteId: "site" });
    const asking = buildNow(one.world.deps(), OWNER, "site");
    await one.world.clock.settle();
    await asking;
    await one.world.deps().wake({ kind: "site", id: "site" });
    await one.pass(MINUTE);
    expect(await flag()).toBeNull();
    await retryFor(one, 30, (index) => `${RETRIED}${index}}`);
    const flagged = await flag();
    expect(flagged?.until).toBeGreaterThan(one.world.clock.now + 11 * MINUTE);
    await one.pass(16 * MINUTE);
    expect(await flag()).toBeNull();
    await one.world.publish("layer", { body: "{}" });
    expect((await one.world.readLayer("layer")).braked).toBeUndefined();
    expect(told(one).map(({ type }) => type)).toEqual(["build.held", "build.held"]);
  });

  test("a build that the brake delays is told once as held, and waits", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    for (let index = 0; index < 12; index += 1) {
      await one.world.publish("layer", { body: `${RETRIED}${index}}` });
      await one.pass(3 * MINUTE);
      const site = await siteOf(one.world);
      const standing = siteStage(site);
      const isBraked = told(one).length > 0 && site.slot.pending !== null;
      expect(standing).toMatchObject(isBraked ? { stage: "waiting", reason: BRAKED } : {});
      expect(standing?.stage).not.toBe("held");
    }
    expect(told(one)).toHaveLength(1);
  });

  test("a site is not braked after three builds for publishes that say different things", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    await retryFor(one, 30, (index) => `{"event":"entry.publish","title":"${"abcdefghij"[index]} story"}`);
    expect(one.builds.length).toBeGreaterThanOrEqual(6);
  });

  test("an editor who publishes every ten minutes, with bodies of an id and a type, is not braked as a machine is", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    for (let index = 0; index < 9; index += 1) {
      await one.world.publish("layer", { body: `{"type":"entry.publish","id":${index}}` });
      await one.pass(10 * MINUTE);
    }
    expect(one.builds).toHaveLength(9);
    expect(told(one)).toEqual([]);
  });

  test("whoever publishes one document every ten minutes waits a quarter of an hour at first", async () => {
    const one = await paced({ monthlyBuilds: 1000 });
    for (let index = 0; index < 6; index += 1) {
      await one.world.publish("layer", { body: '{"type":"entry.publish","id":7}' });
      await one.pass(10 * MINUTE);
    }
    const [, , third = 0, fourth = Number.POSITIVE_INFINITY] = one.builds;
    expect(fourth - third).toBeLessThanOrEqual((16 * MINUTE) / SECOND);
  });
});
