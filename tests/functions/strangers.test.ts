import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { teamOf } from "../../src/core/access/team.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { reachOf } from "../../src/edge/outgoing/reach.ts";
import { ApiWorld, PUBLIC_URL, SECRETS } from "../api/world.ts";
import { API, fakeNetlify, TEAM } from "../edge/netlify.ts";
import { current } from "../fuzz/currentLive.ts";
import { type Door, doorOf, loadDoors } from "../fuzz/functionDoors.ts";

vi.mock("../../src/edge/live.ts", async (original) => ({
  ...(await original<object>()),
  makeDeps: () => current.live,
}));

const netlify = fakeNetlify();
let doors: readonly Door[] = [];
beforeAll(async () => {
  netlify.server.listen({ onUnhandledFrame: "error" });
  doors = await loadDoors();
});
afterAll(() => netlify.server.close());

const MINUTE = 60_000;
const PUBLISH = "/hooks/data_layer/data_source/publish";

/** What a request made us do: requests to the store, calls to anywhere else. */
interface Cost {
  readonly reads: number;
  readonly writes: number;
  readonly lists: number;
  readonly calls: number;
}

const aSystem = async () => {
  const world = new ApiWorld();
  const layer = await world.layer();
  await world.post(`/data-layers/${layer}/webhooks`, { name: "CMS" });
  let calls = 0;
  world.answering = async () => {
    calls += 1;
    return world.job();
  };
  const after: Promise<unknown>[] = [];
  const reach = () =>
    reachOf(world.deps, {
      fetch: async () => {
        calls += 1;
        return new Response("{}", { status: 405, headers: { allow: "POST" } });
      },
      wakeNobody: async () => {
        calls += 1;
      },
    });
  const config = {
    ...{ ...world.config, publicUrl: PUBLIC_URL, allowHttp: false, secrets: SECRETS, retention: RETENTION },
    ...{ netlifyTeam: undefined, netlifyToken: undefined, netlifyApiUrl: API },
  };
  const send = async (path: string, init: RequestInit): Promise<number> => {
    const afterwards = (work: Promise<unknown>) => void after.push(work);
    current.live = { kind: "ready", deps: world.deps, config, team: teamOf(TEAM.id), reach, afterwards };
    const request = new Request(`${PUBLIC_URL}${path}`, init);
    const answer = await doorOf(doors, new URL(request.url).pathname)?.answer(request);
    while (after.length > 0) await after.shift();
    return answer?.status ?? 202;
  };
  const costOf = async (path: string, init: RequestInit): Promise<Cost & { status: number }> => {
    const before = { ...world.store.counts, calls: calls + world.wakes.length + netlify.asked.length };
    const status = await send(path, init);
    const { reads, writes, lists } = world.store.counts;
    return {
      status,
      reads: reads - before.reads,
      writes: writes - before.writes,
      lists: lists - before.lists,
      calls: calls + world.wakes.length + netlify.asked.length - before.calls,
    };
  };
  return { world, layer, costOf };
};

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const post = (body = "{}"): RequestInit => ({ method: "POST", body });
const aSync = "01970000-0000-7000-8000-000000000001";

