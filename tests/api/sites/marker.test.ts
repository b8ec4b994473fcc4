import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readMarker } from "../../../src/app/proof/fetchMarker.ts";
import { settleOwed } from "../../../src/app/stored/settleOwed.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { liveTime, timeOfShare } from "../../../src/core/usage/liveTimes.ts";
import { addLists } from "../../../src/core/usage/usage.ts";
import { LAYER } from "../../senders/senderWorld.ts";
import { aRound } from "../../support/round.ts";
import { dig } from "../answer.ts";
import { PAGE, type PageKind, PagesWorld, pageKinds } from "./pagesWorld.ts";

const NOT_SEEN = "The deploy is published. The page does not show it yet.";

let world: PagesWorld;

beforeEach(async () => {
  world = new PagesWorld();
  await world.open();
});

const published = async (): Promise<string> => {
  const delivery = await world.publish("a");
  await world.finish(await world.begin());
  return delivery;
};
const page = async (field: string): Promise<unknown> => (await world.get(`/sites/${world.siteId}`)).at(`page.${field}`);
const events = (): unknown[] => world.told.map((message) => Reflect.get(Object(message), "type"));

describe("the marker on a site's pages", () => {
  it("a publish is live once the page shows its deploy, and the layer is told then", async () => {
    await world.live();
    const delivery = await published();
    expect(await world.stageOf(delivery)).toEqual(["live", null]);
    expect([await page("deployId"), await page("reason"), await page("nextLookAt")]).toEqual([
      ...[world.shown?.id, null, null],
    ]);
    expect(events()).toEqual(["build.live"]);
    const [look] = world.looks;
    expect(look?.url).toMatch(/^https:\/\/www\.example\.com\/\.well-known\/layerhook\.json\?layerhook=\w+$/);
    expect([world.looks.length, look?.headers["cache-control"], look?.maxBytes]).toEqual([1, "no-cache", 4096]);
  });

  it("a publish is not live while the page is old, is looked for after 5, 15 and 60 seconds, and then told as stale", async () => {
    await world.live();
    world.kind = "old";
    const stages: unknown[] = [];
    const { sleep } = world.deps.clock;
    const delivery = await world.publish("a");
    Object.assign(world.deps.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms >= 5 * SECOND && ms <= MINUTE) stages.push((await world.stageOf(delivery)).join(": "));
        await sleep(ms, signal);
      },
    });
    await world.finish(await world.begin());
    expect(stages.slice(-3)).toEqual(Array(3).fill(`building: ${NOT_SEEN}`));
    expect(world.waits.slice(-3)).toEqual([5 * SECOND, 15 * SECOND, MINUTE]);
    const [stage, reason] = await world.stageOf(delivery);
    expect([stage, reason]).toEqual([
      ...["held", "The deploy is published, but the page does not show it. The page shows another deploy."],
    ]);
    expect(events()).toEqual(["build.stale"]);
    expect(dig(JSON.parse(JSON.stringify(world.told[0])), "publishToLiveSeconds")).toBe(null);
    // Nobody looks again before another deploy is live.
    const looks = world.looks.length;
    await aRound(world.deps);
    await world.workSite();
    expect(world.looks).toHaveLength(looks);
  });

  it("a publish whose page was old is live with the next deploy that the page shows", async () => {
    await world.live();
    world.kind = "old";
    const first = await published();
    world.kind = "fresh";
    const second = await published();
    expect([await world.stageOf(first), await world.stageOf(second)]).toEqual([
      ["live", null],
      ["live", null],
    ]);
    expect(events()).toEqual(["build.stale", "build.live"]);
  });

  it.each([
    ["slow", "could not be fetched: timed out"],
    ["broken", "answered 502"],
    ["redirecting", "redirects (301)"],
  ] as const)(
    "a publish is not live where a page that had a marker is %s, and the reason is shown",
    async (kind, reason) => {
      await world.live();
      world.kind = kind;
      const delivery = await published();
      const [stage, why] = await world.stageOf(delivery);
      expect(stage).toBe("held");
      expect(why).toContain(reason);
      expect(events()).toEqual(["build.stale"]);
    },
  );

  it.each(["without", "wrong", "hostile"] as const)(
    "Netlify's word counts where the pages never had a marker (%s), and nobody looks twice at one deploy",
    async (kind) => {
      world.kind = kind;
      await world.live();
      const delivery = await published();
      expect(await world.stageOf(delivery)).toEqual(["live", null]);
      expect(world.looks).toHaveLength(1);
      expect([await page("deployId"), await page("nextLookAt")]).toEqual([null, null]);
      expect(events()).toEqual(["build.live"]);
    },
  );

  it("Netlify's word counts again once the pages have no marker any more, after the last look", async () => {
    await world.live();
    world.kind = "without";
    const delivery = await published();
    expect(world.looks).toHaveLength(4);
    expect(await world.stageOf(delivery)).toEqual(["live", null]);
    expect(events()).toEqual(["build.live"]);
  });

  it("a site without a public URL is not looked at, and what waited for its page is told", async () => {
    await world.live();
    world.kind = "old";
    await world.publish("a");
    const deploy = await world.begin();
    // The worker that looks dies after its first look.
    world.store.before = async (op, key) => {
      if (op === "write" && key.startsWith("sites/") && world.looks.length > 0) throw new Error("it died");
    };
    await world.finish(deploy);
    world.store.before = async () => undefined;
    expect(events()).toEqual([]);
    await world.patch(`/sites/${world.siteId}`, { publicUrl: null });
    await world.workSite();
    await world.workLayer();
    expect(events()).toEqual(["build.live"]);
    expect((await world.get(`/sites/${world.siteId}`)).at("page")).toBe(null);
  });

  it("a look that a dead worker left is made up by the drain", async () => {
    await world.live();
    const { wake } = world.deps;
    await world.publish("a");
    const deploy = await world.begin();
    world.store.before = async (op, key) => {
      if (op === "write" && key.startsWith("sites/") && world.looks.length > 0) throw new Error("it died");
    };
    await world.finish(deploy);
    world.store.before = async () => undefined;
    world.wakes.length = 0;
    await aRound(world.deps);
    expect(world.wakes).toContainEqual({ kind: "site", id: world.siteId });
    await world.workSite();
    expect(await page("deployId")).toBe(deploy.id);
    expect(wake).toBe(world.deps.wake);
  });

  it("a rollback takes a publish from live at once, before the page is looked at again", async () => {
    await world.live();
    const before = world.shown;
    const delivery = await published();
    expect((await world.stageOf(delivery))[0]).toBe("live");
    if (before === null) throw new RangeError("nothing was live");
    before.published_at = new Date(world.now).toISOString();
    world.store.before = async (op, key) => {
      if (op === "write" && key.startsWith("sites/") && world.looks.length > 1) throw new Error("it died");
    };
    await world.tell("deploy_restored", before);
    world.store.before = async () => undefined;
    expect((await world.stageOf(delivery))[0]).toBe("held");
  });

  it.each([
    ["http://www.example.com/", "must begin with https://"],
    ["https://localhost/", "must not point to this machine"],
    ["https://10.0.0.1/", "must not point to a private or reserved address"],
    ["https://www.example.com/?a=b", "must have no query and no fragment"],
    ["www.example.com", "is not a URL"],
  ])("the public URL %s is refused: it %s", async (publicUrl, message) => {
    const refused = await world.patch(`/sites/${world.siteId}`, { publicUrl });
    expect([refused.status, refused.at("code"), refused.at("errors.0.path")]).toEqual([
      400,
      "INVALID_INPUT",
      "publicUrl",
    ]);
    expect(refused.textAt("errors.0.message")).toContain(message);
    expect((await world.get(`/sites/${world.siteId}`)).at("publicUrl")).toBe(PAGE);
  });
});

