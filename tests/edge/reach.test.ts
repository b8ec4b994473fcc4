import { describe, expect, it } from "vitest";
import { type Probes, reachOf, UNKNOWN_REACH } from "../../src/edge/outgoing/reach.ts";
import { ApiWorld } from "../api/world.ts";

const MINUTE = 60_000;
const refused = () => new Response("{}", { status: 405, headers: { allow: "POST" } });

const probing = (answer: () => Response | Promise<Response> = refused, worker: () => void = () => undefined) => {
  const asked: string[] = [];
  const probes: Probes = {
    fetch: async (url) => {
      asked.push(url);
      return answer();
    },
    wakeNobody: async () => worker(),
  };
  return { asked, probes };
};

describe("whether we can be reached", () => {
  it("our reach is good where a stranger learns to POST, and a worker's call is accepted", async () => {
    const world = new ApiWorld();
    const { asked, probes } = probing();
    expect(await reachOf(world.deps, probes)).toMatchObject({ selfCall: "ok", publicAccess: "ok" });
    expect(asked).toEqual(["https://hooks.example.com/hooks/data_layer/data_source/publish/reachable"]);
  });

  it.each([
    ["a private project asks who is there", new Response("Log in", { status: 401 }), "private"],
    ["a protected one forbids", new Response("No", { status: 403 }), "private"],
    [
      "another domain is the main one",
      new Response(null, { status: 301, headers: { location: "https://x" } }),
      "redirects",
    ],
    ["something else answers", new Response("<html>", { status: 200 }), "unknown"],
    ["something else fails", new Response("", { status: 502 }), "unknown"],
  ])("a failed reach is reported: %s", async (_what, response, found) => {
    const { probes } = probing(() => response);
    expect((await reachOf(new ApiWorld().deps, probes)).publicAccess).toBe(found);
  });

  it("a missing answer from outside proves nothing, but a worker that cannot be called is a failure", async () => {
    const { probes } = probing(
      () => Promise.reject(new TypeError("fetch failed")),
      () => {
        throw new Error("401");
      },
    );
    expect(await reachOf(new ApiWorld().deps, probes)).toMatchObject({ selfCall: "failing", publicAccess: "unknown" });
  });

  it("our reach is checked once in five minutes, and soon again while it is bad", async () => {
    const world = new ApiWorld();
    let status = 401;
    const { asked, probes } = probing(() => (status === 405 ? refused() : new Response("", { status })));
    await reachOf(world.deps, probes);
    await reachOf(world.deps, probes);
    expect(asked).toHaveLength(1);
    status = 405;
    world.now += MINUTE;
    expect((await reachOf(world.deps, probes)).publicAccess).toBe("ok");
    world.now += 4 * MINUTE;
    await reachOf(world.deps, probes);
    expect(asked).toHaveLength(2);
    world.now += 2 * MINUTE;
    await reachOf(world.deps, probes);
    expect(asked).toHaveLength(3);
  });

  it("our reach is not checked while the store does not answer, because nobody can claim the calls", async () => {
    const world = new ApiWorld();
    for (const op of ["read", "write"]) {
      world.store.fault = (called) => (called === op ? "down" : "none");
      const { asked, probes } = probing();
      expect(await reachOf(world.deps, probes)).toEqual(expect.objectContaining(UNKNOWN_REACH));
      expect(asked).toEqual([]);
    }
  });

  it("our reach costs 600 requests at once one call of each kind: at first, when due again, and while it is bad", async () => {
    const world = new ApiWorld();
    let wakes = 0;
    let status = 405;
    const { asked, probes } = probing(
      () => (status === 405 ? refused() : new Response("", { status })),
      () => {
        wakes += 1;
      },
    );
    const crowd = () => Promise.all(Array.from({ length: 600 }, () => reachOf(world.deps, probes)));
    const found = await crowd();
    expect([wakes, asked.length]).toEqual([1, 1]);
    expect(found.filter(({ publicAccess }) => publicAccess === "unknown")).toHaveLength(599);
    world.now += 5 * MINUTE;
    status = 401;
    expect((await crowd()).filter(({ publicAccess }) => publicAccess === "ok")).toHaveLength(599);
    expect([wakes, asked.length]).toEqual([2, 2]);
    world.now += MINUTE;
    await crowd();
    await crowd();
    expect([wakes, asked.length]).toEqual([3, 3]);
  });

  it("our reach is checked again after fifteen seconds, if the first checker is gone", async () => {
    const world = new ApiWorld();
    const { asked, probes } = probing(() => new Promise<Response>(() => undefined));
    void reachOf(world.deps, probes);
    while (asked.length === 0) await Promise.resolve();
    const again = probing();
    expect(await reachOf(world.deps, again.probes)).toMatchObject(UNKNOWN_REACH);
    world.now += 15_000;
    expect(await reachOf(world.deps, again.probes)).toMatchObject({ publicAccess: "ok" });
    expect([asked.length, again.asked.length]).toEqual([1, 1]);
  });
});
