import { beforeEach, describe, expect, it } from "vitest";
import { SECOND } from "../../../src/core/durations.ts";
import { buildKey, layerKey, siteKey } from "../../../src/store/keys.ts";
import { LAYER } from "../../senders/senderWorld.ts";
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

describe("a look that finds a damaged document", () => {
  const unreadable = ['{"v":99,"kind":"layer","name":"of the future"}', '{"v":1,"kind":"layer"}', "{"];
  const damage = async (key: string, text: string): Promise<void> => {
    const standing = await world.store.memory.read(key);
    await world.store.memory.write(key, text, standing?.etag ?? null);
  };
  const live = { url: "https://www.example.com/posts/{payload.slug}", expect: { text: "{payload.title}" } };
  const look = async () =>
    Object(JSON.parse((await world.store.memory.read(siteKey(world.siteId)))?.text ?? "{}")).look;

  it.each(unreadable)("a look ends although the layer of a publish cannot be read (%s)", async (text) => {
    await world.patch(`/data-layers/${LAYER}`, { live });
    await world.publish("a");
    const deploy = await world.begin();
    await damage(layerKey(LAYER), text);
    await world.finish(deploy);
    expect(await look()).toMatchObject({ deployId: deploy.id, tries: 1 });
    expect([(await look()).due, (await look()).content]).toEqual([undefined, undefined]);
  });

  it("the looks at a publish's page end although the record of its build is damaged", async () => {
    await world.patch(`/data-layers/${LAYER}`, { live });
    await world.publish("a");
    const deploy = await world.begin();
    world.content = (url) => {
      expect(url.pathname).toBe("/posts/a");
      return { kind: "answer", status: 404, location: null, retryAfter: null, text: "", headers: {} };
    };
    const buildId = /\(([\w-]+) #\d+\)/.exec(deploy.title ?? "")?.[1] ?? "";
    const { sleep } = world.deps.clock;
    Object.assign(world.deps.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms === 5 * SECOND) await damage(buildKey(world.siteId, buildId), "{");
        await sleep(ms, signal);
      },
    });
    await world.finish(deploy);
    expect((await look()).content).toBe(undefined);
  });
});
