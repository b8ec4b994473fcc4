import { beforeEach, describe, expect, test } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { SHARDS, SMALL, shardOf } from "../../../src/app/repair/shards.ts";
import { shareBuilds } from "../../../src/app/repair/shareBuilds.ts";
import { updateSite } from "../../../src/app/stored/documents.ts";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { monthOf } from "../../../src/core/usage/calendar.ts";
import { affordableBuilds, PLANS } from "../../../src/core/usage/credits.ts";
import { monthName } from "../../../src/core/usage/usage.ts";
import { DRAIN_HINT, drainShardKey, siteKey, TOKENS } from "../../../src/store/keys.ts";
import { World } from "../world.ts";

/** Two sites of different shards, in a system whose shards a tick opens only when something there has changed. */
const FIRST = "first-site";
const SECOND = "second-site";
const PRO = affordableBuilds(PLANS.pro, 0);

let world: World;
let credits: number;

const tick = async () => {
  await world.clock.pass(5 * MINUTE);
  return drain({ ...world.deps(), monthlyCredits: credits });
};

/** Makes builds of a site, as its usage counts them. */
const build = async (id: string, builds: number): Promise<void> => {
  const month = monthName(monthOf(world.clock.now));
  await updateSite(
    world.deps(),
    id,
    (site) => {
      if (site?.kind !== "site") return { kind: "keep", result: null };
      const counts = site.slot.usage?.[month] ?? {};
      const usage = {
        [month]: { ...counts, builds: (counts.builds ?? 0) + builds, asked: (counts.asked ?? 0) + builds },
      };
      const { pacing: _none, ...unpaced } = site;
      return { kind: "write", document: { ...unpaced, slot: { ...site.slot, usage } }, result: null };
    },
    { budget: 1000, attempts: 1, polite: false },
  );
};

const shareOf = async (id: string) => (await world.readSite(id)).allowance?.builds;

const rewrite = async (key: string, change: (stored: Record<string, unknown>) => object): Promise<void> => {
  const found = await world.memory.read(key);
  if (found !== null) await world.memory.write(key, JSON.stringify(change(JSON.parse(found.text))), found.etag);
};

/** Makes the shards and their notes those of a release that noted no credits there. */
const forgetCredits = async (): Promise<void> => {
  await rewrite(DRAIN_HINT, ({ sharedCredits: _credits, sharesAnew: _anew, shards, ...hint }) => ({
    ...hint,
    shards: Array.isArray(shards) ? shards.map(({ spent: _spent, ...note }) => note) : shards,
  }));
  for (let index = 0; index < SHARDS; index += 1) {
    await rewrite(drainShardKey(index), ({ seen }) => ({
      seen: Object.fromEntries(Object.entries(seen ?? {}).map(([key, { credits: _credits, ...one }]) => [key, one])),
    }));
  }
};

beforeEach(async () => {
  world = new World();
  credits = PLANS.pro;
  expect(shardOf(siteKey(FIRST))).not.toBe(shardOf(siteKey(SECOND)));
  for (const id of [FIRST, SECOND]) await world.site(id);
  for (let layer = 0; layer < SMALL; layer += 1) await world.layer(`layer-${String(layer).padStart(4, "0")}`, []);
  await tick();
});

describe("shares in a system with more than a hundred documents", () => {
  test("the first build of a second site takes its part from a share that no tick has opened, and is never held for it", async () => {
    await build(FIRST, 1);
    await tick();
    expect(await shareOf(FIRST)).toBeGreaterThan(PRO - 10);
    // The shard of the first site comes to rest.
    for (let ticks = 0; ticks < 3; ticks += 1) await tick();
    await build(SECOND, 1);
    await tick();
    expect(await shareOf(SECOND)).toBeUndefined();
    await tick();
    const shares = await Promise.all([FIRST, SECOND].map(shareOf));
    expect(Math.min(...shares.map(Number))).toBeGreaterThan(PRO / 2 - 10);
    expect(shares.reduce<number>((sum, share) => sum + Number(share), 0)).toBeLessThanOrEqual(PRO);
  });

  test("nothing is shared after an update until what every document spent is noted, which takes a day at most", async () => {
    await build(FIRST, 100);
    await tick();
    await forgetCredits();
    const before = await shareOf(FIRST);
    await build(SECOND, 1);
    await tick();
    expect([await shareOf(FIRST), await shareOf(SECOND)]).toEqual([before, undefined]);
    for (let at = 0; at < DAY; at += 60 * MINUTE) {
      await world.clock.pass(55 * MINUTE);
      await tick();
    }
    await tick();
    const shares = [await shareOf(FIRST), await shareOf(SECOND)].map(Number);
    expect(shares[1]).toBeGreaterThan(30);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(PRO);
  });

  test("a changed plan is shared out again by the next tick, and a tick without a change opens no shard", async () => {
    await build(FIRST, 1);
    await build(SECOND, 1);
    for (let ticks = 0; ticks < 3; ticks += 1) await tick();
    expect(await shareOf(FIRST)).toBeGreaterThan(PRO / 2 - 10);
    world.counts.reads = 0;
    await tick();
    expect(world.counts.reads).toBeLessThan(5);
    credits = PLANS.personal;
    await tick();
    expect(await shareOf(FIRST)).toBeLessThan(affordableBuilds(PLANS.personal, 0));
    expect(await shareOf(FIRST)).toBeGreaterThan(20);
  });
});

describe("a tick that cannot share", () => {
  const month = () => monthOf(world.clock.now);
  const notes = () => new Map([[siteKey(FIRST), { month: month(), running: 0, builds: 1, share: null }]]);
  const nothing = { running: 0, builds: 0, reserved: 0, sites: 0 };

  test("a plan that cannot be read shares nothing, and the tick goes on", async () => {
    await world.memory.write(TOKENS, '{"kind":"tokens","version":999}', null);
    expect(await shareBuilds(world.deps(), notes(), nothing, () => false)).toBeNull();
    expect(await shareOf(FIRST)).toBeUndefined();
    expect(world.facts).toContainEqual(expect.objectContaining({ kind: "trouble", where: "shares" }));
  });

  test("no share is stored once the time of a tick is over, and the shares count as not stored", async () => {
    await build(FIRST, 1);
    const shared = await shareBuilds(world.deps(), notes(), nothing, () => true);
    expect(shared).toEqual({ credits: null, isDone: false });
    expect(await shareOf(FIRST)).toBeUndefined();
  });
});