describe("how long publishes take to be live", () => {
  const times = async () => (await world.get("/usage")).at("dataLayers.0.publishToLive");

  it("the time from a publish until its page shows the build is counted once for the layer, by its month", async () => {
    expect(await times()).toMatchObject({ count: 0, p50Seconds: null });
    await world.live();
    await published();
    const first = await world.get("/usage");
    expect(first.at("dataLayers.0.publishToLive.count")).toBe(1);
    // A minute at Netlify, and the seconds of the workers.
    expect(first.at("dataLayers.0.publishToLive.p50Seconds")).toBe(90);
    await settleOwed(world.deps, { kind: "site", id: world.siteId });
    expect(await times()).toMatchObject({ count: 1, p95Seconds: 90 });
    world.kind = "old";
    await published();
    expect(await times()).toMatchObject({ count: 1 });
  });

  it("a layer that no notification asks of counts its times too", async () => {
    await world.patch(`/data-layers/${LAYER}`, { notifications: [] });
    await world.live();
    await published();
    expect(await times()).toMatchObject({ count: 1, p50Seconds: 90, p95Seconds: 90 });
  });

  it("the shares of a histogram are upper bounds of their classes", () => {
    const sum = [10, 20, 20, 100, 9000].map(liveTime).reduce(addLists, []);
    expect([timeOfShare(sum, 0.2), timeOfShare(sum, 0.5), timeOfShare(sum, 0.8), timeOfShare(sum, 0.95)]).toEqual([
      ...[15, 30, 120, null],
    ]);
    expect(timeOfShare([], 0.5)).toBe(null);
    expect([15, 15.1].map((seconds) => timeOfShare(liveTime(seconds), 1))).toEqual([15, 30]);
  });
});

