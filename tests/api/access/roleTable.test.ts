import { beforeAll, describe, expect, it } from "vitest";
import { deliveryKey } from "../../../src/store/keys.ts";
import { ApiWorld, type CallOptions } from "../world.ts";

const hook = (name: string) => ({ name, buildHook: `https://api.netlify.com/build_hooks/${name}` });

const callers = [
  "Owner",
  "Developer",
  "another role",
  "a token of this layer",
  "a token of another layer",
  "no token",
  "a foreign team",
  "a revoked token",
] as const;
type Caller = (typeof callers)[number];

interface Team {
  readonly world: ApiWorld;
  /** Everything stored before the first call. */
  readonly before: ReadonlyMap<string, string>;
  /** How each of them calls. */
  readonly calling: Readonly<Record<Caller, CallOptions>>;
  /** What a path names: things of the scoped token's own layer, and of another. */
  readonly mine: Readonly<Record<string, string>>;
  readonly theirs: Readonly<Record<string, string>>;
}

/** What the log says of a delivery. */
const logged = {
  ...{ webhook: "default", dataSource: null, outcome: "queued", code: null, cause: null, warnings: [] },
  ...{ bytes: 2, userAgent: null, subject: null, secret: null },
};

const aTeam = async (): Promise<Team> => {
  const world = new ApiWorld();
  world.accounts = { team: "the-bakery", whose: async () => ({ kind: "stranger" }) };
  const one = async (name: string) => {
    const siteId = (await world.post("/sites", hook(name))).textAt("id");
    const chat = { name: "Chat", url: "https://chat.example.com/in/of-the-role-table", events: ["sync.failed"] };
    const layerId = await world.layer({ name, connectedSites: [{ siteId }], notifications: [chat] });
    const notificationId = (await world.get(`/data-layers/${layerId}`)).textAt("notifications.0.id");
    const webhook = (await world.post(`/data-layers/${layerId}/webhooks`, { name: "CMS" })).textAt("ref");
    const statusLink = (await world.post(`/data-layers/${layerId}/status-links`, { name: "Editors" })).textAt("ref");
    const syncId = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
    const buildId = (await world.post(`/sites/${siteId}/builds`)).textAt("id");
    const deliveryId = world.deps.ids.timeOrdered();
    const delivery = JSON.stringify({ id: deliveryId, receivedAt: world.now, ...logged, syncId });
    await world.store.memory.write(deliveryKey(layerId, deliveryId), delivery, null);
    return { siteId, layerId, webhook, statusLink, syncId, buildId, deliveryId, slug: "blog", notificationId };
  };
  const [mine, theirs] = [await one("mine"), await one("theirs")];
  const made = (fields: Record<string, unknown>) =>
    world.post("/tokens", { name: "Token", role: "Developer", ...fields });
  const scoped = { token: (await made({ dataLayers: [mine.layerId] })).textAt("token") };
  const revoked = await made({ role: "Owner" });
  await world.delete(`/tokens/${revoked.textAt("id")}`);
  const tokenId = (await made({ name: "Somebody's" })).textAt("id");
  return {
    world,
    before: await world.stored(),
    calling: {
      Owner: { as: "Owner" },
      Developer: { as: "Developer" },
      "another role": { as: "Reviewer" },
      "a token of this layer": scoped,
      "a token of another layer": scoped,
      "no token": { as: null },
      "a foreign team": { token: "nfp_0123456789012345678901234567890123456789" },
      "a revoked token": { token: revoked.textAt("token") },
    },
    mine: { ...mine, tokenId },
    theirs: { ...theirs, tokenId },
  };
};

/** Everything stored except the tokens, because a call may record a token's last use. */
const withoutTokens = (stored: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...stored].filter(([key]) => !key.startsWith("settings/")));

/** Whoever gives no proof that counts here. */
const nobody = [401, 403, 401] as const;
const open = (status: number) => [status, status, status, status, status, status, status, status] as const;

type Row = readonly [
  Owner: number,
  Developer: number,
  other: number,
  scoped: number,
  scopedElsewhere: number,
  none: number,
  foreign: number,
  revoked: number,
];

/** One team for all calls, because a new one costs twenty calls. Its store is restored before each call. */
let team: Team;
beforeAll(async () => {
  team = await aTeam();
});

