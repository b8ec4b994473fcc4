import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RETENTION } from "../../src/core/retention.ts";
import type { Live } from "../../src/edge/live.ts";
import { ApiWorld, SECRETS } from "../api/world.ts";
import { type Door, doorOf, loadDoors } from "../fuzz/functionDoors.ts";

/** How many apps were made since the files were loaded. */
const made = vi.hoisted(() => ({ count: 0 }));
/** What the requests to each host find as their outside. */
const outsides = vi.hoisted(() => new Map<string, Live>());

vi.mock("@hono/zod-openapi", async (original) => {
  const found = await original<typeof import("@hono/zod-openapi")>();
  class CountedApp extends found.OpenAPIHono {
    constructor(...given: ConstructorParameters<typeof found.OpenAPIHono>) {
      super(...given);
      made.count += 1;
    }
  }
  return { ...found, OpenAPIHono: CountedApp };
});

vi.mock("../../src/edge/live.ts", async (original) => ({
  ...(await original<object>()),
  makeDeps: (request: Request) => outsides.get(new URL(request.url).host),
}));

/** A deploy of its own: its store, its owner's token, its log, and its work after the answer. */
const aDeploy = (name: string) => {
  const world = new ApiWorld();
  const after: Promise<unknown>[] = [];
  const ownerToken = `owner-token-of-${name}-0123456789`;
  outsides.set(`${name}.example.com`, {
    kind: "ready",
    deps: { ...world.deps, publicUrl: `https://${name}.example.com` },
    config: {
      ...{ ...world.config, ownerToken, secrets: SECRETS, publicUrl: undefined, allowHttp: false },
      ...{ retention: RETENTION, netlifyTeam: null, netlifyToken: undefined, netlifyApiUrl: "https://netlify.example" },
    },
    team: null,
    reach: async () => ({ selfCall: "ok", publicAccess: "ok" }),
    afterwards: (work) => void after.push(work),
  });
  const ask = async (path: string, body?: object, bearer = ownerToken): Promise<Response> => {
    const request = new Request(`https://${name}.example.com/api/v1${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await doorOf(doors, "/api/v1/data-layers")?.answer(request);
    if (answer === undefined) throw new Error(`no answer from ${path}`);
    return answer;
  };
  const make = (layer: string) => ask("/data-layers?sync=false", { name: layer, dataSources: [] });
  const requests = () => world.facts.filter(({ kind }) => kind === "request").length;
  return { world, after, ownerToken, ask, make, requests };
};

let doors: readonly Door[] = [];
beforeAll(async () => {
  doors = await loadDoors();
});
beforeEach(() => outsides.clear());

describe("one instance of the API", () => {
  test("an instance of the API creates its app and its description once, however many requests it answers", async () => {
    const { ask, make } = aDeploy("first");
    expect((await make("Layer")).status).toBe(201);
    expect((await ask("/openapi.json")).status).toBe(200);
    const { count } = made;
    expect(count).toBeGreaterThan(0);
    expect((await make("Another")).status).toBe(201);
    expect((await ask("/openapi.json")).status).toBe(200);
    expect((await aDeploy("second").ask("/data-layers")).status).toBe(200);
    expect(made.count).toBe(count);
  });

  test("an instance of the API answers each of two overlapping requests with its own store, tokens, log and later work", async () => {
    const [first, second] = [aDeploy("first"), aDeploy("second")];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The first has begun when the second comes, and waits for its store until the second is answered.
    first.world.store.before = () => held;
    const late = first.make("Of the first");
    expect((await second.make("Of the second")).status).toBe(201);
    expect(await first.world.dump()).toBe("");
    expect(second.after).not.toEqual([]);
    expect([first.after, first.requests(), second.requests()]).toEqual([[], 0, 1]);
    release();
    const answer = await late;
    expect(answer.status).toBe(201);
    expect(await answer.text()).toContain("https://first.example.com/");
    expect([first.requests(), second.requests()]).toEqual([1, 1]);
    expect(first.after).not.toEqual([]);
    await Promise.all([...first.after, ...second.after]);

    const [ofFirst, ofSecond] = [await first.world.dump(), await second.world.dump()];
    expect([ofFirst.includes("Of the first"), ofFirst.includes("Of the second")]).toEqual([true, false]);
    expect([ofSecond.includes("Of the first"), ofSecond.includes("Of the second")]).toEqual([false, true]);
    expect((await second.ask("/data-layers", undefined, first.ownerToken)).status).toBe(401);
    expect((await first.ask("/data-layers", undefined, second.ownerToken)).status).toBe(401);
  });
});
