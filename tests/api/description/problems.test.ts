import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { PROBLEMS_PAGE, type ProblemCode, problemCodes } from "../../../src/contract/problemCodes.ts";
import type { Accounts } from "../../../src/edge/access/member.ts";
import { answerCallback } from "../../../src/edge/hooks/answerCallback.ts";
import { answerDeploy } from "../../../src/edge/hooks/answerDeploy.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { makeDeps } from "../../../src/edge/live.ts";
import { type Answer, readAnswer } from "../answer.ts";
import { ApiWorld, done } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const publishUrl = (rest: string) => `https://hook.test/hooks/data_layer/data_source/publish/${rest}`;
const published = async (world: ApiWorld, rest: string, init: RequestInit = { method: "POST" }): Promise<Answer> =>
  readAnswer(await answerPublish(new Request(publishUrl(rest), init), world.deps, () => undefined));
const reported = async (world: ApiWorld, url: string, body: BodyInit = "{}"): Promise<Answer> =>
  readAnswer(await answerCallback(new Request(url, { method: "POST", body }), world.deps, () => undefined));

const told = async (world: ApiWorld, url: string, headers: Record<string, string> = {}): Promise<Answer> =>
  readAnswer(
    await answerDeploy(new Request(url, { method: "POST", body: "{}", headers }), world.deps, () => undefined),
  );
const receiver = async (world: ApiWorld): Promise<string> => {
  const site = await world.post("/sites", { name: "Web", buildHook });
  return (await world.post(`/sites/${site.textAt("id")}/deploy-notifications`)).textAt("url");
};

const callbackOf = (world: ApiWorld, layerId: string): string =>
  world.deps.signer.callbackUrl({ layerId, syncId: "01234567-89ab-7def-8123-456789abcdef", slug: "blog", fence: 1 });

const account = (answer: Awaited<ReturnType<Accounts["whose"]>>): Accounts => ({
  team: "t",
  whose: async () => answer,
});
const stranger = { token: "nfp_0123456789012345678901234567890123456789" };

const down = (world: ApiWorld): ApiWorld => {
  world.store.fault = () => "down";
  return world;
};

/** What a reader of a layer is told whose document is this text. */
const overwritten = async (world: ApiWorld, text: string): Promise<Answer> => {
  const id = await world.layer();
  const key = `layers/${id}`;
  await world.store.memory.write(key, text, (await world.store.memory.read(key))?.etag ?? null);
  return world.get(`/data-layers/${id}`);
};

const endedSync = async (world: ApiWorld): Promise<string> => {
  const id = await world.layer();
  const sync = `/data-layers/${id}/syncs/${(await world.post(`/data-layers/${id}/syncs`)).textAt("syncId")}`;
  world.job = () => done();
  await world.work({ kind: "layer", id });
  return sync;
};

const proof: { readonly scheme: string; readonly secret?: string; readonly [setting: string]: unknown } = {
  scheme: "github",
  secret: "a-secret-of-the-sender",
};
/** A webhook whose senders are verified, and one delivery to it. */
const proven = async (
  world: ApiWorld,
  headers: Record<string, string>,
  {
    verification = proof,
    strict = false,
    stored = (text: string) => text,
    body = "{}" as BodyInit | null,
    source = "",
  } = {},
): Promise<Answer> => {
  const id = await world.layer();
  const given = strict ? { name: "CMS", strict } : { name: "CMS", verification };
  const hook = (await world.post(`/data-layers/${id}/webhooks`, given)).textAt("id");
  const found = await world.store.memory.read(`layers/${id}`);
  await world.store.memory.write(`layers/${id}`, stored(found?.text ?? ""), found?.etag ?? null);
  const init = { method: "POST", body, headers, duplex: "half" } as const;
  return published(world, `${id}/${hook}${source}`, init);
};

