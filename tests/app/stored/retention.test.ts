import { beforeEach, describe, expect, test } from "vitest";
import type { Deps } from "../../../src/app/deps.ts";
import { drain } from "../../../src/app/repair/drain.ts";
import { readDrainHint } from "../../../src/app/stored/drainHint.ts";
import { cut, cutNewestDay, REMOVED_AT_ONCE } from "../../../src/app/stored/retention.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { lowestIdAt } from "../../../src/core/madeAt.ts";
import type { Retention } from "../../../src/core/retention.ts";
import {
  AUDIT,
  auditKey,
  buildKey,
  buildsPrefix,
  DELIVERIES,
  DRAIN_HINT,
  deliveriesPrefix,
  deliveryKey,
  recordId,
  syncKey,
  syncsPrefix,
  undatedKey,
} from "../../../src/store/keys.ts";
import type { Archive, Store } from "../../../src/store/store.ts";
import { ApiWorld } from "../../api/world.ts";
import { aRound } from "../../support/round.ts";

const retention: Retention = {
  syncs: { days: 40, count: 150 },
  deliveries: { days: 10, count: 100 },
  auditDays: 40,
};

let world: ApiWorld;
let deps: Deps;
let last = 0;
beforeEach(() => {
  world = new ApiWorld();
  world.now += 500 * DAY;
  deps = { ...world.deps, retention };
});

const idAt = (ms: number): string => {
  last += 1;
  return `${lowestIdAt(ms).slice(0, -12)}${last.toString(16).padStart(12, "0")}`;
};

/** Records under these keys, evenly from so many days ago until now. */
const fill = async (count: number, days: number, keyOf: (id: string) => string): Promise<void> => {
  for (let made = 1; made <= count; made += 1) {
    await world.store.memory.write(keyOf(idAt(world.now - Math.floor((made * days * DAY) / count))), "{}", null);
  }
};

const audited = (id: string): string => auditKey({ id, dataLayerId: null, action: "site.created" });
const standing = async (prefix: string): Promise<number> => (await world.store.memory.list(prefix)).length;

const KILLED_AFTER = 30 * SECOND;
/** Logs are a tenth as long here as they may be, and so are pages. */
const PAGE = 100;
const PAGE_TAKES = 150;
const CALL_TAKES = 20;

/** One tick on a slow store, which dies at its `killAt`th call or after thirty seconds. */
const slowTick = async (killAt = Number.POSITIVE_INFINITY) => {
  const { memory } = world.store;
  const began = world.now;
  const counted = { calls: 0, lists: 0, removed: 0, dead: false, cutting: false };
  let die = (): void => undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const pass = async (ms: number): Promise<void> => {
    counted.calls += 1;
    world.now += ms;
    counted.dead ||= counted.calls >= killAt || world.now - began > KILLED_AFTER;
    if (!counted.dead) return;
    die();
    await new Promise(() => undefined);
  };
  const listing = async (size: number): Promise<void> => {
    counted.lists += 1;
    await pass(Math.max(1, Math.ceil(size / PAGE)) * PAGE_TAKES);
  };
  const write: Store["write"] = async (key, text, expected) => {
    await pass(CALL_TAKES);
    return memory.write(key, text, expected);
  };
  const slow: Store & Archive = {
    write,
    async read(key) {
      await pass(CALL_TAKES);
      return memory.read(key);
    },
    async list(prefix) {
      const found = await memory.list(prefix);
      await listing(found.length);
      return found;
    },
    async children(prefix) {
      counted.cutting = true;
      const found = await memory.children(prefix);
      await listing(found.keys.length + found.folders.length);
      return found;
    },
    async remove(key) {
      counted.cutting = true;
      counted.removed += 1;
      // Sixteen are removed at a time.
      await pass(CALL_TAKES / 16);
      await memory.remove(key);
    },
  };
  await Promise.race([drain({ ...deps, store: slow, archive: slow }), death]);
  const { hint } = await readDrainHint(deps);
  return { ...counted, remembered: hint.at !== undefined && hint.at >= began };
};

