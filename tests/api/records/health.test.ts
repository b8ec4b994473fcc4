import { describe, expect, it } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { checkHealth } from "../../../src/app/repair/health.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { CANARY, DRAIN_HINT } from "../../../src/store/keys.ts";
import type { Written } from "../../../src/store/store.ts";
import { ApiWorld, SECRETS } from "../world.ts";

const MINUTE = 60_000;

describe("health", () => {
  it("health is good over a store that keeps its promises, may be cached for a minute, and needs no token", async () => {
    const world = new ApiWorld();
    const health = await world.get("/health", { as: null });
    expect(health.status).toBe(200);
    expect(health.headers.get("cache-control")).toBe("public, max-age=60");
    expect(health.at("")).toMatchObject({
      status: "ok",
      checks: { store: { status: "ok" }, drain: { status: "unknown", ageSeconds: null } },
    });
    expect(health.textAt("version")).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("health writes at most once in half a minute, however often it is requested", async () => {
    const world = new ApiWorld();
    for (let i = 0; i < 50; i += 1) await world.get("/health", { as: null });
    const { writes } = world.store.counts;
    expect(writes).toBeLessThanOrEqual(3);
    world.now += MINUTE;
    await world.get("/health");
    expect(world.store.counts.writes).toBeGreaterThan(writes);
  });

  it("health checks the store's conditions once for 600 requests at a time", async () => {
    const world = new ApiWorld();
    const crowd = async (): Promise<object> => {
      const before = { ...world.store.counts };
      const found = await Promise.all(Array.from({ length: 600 }, () => checkHealth(world.deps)));
      expect(found.every(({ store }) => store.status === "ok")).toBe(true);
      const { reads, writes } = world.store.counts;
      return { reads: reads - before.reads, writes: writes - before.writes };
    };
    // Each reads the mark and the drain's word and tries to claim; one reads back and makes two writes more.
    const tried = { reads: 1201, writes: 602 };
    expect(await crowd()).toEqual(tried);
    world.now += MINUTE;
    expect(await crowd()).toEqual(tried);
    expect(await crowd()).toEqual({ reads: 1200, writes: 0 });
  });

  it("health is bad when the store does not answer, and when it accepts a write over an old version", async () => {
    const world = new ApiWorld();
    world.store.fault = () => "down";
    const down = await world.get("/health", { as: null });
    expect([down.status, down.at("checks.store.status")]).toEqual([503, "failing"]);

    const careless = new ApiWorld();
    const { memory } = careless.store;
    careless.store.write = async (key: string, text: string, expected: string | null): Promise<Written> => {
      const standing = await memory.read(key);
      return memory.write(key, text, expected === null ? null : (standing?.etag ?? null));
    };
    for (let i = 0; i < 3; i += 1) {
      const stale = await careless.get("/health", { as: null });
      expect([stale.status, stale.textAt("checks.store.detail")]).toEqual([
        503,
        "a write over an old version was accepted",
      ]);
    }
  });

  describe("after a check that found a broken store", () => {
    const REASON = "a write over an old version was accepted";
    const FAILING = { status: "failing", detail: REASON };
    const found = async (): Promise<ApiWorld> => {
      const world = new ApiWorld();
      const mark = JSON.stringify({ at: world.now, sound: false, failure: REASON, since: world.now });
      await world.store.memory.write(CANARY, mark, null);
      return world;
    };
    const said = async (world: ApiWorld) => {
      const health = await world.get("/health", { as: null });
      return [health.status, health.at("checks.store")];
    };

    it("a broken store's reason is repeated for half a minute without a write", async () => {
      const world = await found();
      world.now += 29_000;
      expect(await said(world)).toEqual([503, FAILING]);
      expect(world.store.counts.writes).toBe(0);
    });

    it("health reports the broken store's reason to everybody while one request checks again, also after that one died", async () => {
      const world = await found();
      world.now += MINUTE;
      const meanwhile: unknown[] = [];
      let claimed = false;
      world.store.before = async (op, key) => {
        if (op !== "write" || key !== CANARY) return;
        if (!claimed) {
          claimed = true;
          return;
        }
        world.store.before = async () => {};
        meanwhile.push(await said(world));
        world.store.fault = () => "down";
      };
      await said(world);
      world.store.fault = () => "none";
      expect(meanwhile).toEqual([[503, FAILING]]);
      expect(await said(world)).toEqual([503, FAILING]);
    });

    it("a health check that loses the race to try again reports the reason", async () => {
      const world = await found();
      world.now += MINUTE;
      const checks = await Promise.all([checkHealth(world.deps), checkHealth(world.deps)]);
      expect(checks.map(({ store }) => store.status).sort()).toEqual(["failing", "ok"]);
    });

    it("a health check that finds the store sound is remembered", async () => {
      const world = await found();
      world.now += MINUTE;
      expect(await said(world)).toEqual([200, { status: "ok" }]);
      const { writes } = world.store.counts;
      expect(await said(world)).toEqual([200, { status: "ok" }]);
      expect(world.store.counts.writes).toBe(writes);
    });
  });

  it("health is late where nothing ticked within twenty minutes of the first request, until something ticks", async () => {
    const world = new ApiWorld();
    const drainAfter = async (ms: number) => {
      world.now += ms;
      const { status, at } = await world.get("/health", { as: null });
      return [status, at("checks.drain.status"), at("checks.drain.ageSeconds")];
    };
    expect(await drainAfter(0)).toEqual([200, "unknown", null]);
    expect(await drainAfter(10 * MINUTE)).toEqual([200, "unknown", null]);
    expect(await drainAfter(11 * MINUTE)).toEqual([503, "late", null]);
    await drain(world.deps);
    expect(await drainAfter(MINUTE)).toEqual([200, "ok", 60]);
  });

  it("health is never late on a preview or branch deploy, where no schedule runs", async () => {
    const world = new ApiWorld();
    Object.assign(world.deps, { isTicked: false });
    await world.get("/health", { as: null });
    world.now += 24 * 60 * MINUTE;
    const health = await world.get("/health", { as: null });
    expect([health.status, health.at("checks.drain")]).toEqual([
      200,
      { status: "unknown", ageSeconds: null, left: null },
    ]);
  });

  it("health does not take an unreadable hint for a missing one", async () => {
    const world = new ApiWorld();
    await world.get("/health", { as: null });
    world.now += 30 * MINUTE;
    world.store.fault = (_op, key) => (key === DRAIN_HINT ? "down" : "none");
    expect((await world.get("/health", { as: null })).at("checks.drain")).toEqual({
      status: "unknown",
      ageSeconds: null,
      left: null,
    });
  });

  it("health says why the store cannot be used as it is set up, and so does every call, after one round trip", async () => {
    const world = new ApiWorld();
    world.store.fault = () => "misconfigured";
    const health = await world.get("/health", { as: null });
    expect([health.status, health.textAt("checks.store.detail")]).toEqual([
      503,
      expect.stringContaining("npm run dev"),
    ]);
    const { reads } = world.store.counts;
    const call = await world.get("/data-layers/layer-one");
    expect([call.status, call.at("code"), call.at("fault")]).toEqual([
      503,
      "STORE_MISCONFIGURED",
      "STORE_WITHOUT_ETAGS",
    ]);
    expect(world.store.counts.reads).toBe(reads + 1);
  });

  it("health is bad where no worker can be called, where senders must log in, and where they are redirected", async () => {
    const world = new ApiWorld();
    for (const [reach, status] of [
      [{ selfCall: "ok", publicAccess: "ok" }, 200],
      [{ selfCall: "unknown", publicAccess: "unknown" }, 200],
      [{ selfCall: "failing", publicAccess: "unknown" }, 503],
      [{ selfCall: "ok", publicAccess: "private" }, 503],
      [{ selfCall: "ok", publicAccess: "redirects" }, 503],
    ] as const) {
      world.reach = reach;
      const health = await world.get("/health", { as: null });
      expect(health.status).toBe(status);
      expect(health.at("checks")).toMatchObject({
        selfCall: { status: reach.selfCall },
        publicAccess: { status: reach.publicAccess },
        secret: { status: "ok" },
      });
    }
    world.config = { ...world.config, secrets: [], problems: ["LAYERHOOK_SECRET: is not set"] };
    const health = await world.get("/health", { as: null });
    expect(health.at("checks")).toMatchObject({
      secret: { status: "missing" },
      configuration: { status: "failing", problems: [expect.stringContaining("LAYERHOOK_SECRET must be")] },
    });
  });

  it("health checks that run at once do not take each other for a failure", async () => {
    const world = new ApiWorld();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.get("/health", { as: null })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await world.store.memory.read(CANARY)).not.toBe(null);
  });

  it("health says how long ago the drain ticked, and is bad when that was too long ago", async () => {
    const world = new ApiWorld();
    await world.store.memory.write(DRAIN_HINT, JSON.stringify({ at: world.now, seen: {} }), null);
    world.now += MINUTE;
    expect((await world.get("/health")).at("checks.drain")).toEqual({ status: "ok", ageSeconds: 60, left: 0 });
    world.now += 60 * MINUTE;
    const late = await world.get("/health");
    expect([late.status, late.at("checks.drain.status")]).toEqual([503, "late"]);
  });

  describe("after a change of LAYERHOOK_SECRET", () => {
    const NEW = "another-long-secret-of-this-system";
    const kept = async (): Promise<ApiWorld> => {
      const world = new ApiWorld();
      await world.layer({}, "?sync=false");
      await world.post("/sites", { name: "Site", buildHook: "https://api.netlify.com/build_hooks/0123456789abcdef" });
      await drain(world.deps);
      return world;
    };
    const name = (world: ApiWorld, ...secrets: string[]) => Object.assign(world.deps, { sealer: makeSealer(secrets) });
    const said = async (world: ApiWorld) => {
      const health = await world.get("/health", { as: null });
      return [health.status, health.at("checks.secret")];
    };

    it("health says that a new LAYERHOOK_SECRET is taking over until everything stored was sealed again", async () => {
      const world = await kept();
      expect(await said(world)).toEqual([200, { status: "ok", unreadable: 0 }]);
      name(world, NEW, ...SECRETS);
      expect(await said(world)).toEqual([200, { status: "rotating", unreadable: 0 }]);
      await drain(world.deps);
      await drain(world.deps);
      expect(await said(world)).toEqual([200, { status: "ok", unreadable: 0 }]);
      name(world, NEW);
      await drain(world.deps);
      expect(await said(world)).toEqual([200, { status: "ok", unreadable: 0 }]);
    });

    it("health is bad if the former secret is not named, says how much cannot be opened, and is good once it is named", async () => {
      const world = await kept();
      name(world, NEW);
      await drain(world.deps);
      expect(await said(world)).toEqual([503, { status: "unreadable", unreadable: 2 }]);
      expect(world.facts).toContainEqual(
        expect.objectContaining({ kind: "trouble", error: expect.stringContaining("LAYERHOOK_SECRET changed") }),
      );
      name(world, NEW, ...SECRETS);
      await drain(world.deps);
      await drain(world.deps);
      expect(await said(world)).toEqual([200, { status: "ok", unreadable: 0 }]);
    });

    it("health is good again once what cannot be opened was entered again", async () => {
      const world = await kept();
      name(world, NEW);
      await drain(world.deps);
      const [layer] = (await world.get("/data-layers")).listAt("items");
      const id = Reflect.get(Object(layer), "id");
      await world.post(`/data-layers/${id}/data-sources/blog/secret`);
      await drain(world.deps);
      expect(await said(world)).toEqual([503, { status: "unreadable", unreadable: 1 }]);
      const [site] = (await world.get("/sites")).listAt("items");
      await world.delete(`/sites/${Reflect.get(Object(site), "id")}`);
      await drain(world.deps);
      expect(await said(world)).toEqual([200, { status: "ok", unreadable: 0 }]);
    });
  });

  it("health keeps its ETag while only the clock moves, and changes it as soon as anything else is different", async () => {
    const world = new ApiWorld();
    await world.store.memory.write(DRAIN_HINT, JSON.stringify({ at: world.now, seen: {} }), null);
    const etag = (await world.get("/health", { as: null })).headers.get("etag") ?? "";
    const again = () => world.get("/health", { as: null, headers: { "if-none-match": etag } });
    world.now += MINUTE;
    const same = await again();
    expect([same.status, same.text, same.headers.get("etag")]).toEqual([304, "", etag]);
    expect(same.headers.get("cache-control")).toBe("public, max-age=60");
    world.reach = { selfCall: "unknown", publicAccess: "ok" };
    expect((await again()).status).toBe(200);
    world.reach = { selfCall: "failing", publicAccess: "ok" };
    const failing = await again();
    expect([failing.status, failing.headers.get("etag")]).toEqual([503, null]);
    world.reach = { selfCall: "ok", publicAccess: "ok" };
    expect((await again()).status).toBe(304);
    world.now += 60 * MINUTE;
    expect((await again()).status).toBe(503);
  });
});