/** What each route answers to each caller, in their order above; and what is sent. */
const table: Record<string, { readonly query?: string; readonly body?: unknown; readonly answers: Row }> = {
  "GET /health": { answers: open(200) },
  "GET /openapi.json": { answers: open(200) },
  "GET /session": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "POST /session": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "DELETE /session": { answers: open(204) },

  "GET /data-layers": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "POST /data-layers": { body: { name: "New" }, answers: [201, 201, 403, 403, 403, ...nobody] },
  "GET /data-layers/{layerId}": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "PATCH /data-layers/{layerId}": { body: { name: "New" }, answers: [200, 200, 403, 200, 404, ...nobody] },
  "DELETE /data-layers/{layerId}": { answers: [204, 403, 403, 403, 403, ...nobody] },
  "POST /data-layers/{layerId}/data-sources/test": {
    body: { slug: "cms", type: "probe", url: "https://cms.example.com/" },
    answers: [200, 200, 403, 200, 404, ...nobody],
  },
  "POST /data-layers/{layerId}/data-sources/{slug}/secret": { answers: [200, 200, 403, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/notifications/{notificationId}/secret": {
    answers: [200, 200, 403, 200, 404, ...nobody],
  },

  "GET /data-layers/{layerId}/webhooks": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/webhooks": { body: { name: "New" }, answers: [201, 201, 403, 201, 404, ...nobody] },
  "GET /data-layers/{layerId}/webhooks/{webhook}": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "PATCH /data-layers/{layerId}/webhooks/{webhook}": {
    body: { name: "New" },
    answers: [200, 200, 403, 200, 404, ...nobody],
  },
  "DELETE /data-layers/{layerId}/webhooks/{webhook}": { answers: [204, 204, 403, 204, 404, ...nobody] },
  "GET /data-layers/{layerId}/status-links": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/status-links": {
    body: { name: "New" },
    answers: [201, 201, 403, 201, 404, ...nobody],
  },
  "DELETE /data-layers/{layerId}/status-links/{statusLink}": { answers: [204, 204, 403, 204, 404, ...nobody] },
  "POST /data-layers/{layerId}/webhooks/{webhook}/rotate": { answers: [200, 200, 403, 200, 404, ...nobody] },
  // Of one that stands.
  "POST /data-layers/{layerId}/webhooks/{webhook}/restore": { answers: [200, 200, 403, 200, 404, ...nobody] },

  "GET /overview": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "GET /data-layers/{layerId}/activity": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "GET /recipes": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "GET /data-layers/{layerId}/webhooks/{webhook}/recipe": {
    query: "?cms=contentful",
    answers: [200, 200, 403, 200, 404, ...nobody],
  },
  "POST /data-layers/{layerId}/webhooks/{webhook}/test": { answers: [200, 200, 403, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/live/test": {
    body: { live: { url: "https://www.example.com/", expect: { text: "x" } } },
    answers: [200, 200, 403, 200, 404, ...nobody],
  },
  "POST /data-layers/{layerId}/webhooks/{webhook}/test-conditions": { answers: [200, 200, 403, 200, 404, ...nobody] },
  "GET /data-layers/{layerId}/deliveries": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/deliveries/{deliveryId}/resend": { answers: [202, 202, 403, 202, 404, ...nobody] },
  "GET /data-layers/{layerId}/deliveries/{deliveryId}": { answers: [200, 200, 200, 200, 404, ...nobody] },

  "GET /data-layers/{layerId}/syncs": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/syncs": { answers: [202, 202, 403, 202, 404, ...nobody] },
  "GET /data-layers/{layerId}/syncs/{syncId}": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "POST /data-layers/{layerId}/syncs/{syncId}/cancel": { answers: [202, 202, 403, 202, 404, ...nobody] },
  // Whoever may is told that nothing waits to be tried again.
  "POST /data-layers/{layerId}/syncs/{syncId}/retry": { answers: [409, 409, 403, 409, 404, ...nobody] },

  "GET /sites": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "POST /sites": { body: hook("new"), answers: [201, 201, 403, 403, 403, ...nobody] },
  "GET /sites/{siteId}": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "PATCH /sites/{siteId}": { body: { name: "New" }, answers: [200, 200, 403, 403, 403, ...nobody] },
  "DELETE /sites/{siteId}": { query: "?disconnect=true", answers: [204, 204, 403, 403, 403, ...nobody] },
  "GET /sites/{siteId}/builds": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "POST /sites/{siteId}/builds": { answers: [202, 202, 403, 403, 403, ...nobody] },
  "POST /sites/{siteId}/test-hook": { answers: [409, 409, 403, 403, 403, ...nobody] },
  "POST /sites/{siteId}/deploy-notifications": { answers: [201, 201, 403, 403, 403, ...nobody] },
  "DELETE /sites/{siteId}/deploy-notifications": { answers: [204, 204, 403, 403, 403, ...nobody] },
  "GET /audit-log": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "GET /audit-log/export": { answers: [200, 200, 200, 200, 200, ...nobody] },
  "GET /audit-log?dataLayerId={layerId}": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "GET /audit-log/export?dataLayerId={layerId}": { answers: [200, 200, 200, 200, 404, ...nobody] },
  "GET /export": { answers: [200, 200, 200, 403, 403, ...nobody] },
  "PUT /import": {
    body: { schemaVersion: 1, sites: [], dataLayers: [] },
    answers: [200, 403, 403, 403, 403, ...nobody],
  },
  "GET /usage": { answers: [200, 200, 200, 403, 403, ...nobody] },
  "GET /plan": { answers: [200, 200, 200, 403, 403, ...nobody] },
  "PUT /plan": { body: { plan: "pro" }, answers: [200, 403, 403, 403, 403, ...nobody] },
  "GET /sites/{siteId}/builds/{buildId}": { answers: [200, 200, 200, 200, 404, ...nobody] },

  "GET /tokens": { answers: [200, 403, 403, 403, 403, ...nobody] },
  "POST /tokens": { body: { name: "New", role: "Developer" }, answers: [201, 403, 403, 403, 403, ...nobody] },
  "GET /tokens/{tokenId}": { answers: [200, 403, 403, 403, 403, ...nobody] },
  "DELETE /tokens/{tokenId}": { answers: [204, 403, 403, 403, 403, ...nobody] },
};

describe("who may do what, route by route", () => {
  it("the table has every route that is described, and no other", async () => {
    const { world } = await aTeam();
    const { paths } = JSON.parse((await world.get("/openapi.json", { as: null })).text);
    const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice("/api/v1".length)}`),
    );
    const tabled = new Set(Object.keys(table).map((route) => route.split("?")[0]));
    expect([...tabled].sort()).toEqual(routes.sort());
  });

  it.each(Object.entries(table))("the role table: %s", async (route, { query = "", body, answers }) => {
    const [method = "", path = ""] = route.split(" ");
    const got: Record<string, number> = {};
    for (const caller of callers) {
      const { world, before, calling, mine, theirs } = team;
      const names = caller === "a token of another layer" ? theirs : mine;
      const real = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => names[name] ?? "");
      await world.restore(before);
      const answer = await world.call(method, `${real}${query}`, {
        ...calling[caller],
        ...(body === undefined ? {} : { body }),
      });
      got[caller] = answer.status;
      if (answer.status >= 400) {
        expect(answer.textAt("code"), `${route} by ${caller}`).toMatch(/^[A-Z_]+$/);
        expect(withoutTokens(await world.stored()), `${route} by ${caller}`).toEqual(withoutTokens(before));
      }
    }
    expect(got).toEqual(Object.fromEntries(callers.map((caller, index) => [caller, answers[index]])));
  });

  it("a session has the rights of the token it began with, and no more", async () => {
    const { world, mine } = await aTeam();
    const path = `/data-layers/${mine["layerId"]}`;
    for (const [as, status] of [
      ["Owner", 200],
      ["Reviewer", 403],
    ] as const) {
      const set = (await world.post("/session", undefined, { as })).headers.get("set-cookie") ?? "";
      const headers = { cookie: set.split(";")[0] ?? "", origin: "https://hooks.example.com" };
      expect((await world.patch(path, { name: as }, { as: null, headers })).status).toBe(status);
    }
  });
});
