import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { drainShardKey } from "../../../src/store/keys.ts";
import { TickWorld } from "./tickWorld.ts";

const page = readFileSync(new URL("../../../docs/scale.md", import.meta.url), "utf8");
/** Fifty thousand take a minute: `LAYERHOOK_SCALE=1 npx vitest run tests/app/repair/scale.test.ts`. */
const SIZES = [1000, 10_000, ...(process.env["LAYERHOOK_SCALE"] === "1" ? [50_000] : [])];
const PACE = { page: 100, call: 30 };

const told = (number: number): string => number.toLocaleString("en");
const secondsOf = (ms: number): string => (ms / SECOND).toFixed(1);

test.each(SIZES)(
  "docs/scale.md says what a tick over %i data layers does on a store of 100 ms a page and 30 ms a call",
  {
    timeout: 600_000,
  },
  async (layers) => {
    const world = new TickWorld();
    await world.idle(0, layers);
    world.store.pace = PACE;
    let ticks = 0;
    for (let left = true; left && ticks < 100; ticks += 1) {
      const { drained } = await world.tick();
      left = (drained?.left ?? 1) > 0 || world.looked.size < layers;
      world.clock.pass(1);
    }
    for (let more = 0; more < 5; more += 1) {
      await world.tick();
      world.clock.pass(1);
    }
    const { took } = await world.tick();
    const { pages, reads, writes, down, up } = world.store.counts;
    const shard = (await world.store.memory.read(drainShardKey(0)))?.text.length ?? 0;
    await world.due(Array.from({ length: 100 }, (_none, at) => Math.floor((at * layers) / 100)));
    world.clock.pass(MINUTE);
    const busy = await world.tick();
    expect(world.wakes).toBe(100);
    const row = [
      told(layers),
      `${told(pages)} pages, ${told(reads)} read, ${told(writes)} write`,
      `${told(Math.round((down + up) / 1024))} KB`,
      `${secondsOf(took)} s`,
      `${secondsOf(busy.took)} s`,
      told(ticks),
      `${told(Math.round(shard / 1024))} KB`,
    ];
    expect(page).toContain(`| ${row.join(" | ")} |`);
  },
);
