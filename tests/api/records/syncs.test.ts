import { describe, expect, it } from "vitest";
import { KEEP_ALL } from "../../../src/core/retention.ts";
import { syncKey, syncsPrefix } from "../../../src/store/keys.ts";
import { ApiWorld, done } from "../world.ts";

const idsOf = async (world: ApiWorld, path: string): Promise<string[]> => {
  const page = await world.get(path);
  return page.listAt("items").map((_, i) => page.textAt(`items.${i}.id`));
};

const fails = () => ({ kind: "answer", status: 500, location: null, retryAfter: null, text: "" }) as const;

describe("syncs", () => {
  it("a manual sync is answered like a publish, wakes a worker, and is found at once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const asked = await world.post(`/data-layers/${id}/syncs`);
    expect(asked.status).toBe(202);
    expect(asked.at("")).toMatchObject({ dataLayerId: id, outcome: "queued", scope: "all", warnings: [] });
    expect(asked.textAt("message")).toContain("queued");
    expect(world.wakes).toEqual([{ kind: "layer", id }]);
    const sync = await world.get(`/data-layers/${id}/syncs/${asked.textAt("syncId")}`);
    expect(sync.at("")).toMatchObject({
      id: asked.at("syncId"),
      status: "pending",
      scope: "all",
      trigger: { type: "manual", actor: { name: "Owner token" } },
      deliveries: 1,
      attempts: 0,
      startedAt: null,
      finishedAt: null,
      error: null,
      supersededBy: null,
      dataSources: [{ slug: "blog", status: "pending", attempts: 0, durationMs: null, error: null, message: null }],
      sites: [],
    });
    expect(sync.textAt("queuedAt")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it("a sync of an unchanged job shows that, and why the site is built all the same", async () => {
    const world = new ApiWorld();
    const connectedSites = [{ name: "Web", buildHook: "https://api.netlify.com/build_hooks/0123456789abcdef" }];
    const id = await world.layer({ connectedSites }, "");
    world.job = () => done('{"changed":true}');
    await world.work({ kind: "layer", id });
    world.job = () => done('{"changed":false}');
    const shown = async () => {
      const { syncId } = JSON.parse((await world.post(`/data-layers/${id}/syncs`)).text);
      await world.work({ kind: "layer", id });
      return world.get(`/data-layers/${id}/syncs/${syncId}`);
    };
    const first = await shown();
    expect(first.at("dataSources.0")).toMatchObject({ changed: false, countedBecause: "unbuilt-change" });
    expect(first.listAt("sites")).toHaveLength(1);
    const second = await shown();
    expect(second.at("dataSources.0")).toMatchObject({ changed: false, countedBecause: null });
    expect(second.at("sites")).toEqual([]);
  });

  it("a second manual sync merges into the first; both are in the audit log", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const first = await world.post(`/data-layers/${id}/syncs`, { dataSource: "blog" });
    const second = await world.post(`/data-layers/${id}/syncs`, {});
    expect([first.at("outcome"), second.at("outcome")]).toEqual(["queued", "coalesced"]);
    expect(second.at("syncId")).toBe(first.at("syncId"));
    expect(second.at("scope")).toBe("all");
    const requested = (await world.audit()).filter((entry) => JSON.stringify(entry).includes("sync.requested"));
    expect(requested).toHaveLength(2);
  });

  it("a source that is not there is refused; a build layer takes any label", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const refused = await world.post(`/data-layers/${id}/syncs`, { dataSource: "shop" });
    expect([refused.status, refused.at("code")]).toEqual([422, "UNKNOWN_DATA_SOURCE"]);
    const build = await world.layer({ dataSources: [] });
    expect((await world.post(`/data-layers/${build}/syncs`, { dataSource: "shop" })).at("scope")).toEqual(["shop"]);
    // As its webhook takes them: any text, cut off where it is too long, and everything where no label is in it.
    for (const [dataSource, scope] of [
      ["Bad Label!!", ["Bad Label!!", "shop"]],
      ["x".repeat(200), ["Bad Label!!", "shop", "x".repeat(64)]],
      ["__proto__", "all"],
    ]) {
      const asked = await world.post(`/data-layers/${build}/syncs`, { dataSource });
      expect([asked.status, asked.at("scope"), asked.at("warnings")]).toEqual([202, scope, []]);
    }
  });

  it("a sync is followed from pending to its end, under one id, and stays readable", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const syncId = (await world.post(`/data-layers/${id}/syncs`)).textAt("syncId");
    world.job = () => done('{"message":"12 posts","records":12}');
    await world.work({ kind: "layer", id });
    const sync = await world.get(`/data-layers/${id}/syncs/${syncId}`);
    expect(sync.at("")).toMatchObject({ id: syncId, status: "succeeded", attempts: 1, error: null });
    expect(sync.at("dataSources.0")).toMatchObject({
      slug: "blog",
      status: "succeeded",
      message: "12 posts",
      records: 12,
    });
    expect((await world.store.memory.list(syncsPrefix(id))).map(({ key }) => key)).toEqual([syncKey(id, syncId)]);
    expect(await idsOf(world, `/data-layers/${id}/syncs`)).toEqual([syncId]);
    const etag = sync.headers.get("etag") ?? "";
    expect((await world.get(`/data-layers/${id}/syncs/${syncId}`, { headers: { "if-none-match": etag } })).status).toBe(
      304,
    );
  });

  it("syncs are listed newest first across document and archive, none twice, with new ones in between", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      made.unshift((await world.post(`/data-layers/${id}/syncs`)).textAt("syncId"));
      await world.work({ kind: "layer", id });
      world.now += 1000;
    }
    made.unshift((await world.post(`/data-layers/${id}/syncs`)).textAt("syncId"));
    const first = await world.get(`/data-layers/${id}/syncs?limit=2`);
    await world.work({ kind: "layer", id });
    world.now += 1000;
    await world.post(`/data-layers/${id}/syncs`);
    const second = await world.get(`/data-layers/${id}/syncs?limit=2&cursor=${first.textAt("nextCursor")}`);
    const third = await world.get(`/data-layers/${id}/syncs?limit=2&cursor=${second.textAt("nextCursor")}`);
    const ids = [first, second, third].flatMap((page) =>
      page.listAt("items").map((_, i) => page.textAt(`items.${i}.id`)),
    );
    expect(ids).toEqual(made);
    expect(third.at("nextCursor")).toBe(null);
  });

  it("an ended sync that is still owed to the archive is found and listed once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const syncId = (await world.post(`/data-layers/${id}/syncs`)).textAt("syncId");
    world.store.fault = (op, key) => (op === "write" && key.startsWith("syncs/") ? "reply-lost" : "none");
    await world.work({ kind: "layer", id });
    expect(await idsOf(world, `/data-layers/${id}/syncs`)).toEqual([syncId]);
    expect((await world.get(`/data-layers/${id}/syncs/${syncId}`)).at("status")).toBe("succeeded");
  });

  it("a pending sync can be cancelled, once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const syncId = (await world.post(`/data-layers/${id}/syncs`)).textAt("syncId");
    const path = `/data-layers/${id}/syncs/${syncId}`;
    expect((await world.post(`${path}/cancel`, undefined, { as: "Reviewer" })).status).toBe(403);
    const cancelled = await world.post(`${path}/cancel`);
    expect([cancelled.status, cancelled.at("status"), cancelled.at("id")]).toEqual([202, "cancelled", syncId]);
    expect((await world.get(path)).at("status")).toBe("cancelled");
    expect((await world.get(`/data-layers/${id}`)).at("status")).toBe("idle");
    const again = await world.post(`${path}/cancel`);
    expect([again.status, again.at("code")]).toEqual([409, "SYNC_ENDED"]);
    expect((await world.post(`/data-layers/${id}/syncs/0190-no-such-sync/cancel`)).at("code")).toBe("SYNC_NOT_FOUND");
    expect(JSON.stringify((await world.audit()).at(-1))).toContain("sync.cancelled");
  });

  it("a sync that is not found may have expired, and the answer says how long and how many are kept", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const detail = async () => (await world.get(`/data-layers/${id}/syncs/0190-no-such-sync`)).textAt("detail");
    expect(await detail()).toContain("Syncs are kept for 400 days, at most the newest 10,000 of each data layer.");
    Object.assign(world.deps, { retention: KEEP_ALL });
    expect(await detail()).not.toMatch(/kept|Infinity/);
  });

  it("a running sync can be cancelled: what its job answers later is not recorded", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const syncId = (await world.post(`/data-layers/${id}/syncs`)).textAt("syncId");
    const path = `/data-layers/${id}/syncs/${syncId}`;
    world.job = async () => {
      const running = await world.get(`/data-layers/${id}`);
      expect([running.at("status"), running.at("sync.running.id")]).toEqual(["running", syncId]);
      expect((await world.post(`${path}/cancel`)).at("status")).toBe("cancelled");
      return done('{"message":"too late"}');
    };
    await world.work({ kind: "layer", id });
    const sync = await world.get(path);
    expect([sync.at("status"), sync.at("dataSources.0.status"), sync.at("dataSources.0.message")]).toEqual([
      "cancelled",
      "cancelled",
      null,
    ]);
  });

  it("a sync with a failed source waits for its retry, which a person can hurry", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const syncId = (await world.post(`/data-layers/${id}/syncs`)).textAt("syncId");
    world.job = fails;
    await world.work({ kind: "layer", id });
    const layer = await world.get(`/data-layers/${id}`);
    expect(layer.at("status")).toBe("retrying");
    expect(layer.at("sync.retrying.0")).toMatchObject({
      slug: "blog",
      syncId,
      attempts: 1,
      error: "the job answered 500",
    });
    expect(await world.get(`/data-layers/${id}/syncs/${syncId}`).then(({ at }) => [at("status"), at("error")])).toEqual(
      ["retrying", "the job answered 500"],
    );
    world.wakes.length = 0;
    const hurried = await world.post(`/data-layers/${id}/syncs/${syncId}/retry`);
    expect([hurried.status, hurried.at("id")]).toEqual([202, syncId]);
    expect(world.wakes).toEqual([{ kind: "layer", id }]);
    expect((await world.get(`/data-layers/${id}`)).at("sync.retrying.0.due")).toBe(new Date(world.now).toISOString());
    world.job = () => done();
    await world.work({ kind: "layer", id });
    expect((await world.get(`/data-layers/${id}/syncs/${syncId}`)).at("status")).toBe("succeeded");
    const over = await world.post(`/data-layers/${id}/syncs/${syncId}/retry`);
    expect([over.status, over.at("code")]).toEqual([409, "NOTHING_TO_RETRY"]);
  });

  it("a sync that failed for good is requested again with its failed sources only", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const syncId = (await world.post(`/data-layers/${id}/syncs`)).textAt("syncId");
    world.job = fails;
    for (let tries = 0; tries < 5; tries += 1) {
      await world.work({ kind: "layer", id });
      world.now += 9 * 60 * 1000;
    }
    const failed = await world.get(`/data-layers/${id}/syncs/${syncId}`);
    expect([failed.at("status"), failed.at("error"), failed.at("attempts")]).toEqual([
      "failed",
      "the job answered 500",
      5,
    ]);
    const again = await world.post(`/data-layers/${id}/syncs/${syncId}/retry`);
    expect(again.status).toBe(202);
    expect(again.at("id")).not.toBe(syncId);
    expect([again.at("status"), again.at("scope")]).toEqual(["pending", ["blog"]]);
    expect(again.headers.get("location")).toContain(again.textAt("id"));
  });

  it("a sync of a changed setting covers no delivery, and a publish that joins it is one", async () => {
    const world = new ApiWorld();
    const dataSources = [{ slug: "cms", type: "http", name: "CMS", url: "https://jobs.example.com/cms" }];
    const id = (await world.post("/data-layers", { name: "A", dataSources })).textAt("id");
    const deliveries = async () => (await world.get(`/data-layers/${id}/syncs`)).at("items.0.deliveries");
    expect(await deliveries()).toBe(0);
  });

  it("a build that a person released names no earliest start, which may have passed long ago", async () => {
    const world = new ApiWorld();
    const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
    const builds = `/sites/${(await world.post("/sites", { name: "Web", buildHook })).textAt("id")}/builds`;
    await world.post(builds);
    world.now += 600_000;
    const again = await world.post(builds);
    expect([again.at("waitingFor"), again.at("waitingUntil"), again.at("until")]).toEqual([null, null, null]);
  });
});