describe("a log that is longer than it is kept", () => {
  test.each([
    ["syncs by number", 400, 1, syncsPrefix("layer-one"), (id: string) => syncKey("layer-one", id), 150],
    ["syncs by age", 60, 60, syncsPrefix("layer-one"), (id: string) => syncKey("layer-one", id), 40],
    ["builds", 400, 1, buildsPrefix("site-one"), (id: string) => buildKey("site-one", id), 150],
    ["deliveries by number", 500, 1, deliveriesPrefix("layer-one"), (id: string) => deliveryKey("layer-one", id), 100],
    ["deliveries by age", 40, 40, deliveriesPrefix("layer-one"), (id: string) => deliveryKey("layer-one", id), 10],
    [
      "syncs of the release before",
      400,
      1,
      syncsPrefix("layer-one"),
      (id: string) => undatedKey(syncsPrefix("layer-one"), id),
      150,
    ],
    ["audit entries", 120, 60, AUDIT, audited, 80],
    ["audit entries of the release before", 120, 60, AUDIT, (id: string) => undatedKey(AUDIT, id), 80],
  ])("a log beyond its limit is cut to the newest it may keep: %s", async (_what, count, days, prefix, keyOf, left) => {
    await fill(count, days, keyOf);
    const ids = async () => (await world.store.memory.list(prefix)).map(({ key }) => recordId(key)).sort();
    const before = await ids();
    await aRound(deps);
    expect(await ids()).toEqual(before.slice(-left));
  });

  test("a deleted layer's log is cut like any other", async () => {
    await fill(400, 1, (id) => syncKey("layer-gone", id));
    await aRound(deps);
    expect(await standing(syncsPrefix("layer-gone"))).toBe(150);
  });

  test("a log keeps its newest by a clock that is years ahead, except the log of deliveries, which holds facts about senders", async () => {
    await fill(30, 10, (id) => syncKey("layer-one", id));
    await fill(30, 10, (id) => deliveryKey("layer-one", id));
    await fill(30, 10, audited);
    world.now += 4000 * DAY;
    await aRound(deps);
    expect([await standing(syncsPrefix("layer-one")), await standing(AUDIT)]).toEqual([1, 3]);
    expect(await standing(deliveriesPrefix("layer-one"))).toBe(0);
  });

  test("a log is cut by a bounded number of removals at a time, and the rest is left to the next tick", async () => {
    await fill(1000, 1, (id) => syncKey("layer-one", id));
    const log = syncsPrefix("layer-one");
    expect([await cut(deps, log), await standing(log)]).toEqual([true, 1000 - REMOVED_AT_ONCE]);
    while (await cut(deps, log));
    expect(await standing(log)).toBe(150);
  });
});

describe("a flood of deliveries", () => {
  test("a flood of deliveries cuts its log every so often, with three lists and without listing the whole log", async () => {
    const log = deliveriesPrefix("layer-one");
    await fill(450, 9, (id) => deliveryKey("layer-one", id));
    world.now += DAY - (world.now % DAY);
    await fill(130, 0, (id) => deliveryKey("layer-one", id));
    const { lists } = world.store.counts;
    await cutNewestDay(deps, log);
    expect(world.store.counts.lists - lists).toBe(3);
    for (let i = 0; i < 12; i += 1) await cutNewestDay(deps, log);
    expect(await standing(log)).toBe(100);
  });
});

describe("a tick", () => {
  test("a tick cuts one log at a time: two hundred full ones on a slow store never kill it", {
    timeout: 120_000,
  }, async () => {
    for (let layer = 0; layer < 200; layer += 1) {
      await fill(110, 1, (id) => deliveryKey(`layer-${String(layer).padStart(3, "0")}`, id));
    }
    let ticks = 0;
    for (;;) {
      const tick = await slowTick();
      ticks += 1;
      expect(tick).toMatchObject({ dead: false, remembered: true });
      expect(tick.lists).toBeLessThanOrEqual(7);
      expect(tick.removed).toBeLessThanOrEqual(REMOVED_AT_ONCE);
      const { hint } = await readDrainHint(deps);
      if (hint.cutAfter === undefined && hint.cutAt !== undefined) break;
      world.now += 5 * MINUTE;
    }
    expect(ticks).toBe(202);
    expect(await standing(DELIVERIES)).toBe(200 * 100);
  });

  test("a tick killed at any of its calls does not block the cutting: later ticks come round to every log", async () => {
    for (let layer = 0; layer < 6; layer += 1) await fill(350, 1, (id) => deliveryKey(`layer-${layer}`, id));
    await fill(300, 60, audited);
    let ticks = 0;
    for (; ticks < 1500; ticks += 1) {
      const tick = await slowTick(1 + (ticks % 60));
      if (tick.cutting) expect(tick.remembered).toBe(true);
      world.now += HOUR;
      if ((await standing(DELIVERIES)) <= 600 && (await standing(AUDIT)) <= 210) break;
    }
    expect(ticks).toBeLessThan(1500);
  });

  test("a tick with nothing to cut writes its hint once; a round is gone through once a day", async () => {
    await fill(10, 1, (id) => syncKey("layer-one", id));
    await aRound(deps);
    const writes = async (): Promise<number> => {
      const before = world.store.counts.writes;
      await drain(deps);
      return world.store.counts.writes - before;
    };
    world.now += 5 * MINUTE;
    expect([await writes(), await writes()]).toEqual([1, 1]);
    world.now += DAY;
    expect(await aRound(deps)).toBe(3);
    expect((await world.store.memory.read(DRAIN_HINT)) === null).toBe(false);
  });

  test("a tick whose store refuses the cutting is remembered, and the next one goes on with the next log", async () => {
    for (const layer of ["layer-a", "layer-b"]) await fill(300, 1, (id) => syncKey(layer, id));
    world.store.fault = (op, key) => (op === "remove" && key.startsWith("syncs/layer-a/") ? "down" : "none");
    await aRound(deps);
    expect([await standing(syncsPrefix("layer-a")), await standing(syncsPrefix("layer-b"))]).toEqual([300, 150]);
    const { hint } = await readDrainHint(deps);
    expect(hint.at).toBe(world.now);
    world.store.fault = () => "none";
    world.now += DAY;
    await aRound(deps);
    expect(await standing(syncsPrefix("layer-a"))).toBe(150);
  });
});
