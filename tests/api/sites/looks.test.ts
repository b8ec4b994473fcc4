import { beforeEach, describe, expect, it } from "vitest";
import { SECOND } from "../../../src/core/durations.ts";
import { PagesWorld } from "./pagesWorld.ts";

let world: PagesWorld;

beforeEach(async () => {
  world = new PagesWorld();
  await world.open();
  await world.live();
});

const events = (): unknown[] => world.told.map((message) => Reflect.get(Object(message), "type"));

describe("the looks at a site's pages", () => {
  it("a worker that waited for a look does not look if another worker did meanwhile", async () => {
    world.kind = "old";
    await world.publish("a");
    const deploy = await world.begin();
    const { sleep } = world.deps.clock;
    let isAlone = true;
    Object.assign(world.deps.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms === 5 * SECOND && isAlone) {
          isAlone = false;
          await world.workSite();
        }
        await sleep(ms, signal);
      },
    });
    await world.finish(deploy);
    expect([isAlone, world.looks.length, events()]).toEqual([false, 4, ["build.stale"]]);
  });
});