describe("the reading of a marker", () => {
  const read = (text: string, status = 200, headers: Record<string, string> = {}) =>
    readMarker({ ...{ kind: "answer", status, location: null, retryAfter: null, text, headers } });

  it("a marker with a deploy or a build is one, and anything else is none", () => {
    expect(read('{"deployId":"d","buildId":null,"at":"x","more":1}')).toEqual({
      ...{ kind: "marker", deployId: "d", buildId: null },
    });
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      '{"deployId":1,"buildId":"b"}',
      '{"buildId":"b"}',
      '{"deployId":null,"buildId":null}',
    ]) {
      expect([text, read(text).kind]).toEqual([text, "none"]);
    }
    expect(read(JSON.stringify({ deployId: "d".repeat(65), buildId: null })).kind).toBe("none");
  });

  it("a reason says how old the copy is that was served", () => {
    expect(read("", 404, { age: "86400" })).toMatchObject({ reason: expect.stringContaining("86400 s old") });
  });
});

describe("what visitors see, over many worlds", () => {
  const random = (seed: number) => {
    let state = seed * 2654435761 + 1;
    return (below: number): number => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
  };

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "no publish is said to be live while visitors are served an older deploy (world %i)",
    async (seed) => {
      const chance = random(seed + 1);
      await world.live();
      const deliveries: { id: string; at: number }[] = [];
      for (let step = 0; step < 8; step += 1) {
        // Netlify's word counts where there is no marker, so only what has one, or had one, is judged.
        const kinds: PageKind[] = pageKinds.filter((kind) => !["without", "wrong", "hostile"].includes(kind));
        world.kind = kinds[chance(kinds.length)] ?? "fresh";
        if (chance(3) === 0) world.catchUp();
        deliveries.push({ id: await world.publish(`entry-${step}`), at: world.now });
        if (chance(4) > 0) {
          const deploy = await world.begin().catch(() => null);
          if (deploy !== null && chance(5) > 0) await world.finish(deploy);
        }
        const began = Date.parse(world.shown?.created_at ?? "1970-01-01");
        for (const { id, at } of deliveries) {
          const [stage] = await world.stageOf(id);
          if (stage === "live") expect(began, `${id} is said to be live`).toBeGreaterThanOrEqual(at);
        }
        for (const message of world.told.splice(0)) {
          const isLive = Reflect.get(Object(message), "type") === "build.live";
          const of = Date.parse(String(Reflect.get(Object(message), "publishedAt")));
          if (isLive) expect(began).toBeGreaterThanOrEqual(of - SECOND);
        }
      }
    },
  );
});

describe("the example that writes the marker", () => {
  const examples = fileURLToPath(new URL("../../../docs/examples/", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "layerhook-marker-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const written = (name: string): unknown =>
    JSON.parse(readFileSync(join(folder, name, ".well-known", "layerhook.json"), "utf8"));
  const env = { ...process.env, INCOMING_HOOK_BODY: '{"buildId":"build-1"}', DEPLOY_ID: "deploy-1" };

  it("the one line of the docs writes a marker that is read, also without a body and a deploy id", () => {
    execFileSync(process.execPath, [join(examples, "layerhook.mjs"), join(folder, "dist")], { env });
    expect(written("dist")).toMatchObject({ buildId: "build-1", deployId: "deploy-1" });
    const text = JSON.stringify(written("dist"));
    const answer = { kind: "answer", status: 200, location: null, retryAfter: null, text } as const;
    expect(readMarker(answer)).toEqual({ kind: "marker", buildId: "build-1", deployId: "deploy-1" });
    const { INCOMING_HOOK_BODY: _body, DEPLOY_ID: _id, ...bare } = env;
    execFileSync(process.execPath, [join(examples, "layerhook.mjs"), join(folder, "git")], { env: bare });
    expect(written("git")).toMatchObject({ buildId: null, deployId: null });
  });

  it("the Netlify build plugin of the docs writes the same marker into the folder that is published", () => {
    const plugin = pathToFileURL(join(examples, "netlify-plugin", "index.js")).href;
    const publish = JSON.stringify(join(folder, "plugin"));
    const script = `import { onPostBuild } from ${JSON.stringify(plugin)}; onPostBuild({ constants: { PUBLISH_DIR: ${publish} } });`;
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { env });
    expect(written("plugin")).toMatchObject({ buildId: "build-1", deployId: "deploy-1" });
  });
});