/** How each problem comes about; one that is added to the registry has no test before it has a line here. */
const given: Record<ProblemCode, (world: ApiWorld) => Promise<Answer>> = {
  async AUDIT_BACKLOG(world) {
    const id = await world.layer();
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    let last = await world.patch(`/data-layers/${id}`, { name: "0" });
    for (let i = 1; i < 80 && last.status === 200; i += 1)
      last = await world.patch(`/data-layers/${id}`, { name: `${i}` });
    return last;
  },
  async BODY_INCOMPLETE(world) {
    const stream = new ReadableStream({ pull: (controller) => controller.error(new TypeError("gone")) });
    return world.call("POST", "/data-layers", { stream });
  },
  BODY_NOT_KEPT: (world) => proven(world, {}, { strict: true, body: "x".repeat(20_000), source: "?source=blog" }),
  BODY_NOT_VERIFIABLE: (world) =>
    proven(
      world,
      { "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
      { body: new ReadableStream({ pull: (controller) => controller.error(new TypeError("gone")) }) },
    ),
  BODY_TOO_LARGE: (world) => world.call("POST", "/data-layers", { raw: "x".repeat(300_000) }),
  async BUILD_IN_PROGRESS(world) {
    const site = `/sites/${(await world.post("/sites", { name: "Web", buildHook })).textAt("id")}`;
    await world.post(`${site}/builds`);
    return world.post(`${site}/test-hook`);
  },
  async BUILD_NOT_FOUND(world) {
    const site = await world.post("/sites", { name: "Web", buildHook });
    return world.get(`/sites/${site.textAt("id")}/builds/no-such-build`);
  },
  async CALLBACK_CLOSED(world) {
    return reported(world, callbackOf(world, await world.layer()));
  },
  CALLBACK_NOT_FOUND: (world) => reported(world, "https://hook.test/hooks/callbacks/none"),
  async CHANGED_SINCE(world) {
    const id = await world.layer();
    return world.patch(`/data-layers/${id}`, { name: "x" }, { headers: { "if-match": '"99"' } });
  },
  async CMS_CANNOT_PROVE(world) {
    const path = `/data-layers/${await world.layer()}/webhooks`;
    const ref = (await world.post(path, { name: "CMS", verification: proof })).textAt("ref");
    return world.post(`${path}/${ref}/test`, { cms: "strapi" });
  },
  DATA_LAYER_NOT_FOUND: (world) => published(world, "no-such-layer"),
  DATA_LAYER_UNKNOWN: (world) => world.post("/tokens", { name: "x", role: "Owner", dataLayers: ["no-such-layer"] }),
  async DATA_SOURCE_NOT_FOUND(world) {
    return world.post(`/data-layers/${await world.layer()}/data-sources/none/secret`);
  },
  async NETLIFY_NOT_CONNECTED(world) {
    const site = await world.post("/sites", { name: "Web", buildHook });
    return world.post(`/sites/${site.textAt("id")}/deploy-notifications?register=true`);
  },
  async NOTIFICATION_NOT_FOUND(world) {
    return world.post(`/data-layers/${await world.layer()}/notifications/none/secret`);
  },
  async DELIVERY_NOT_FOUND(world) {
    return world.get(`/data-layers/${await world.layer()}/deliveries/no-such-delivery`);
  },
  async DELIVERY_NOT_RESENDABLE(world) {
    const id = await world.layer();
    await published(world, id, { method: "POST", headers: { "x-github-event": "ping" } });
    const [delivery] = (await world.get(`/data-layers/${id}/deliveries`)).listAt("items");
    return world.post(`/data-layers/${id}/deliveries/${Reflect.get(Object(delivery), "id")}/resend`);
  },
  DEPLOY_RECEIVER_NOT_FOUND: (world) => told(world, "https://hook.test/hooks/deploys/none"),
  async DEFAULT_WEBHOOK_OFF(world) {
    return published(world, await world.layer({ defaultWebhook: "off" }));
  },
  DOCUMENT_NEWER: (world) => overwritten(world, '{"v":99}'),
  DOCUMENT_UNREADABLE: (world) => overwritten(world, '{"v":1}'),
  async DOOR_UNREACHABLE(world) {
    world.job = () => ({ kind: "silence", error: "the connection was refused" });
    return world.post(`/data-layers/${await world.layer()}/webhooks/default/test`);
  },
  async EXPORT_TOO_LARGE(world) {
    const url = `https://jobs.example.com/${"x".repeat(900)}`;
    const dataSources = Array.from({ length: 20 }, (_, at) => ({ slug: `s-${at}`, url }));
    const description = "語".repeat(500);
    const dataLayers = Array.from({ length: 10 }, (_, at) => ({
      id: `wide-${at}`.padEnd(128, "x"),
      name: "Wide",
      description,
      dataSources,
    }));
    for (let part = 0; part < 20; part += 1) {
      const body = {
        schemaVersion: 1,
        sites: [],
        dataLayers: dataLayers.map((layer) => ({ ...layer, id: `${part}-${layer.id}`.slice(0, 128) })),
      };
      await world.call("PUT", "/import", { body });
    }
    return world.get("/export");
  },
  FORBIDDEN: (world) => world.post("/data-layers", { name: "x" }, { as: "Reviewer" }),
  async FOREIGN_ORIGIN(world) {
    const set = (await world.post("/session")).headers.get("set-cookie") ?? "";
    const headers = { cookie: set.split(";")[0] ?? "", origin: "https://evil.example" };
    return world.post("/data-layers", { name: "x" }, { as: null, headers });
  },
  async IDENTITY_UNAVAILABLE(world) {
    world.accounts = account({ kind: "unavailable", reason: "user: 500", retryAfter: 5 });
    return world.get("/session", stranger);
  },
  async ID_TAKEN(world) {
    await world.post("/data-layers", { name: "x", id: "chosen-by-hand" });
    return world.post("/data-layers", { name: "x", id: "chosen-by-hand" });
  },
  async IMPORT_INTERRUPTED(world) {
    const id = await world.layer();
    const document = JSON.parse((await world.get("/export")).text);
    document.dataLayers[0].name = "Another";
    // Deleted between the plan and what it does.
    const read = world.store.read.bind(world.store);
    let reads = 0;
    world.store.read = async (key) => {
      reads += key === `layers/${id}` ? 1 : 0;
      if (reads === 2) {
        world.store.read = read;
        await world.delete(`/data-layers/${id}`);
      }
      return read(key);
    };
    return world.call("PUT", "/import", { body: document });
  },
  async INTERNAL_ERROR(world) {
    world.store.fault = () => {
      throw new TypeError("a defect");
    };
    return world.get("/data-layers");
  },
  INVALID_INPUT: (world) => world.post("/data-layers", { name: "" }),
  async LIMIT_REACHED(world) {
    const path = `/data-layers/${await world.layer()}/webhooks`;
    let last = await world.post(path, { name: "0" });
    for (let i = 1; i < 110 && last.status === 201; i += 1) last = await world.post(path, { name: `${i}` });
    return last;
  },
  MALFORMED_JSON: (world) => world.call("POST", "/data-layers", { raw: "{" }),
  METHOD_NOT_ALLOWED: (world) => world.call("PUT", "/data-layers"),
  async MISCONFIGURED(world) {
    world.config = { ...world.config, problems: ["LAYERHOOK_SECRET: is not set"] };
    return world.get("/session");
  },
  async NO_SECRET(world) {
    const probe = { slug: "feed", name: "Feed", type: "probe", url: "https://cms.example.com/feed" };
    return world.post(`/data-layers/${await world.layer({ dataSources: [probe] })}/data-sources/feed/secret`);
  },
  async NOTHING_TO_RETRY(world) {
    return world.post(`${await endedSync(world)}/retry`);
  },
  async NOT_A_MEMBER(world) {
    world.accounts = account({ kind: "stranger" });
    return world.get("/session", stranger);
  },
  PLAN_SET_BY_VARIABLE(world) {
    Object.assign(world.deps, { monthlyCredits: 1000 });
    return world.call("PUT", "/plan", { body: { plan: "pro" } });
  },
  async NOT_PUBLISHED() {
    const context = {
      ...{ account: { id: "" }, cookies: { get: () => "", set: () => undefined, delete: () => undefined }, geo: {} },
      ...{ deploy: { context: "production", id: "1", published: false }, ip: "", json: () => new Response() },
      ...{ log: () => undefined, next: async () => new Response(), params: {}, requestId: "1" },
      ...{ rewrite: async () => new Response(), server: { region: "" }, site: {}, url: new URL("https://a.example") },
      waitUntil: () => undefined,
    };
    const live = makeDeps(new Request("https://hook.test/"), context);
    if (live.kind !== "refused") throw new Error("an old deploy works");
    return readAnswer(live.response);
  },
  ROUTE_NOT_FOUND: (world) => world.get("/nothing"),
  SESSION_OVER: (world) => world.get("/session", { as: null, headers: { cookie: "__Host-layerhook=garbage" } }),
  SCHEME_UNKNOWN: (world) => proven(world, {}, { stored: (text) => text.replace('"github"', '"of-tomorrow"') }),
  SECRET_UNREADABLE: (world) =>
    proven(
      world,
      { "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
      { stored: (text) => text.replace(/"secrets":\["[^"]+"/, '"secrets":["1.lost"') },
    ),
  async KEYS_UNAVAILABLE(world) {
    world.answering = async () => ({ kind: "silence", error: "the connection was refused" });
    const [head, claims] = [{ alg: "RS256" }, {}].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    const verification = {
      scheme: "jwt",
      algorithm: "RS256",
      jwksUrl: "https://keys.example.com/jwks.json",
      claims: { aud: "us" },
    };
    return proven(world, { authorization: `Bearer ${head}.${claims}.AAAA` }, { verification });
  },
  SIGNATURE_MALFORMED: (world) => proven(world, { "x-hub-signature-256": "nonsense" }),
  SIGNATURE_MISMATCH: (world) => proven(world, { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }),
  TIMESTAMP_OUT_OF_RANGE(world) {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const at = new Date(world.now - 3_600_000);
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": `${Math.floor(at.getTime() / 1000)}`,
      "webhook-signature": new Webhook(secret).sign("msg_1", at, "{}"),
    };
    return proven(world, headers, { verification: { scheme: "standard-webhooks", secret } });
  },
  VERIFIER_FAILED(world) {
    const { sealer } = world.deps;
    const open = sealer.open.bind(sealer);
    const failing = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
    sealer.open = (sealed, place) => {
      if (open(sealed, place) === proof.secret) throw new TypeError("a defect");
      return open(sealed, place);
    };
    return proven(world, failing);
  },
  async SIGNATURE_INVALID(world) {
    return told(world, await receiver(world), { "x-webhook-signature": "e30.e30.e30" });
  },
  async SIGNATURE_MISSING(world) {
    return told(world, await receiver(world));
  },
  async SITE_IN_USE(world) {
    await world.layer({ connectedSites: [{ name: "Web", buildHook }] });
    return world.delete(`/sites/${(await world.get("/sites")).textAt("items.0.id")}`);
  },
  SITE_NOT_FOUND: (world) => world.get("/sites/no-such-site"),
  SITE_UNKNOWN: (world) => world.post("/data-layers", { name: "x", connectedSites: [{ siteId: "no-such-site" }] }),
  async STATUS_LINK_NOT_FOUND(world) {
    return world.delete(`/data-layers/${await world.layer()}/status-links/none`);
  },
  STORE_MISCONFIGURED: (world) => {
    world.store.fault = () => "misconfigured";
    return published(world, "any-layer-at-all");
  },
  STORE_UNAVAILABLE: (world) => published(down(world), "any-layer-at-all"),
  async SYNC_ENDED(world) {
    return world.post(`${await endedSync(world)}/cancel`);
  },
  async SYNC_NOT_FOUND(world) {
    return world.get(`/data-layers/${await world.layer()}/syncs/no-such-sync`);
  },
  async TOO_MANY_TRIES(world) {
    const path = `/data-layers/${await world.layer()}/data-sources/test`;
    const probe = { slug: "cms", type: "probe", url: "https://cms.example.com/" };
    for (let count = 0; count < 10; count += 1) await world.post(path, probe);
    return world.post(path, probe);
  },
  async TOKEN_EXPIRED(world) {
    const expiresAt = new Date(world.now + 1000).toISOString();
    const made = await world.post("/tokens", { name: "x", role: "Owner", expiresAt });
    world.now += 1000;
    return world.get("/session", { token: made.textAt("token") });
  },
  TOKEN_NOT_FOUND: (world) => world.get("/tokens/no-such-token"),
  async TOKEN_SCOPED(world) {
    const fields = { name: "x", role: "Owner", dataLayers: [await world.layer()] };
    return world.get("/tokens", { token: (await world.post("/tokens", fields)).textAt("token") });
  },
  UNAUTHENTICATED: (world) => world.get("/session", { as: null }),
  async UNKNOWN_DATA_SOURCE(world) {
    return world.post(`/data-layers/${await world.layer()}/syncs`, { dataSource: "none" });
  },
  async WEBHOOK_DELETED(world) {
    const id = await world.layer();
    const hook = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    await world.delete(`/data-layers/${id}/webhooks/${hook.textAt("ref")}`);
    return published(world, `${id}/${hook.textAt("id")}`);
  },
  async WEBHOOK_NOT_FOUND(world) {
    return world.get(`/data-layers/${await world.layer()}/webhooks/none`);
  },
  async WEBHOOK_NOT_RESTORABLE(world) {
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks/${(await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" })).textAt("ref")}`;
    await world.delete(path);
    world.now += 25 * 60 * 60 * 1000;
    return world.post(`${path}/restore`);
  },
  async WEBHOOK_ROTATED(world) {
    const id = await world.layer();
    const hook = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    await world.post(`/data-layers/${id}/webhooks/${hook.textAt("ref")}/rotate`, { keepOldForSeconds: 60 });
    world.now += 61_000;
    return published(world, `${id}/${hook.textAt("id")}`);
  },
  async WEBHOOK_UNKNOWN(world) {
    return published(world, `${await world.layer()}/no-such-webhook`);
  },
};

describe("every problem there is", () => {
  it.each(Object.entries(given))(
    "the problem %s comes with its status and leads to its section",
    async (code, make) => {
      const problem = await make(new ApiWorld());
      expect(problem.at("code"), problem.text).toBe(code);
      const { statuses } = Object.entries<{ statuses: readonly number[] }>(problemCodes).find(
        ([key]) => key === code,
      )?.[1] ?? {
        statuses: [],
      };
      expect(statuses).toContain(problem.status);
      expect(problem.at("status")).toBe(problem.status);
      expect(problem.headers.get("content-type")).toBe("application/problem+json");
      expect(problem.at("type")).toBe(`${PROBLEMS_PAGE}#${code.toLowerCase()}`);
      expect(problem.textAt("title")).not.toBe("");
      expect(problem.textAt("detail")).not.toBe("");
      if (problem.status === 503 && code !== "MISCONFIGURED") {
        expect(problem.headers.get("retry-after")).toMatch(/^\d+$/);
      }
      if (problem.status === 401 && !/WEBHOOK|SIGNATURE|SCHEME|SECRET|TIMESTAMP|VERIFI/.test(code))
        expect(problem.headers.get("www-authenticate")).toBe("Bearer");
    },
  );

  it("a problem has a section of the documentation, generated from the registry", async () => {
    const sections = Object.entries<{ statuses: readonly number[]; meaning: string; remedy: string }>(problemCodes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([code, { statuses, meaning, remedy }]) =>
          `## ${code}\n\n\`${statuses.join("`, `")}\` ${meaning}\n\n${remedy}\n`,
      );
    const intro = [
      "# Problems",
      "",
      "Every error answer is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). Its `code` is stable, and",
      "its `type` links to the section below. `title` and `detail` are for people, and their wording may change. Some problems",
      "have more fields, which their section names. This page is generated from `src/contract/problemCodes.ts`.",
      "",
      "",
    ].join("\n");
    await expect(`${intro}${sections.join("\n")}`).toMatchFileSnapshot("../../../docs/problems.md");
  });
});

describe("a browser that opens a webhook's address", () => {
  const visited = (world: ApiWorld, rest: string) =>
    published(world, rest, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });

  it("a browser that opens a webhook's URL reads one sentence: it works, and the CMS must send POST", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const visit = await visited(world, id);
    expect([visit.status, visit.headers.get("allow")]).toEqual([405, "POST"]);
    expect(visit.text).toBe("This webhook URL works. Your CMS must send POST requests to it.\n");
    const hook = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    expect((await visited(world, `${id}/${hook.textAt("id")}`)).text).toContain("This webhook URL works");
    expect((await visited(world, `${id}/${hook.textAt("id")}/`)).text).toContain("This webhook URL works");
  });

  it("a browser that opens a URL that does not work learns nothing of what is behind it", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const hook = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    await world.post(`/data-layers/${id}/webhooks`, { name: "Shop" });
    await world.delete(`/data-layers/${id}/webhooks/${hook.textAt("ref")}`);
    for (const rest of [
      id,
      `${id}/${hook.textAt("id")}`,
      `${id}/no-such-webhook`,
      "no-such-layer",
      "%2e%2e",
      `${id}/a/b`,
    ]) {
      const visit = await visited(world, rest);
      expect([visit.status, visit.headers.get("allow")], rest).toEqual([405, "POST"]);
      expect(visit.text).toBe(
        "This is not the URL of a working webhook. Copy the URL again from the data layer's settings.\n",
      );
    }
    expect((await visited(down(world), id)).text).toBe(
      "This is a URL for publish webhooks. Your CMS must send POST requests to it.\n",
    );
  });

  it("a browser that opens a webhook's URL writes and starts nothing; a program gets a problem document and a line of the log", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const { reads, writes, lists } = world.store.counts;
    await visited(world, id);
    expect(world.store.counts).toMatchObject({ reads: reads + 1, writes, lists });
    const program = await published(world, id, { headers: { accept: "*/*" } });
    expect([program.status, program.at("code")]).toEqual([405, "METHOD_NOT_ALLOWED"]);
    expect(world.store.counts).toMatchObject({ reads: reads + 2, writes: writes + 1 });
    expect(world.wakes).toEqual([]);
  });
});
