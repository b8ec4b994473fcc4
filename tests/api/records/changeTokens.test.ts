import { beforeEach, describe, expect, it } from "vitest";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { ApiWorld, type Role } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

let world: ApiWorld;
let layerId: string;
let siteId: string;

beforeEach(async () => {
  world = new ApiWorld();
  // Not in the first minute of a slice of the log.
  world.now += 3 * 60_000;
  siteId = (await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } })).textAt("id");
  layerId = await world.layer({ name: "Blog", connectedSites: [{ siteId }] });
});

/** A publish to the layer's default webhook, logged as it is after the answer. */
const publish = async (): Promise<void> => {
  const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}`;
  const after: Promise<unknown>[] = [];
  await answerPublish(new Request(url, { method: "POST" }), world.deps, (work) => after.push(work));
  await Promise.all(after);
};

const ask = async (path: string, etag = "", as: Role = "Owner") => {
  const { reads, lists } = world.store.counts;
  const { status, headers } = await world.get(path, { headers: { "if-none-match": etag }, as });
  const { reads: read, lists: listed } = world.store.counts;
  return { status, etag: headers.get("etag") ?? "", reads: read - reads, lists: listed - lists };
};

const views = {
  overview: () => "/overview",
  activity: () => `/data-layers/${layerId}/activity?hours=1`,
  deliveries: () => `/data-layers/${layerId}/deliveries`,
} as const;

describe("a change token", () => {
  it.each([
    ["overview", { reads: 0, lists: 2 }],
    ["activity", { reads: 2, lists: 1 }],
    ["deliveries", { reads: 2, lists: 1 }],
  ] as const)(
    "an unchanged view costs two lists, or the documents of the layer and its site and one list: %s",
    async (name, cost) => {
      const path = views[name]();
      await publish();
      const { etag } = await ask(path);
      expect(await ask(path, etag)).toEqual({ status: 304, etag, ...cost });
    },
  );

  const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a publish", publish],
    ["a sync by hand", () => world.post(`/data-layers/${layerId}/syncs`)],
    ["a build by hand", () => world.post(`/sites/${siteId}/builds`)],
    ["another name of the site", () => world.patch(`/sites/${siteId}`, { name: `Shop ${world.now}` })],
    ["another name of the layer", () => world.patch(`/data-layers/${layerId}`, { name: `Blog ${world.now}` })],
  ];
  it.each(changes)("a view changes with what it shows, at once: %s", async (what, change) => {
    for (const name of ["overview", "activity"] as const) {
      const { etag } = await ask(views[name]());
      await change();
      const { status, etag: next } = await ask(views[name](), etag);
      expect([status, next === etag], `${name} after ${what}`).toEqual([200, false]);
      world.now += 2000;
    }
  });

  it("a delivery that wrote nothing but the log changes the activity and the deliveries of its layer", async () => {
    await publish();
    for (const name of ["activity", "deliveries"] as const) {
      const { etag } = await ask(views[name]());
      const before = await world.store.memory.read(layerKey(layerId));
      await publish();
      expect((await world.store.memory.read(layerKey(layerId)))?.etag).toBe(before?.etag);
      expect((await ask(views[name](), etag)).status, name).toBe(200);
    }
  });

  it("a document that changed in nothing that is shown is a 304 with a new ETag, which is cheap from then on", async () => {
    const path = views.activity();
    const { etag } = await ask(path);
    const stored = await world.store.memory.read(layerKey(layerId));
    const document = JSON.parse(stored?.text ?? "{}");
    const text = JSON.stringify({ ...document, rev: document.rev + 1 });
    await world.store.memory.write(layerKey(layerId), text, stored?.etag ?? null);
    const again = await ask(path, etag);
    expect([again.status, again.etag === etag]).toEqual([304, false]);
    expect(await ask(path, again.etag)).toMatchObject({ status: 304, reads: 2, lists: 1 });
  });

  it("a view is made again every five minutes, because what is too old leaves it", async () => {
    const { etag } = await ask(views.activity());
    world.now += 5 * 60_000;
    expect((await ask(views.activity(), etag)).lists).toBeGreaterThan(1);
  });

  it("what became of a build of a disconnected site shows within five minutes, as the description says", async () => {
    await world.patch(`/data-layers/${layerId}`, { connectedSites: [] });
    const { etag } = await ask(views.activity());
    await world.post(`/sites/${siteId}/builds`);
    expect((await ask(views.activity(), etag)).status).toBe(304);
    world.now += 5 * 60_000;
    expect((await ask(views.activity(), etag)).lists).toBeGreaterThan(1);
    const described = await world.get("/openapi.json");
    expect(described.text).toContain("a site that is no longer connected shows within five minutes");
  });

  it("an ETag of one address or role is worth nothing at another", async () => {
    const { etag } = await ask(views.activity());
    expect((await ask(`/data-layers/${layerId}/activity?hours=2`, etag)).lists).toBeGreaterThan(1);
    expect((await ask(views.activity(), etag, "Reviewer")).lists).toBeGreaterThan(1);
  });
});