/** A request of somebody who has no secret of ours, its answer, and [reads, writes, lists, calls]. */
const rows: [string, (layer: string) => readonly [string, RequestInit], number, [number, number, number, number]][] = [
  ["a publish to a layer that nobody has", () => [`${PUBLISH}/nobody-has-this`, post()], 404, [1, 0, 0, 0]],
  ["a publish to a webhook that is none", (id) => [`${PUBLISH}/${id}/no-such-webhook`, post()], 401, [1, 0, 0, 0]],
  ["a publish to what is no id", () => [`${PUBLISH}/é`, post()], 404, [0, 0, 0, 0]],
  ["a webhook's address opened in a browser", (id) => [`${PUBLISH}/${id}`, {}], 405, [1, 0, 0, 0]],
  ["a webhook's address tried with HEAD", (id) => [`${PUBLISH}/${id}`, { method: "HEAD" }], 405, [1, 0, 0, 0]],
  [
    "a handshake at a webhook that is none",
    (id) => [`${PUBLISH}/${id}/no-such-webhook?challenge=x`, {}],
    405,
    [1, 0, 0, 0],
  ],
  ["the API without a token", () => ["/api/v1/data-layers", {}], 401, [0, 0, 0, 0]],
  [
    "the API with a made-up token of ours",
    () => ["/api/v1/data-layers", bearer(`lh_${"x".repeat(43)}`)],
    401,
    [1, 0, 0, 0],
  ],
  ["the API with a made-up token of any form", () => ["/api/v1/data-layers", bearer("password")], 401, [0, 0, 0, 0]],
  [
    "the API with a made-up token in Netlify's form",
    () => ["/api/v1/session", bearer(`nfp_${"x".repeat(36)}`)],
    401,
    [0, 0, 0, 1],
  ],
  ["that token again", () => ["/api/v1/session", bearer(`nfp_${"x".repeat(36)}`)], 401, [0, 0, 0, 0]],
  [
    "the API with a made-up cookie",
    () => ["/api/v1/session", { headers: { cookie: "__Host-layerhook=a.b.c" } }],
    401,
    [0, 0, 0, 0],
  ],
  [
    "a sign-out with a made-up cookie",
    () => ["/api/v1/session", { method: "DELETE", headers: { cookie: "__Host-layerhook=a.b.c", origin: PUBLIC_URL } }],
    204,
    [0, 0, 0, 0],
  ],
  ["a path of the API that is none", () => ["/api/v1/nothing", post()], 404, [0, 0, 0, 0]],
  ["the description of the API", () => ["/api/v1/openapi.json", {}], 200, [0, 0, 0, 0]],
  [
    "a forged report of a job",
    (id) => [`/hooks/callbacks/${id}/${aSync}/blog/1/${"x".repeat(43)}`, post()],
    404,
    [0, 0, 0, 0],
  ],
  [
    "word of a deploy of a site that nobody has",
    () => [`/hooks/deploys/no-such-site/${"x".repeat(32)}`, post()],
    404,
    [1, 0, 0, 0],
  ],
  [
    "a worker's call without a signature",
    () => ["/internal/run-sync", post('{"target":"layer/demo-layer","at":1,"mac":"x"}')],
    202,
    [0, 0, 0, 0],
  ],
  ["a worker's call of nothing", () => ["/internal/run-sync", post("")], 202, [0, 0, 0, 0]],
];

describe("what anybody can make us do", () => {
  test.each(rows)(
    "a stranger's request costs what is documented: %s",
    async (_what, request, status, [reads, writes, lists, calls]) => {
      const { layer, costOf } = await aSystem();
      const [path, init] = request(layer);
      expect(await costOf(path, init)).toEqual({ status, reads, writes, lists, calls });
    },
  );

  test("health looks at most once in half a minute at the store and once in five minutes at ourselves", async () => {
    const { world, costOf } = await aSystem();
    const asked = () => costOf("/api/v1/health", {});
    // The mark of the store, the word of the drain, what was found of ourselves; then two marks and two calls.
    expect(await asked()).toEqual({ status: 200, reads: 4, writes: 5, lists: 0, calls: 2 });
    expect(await asked()).toEqual({ status: 200, reads: 3, writes: 0, lists: 0, calls: 0 });
    world.now += MINUTE;
    expect(await asked()).toEqual({ status: 200, reads: 4, writes: 3, lists: 0, calls: 0 });
    world.now += 5 * MINUTE;
    expect(await asked()).toEqual({ status: 200, reads: 4, writes: 5, lists: 0, calls: 2 });
  });

  test("a thousand made-up tokens cause ten calls a minute", async () => {
    const { world, costOf } = await aSystem();
    world.now += 10 * MINUTE;
    let calls = 0;
    for (let i = 0; i < 1000; i += 1) {
      calls += (await costOf("/api/v1/session", bearer(`nfp_${String(i).padStart(36, "0")}`))).calls;
    }
    expect(calls).toBe(10);
  });
});
