import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { RETENTION } from "../../src/core/retention.ts";
import { pageHeaders } from "../../src/dev/pages/pageHeaders.ts";
import { namedLayer, redactedPath, redactedReferer } from "../../src/edge/redact.ts";
import { ApiWorld, PUBLIC_URL, SECRETS, tokens } from "../api/world.ts";
import { current } from "../fuzz/currentLive.ts";
import { type Door, doorOf, loadDoors } from "../fuzz/functionDoors.ts";

vi.mock("../../src/edge/live.ts", async (original) => ({
  ...(await original<object>()),
  makeDeps: () => current.live,
}));

let doors: readonly Door[] = [];
beforeAll(async () => {
  doors = await loadDoors();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const aWorld = async () => {
  const world = new ApiWorld();
  const id = await world.layer();
  const hook = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
  world.facts.length = 0;
  current.live = {
    kind: "ready",
    deps: world.deps,
    config: {
      ...{ ...world.config, secrets: SECRETS, publicUrl: PUBLIC_URL, allowHttp: false, retention: RETENTION },
      ...{ netlifyTeam: null, netlifyToken: undefined, netlifyApiUrl: "https://netlify.example" },
    },
    team: null,
    reach: async () => ({ selfCall: "ok", publicAccess: "ok" }),
    afterwards: (work) => void work,
  };
  return { world, id, ref: hook.textAt("ref"), secret: hook.textAt("id") };
};

const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
  const request = new Request(`${PUBLIC_URL}${path}`, init);
  const answer = await doorOf(doors, new URL(request.url).pathname)?.answer(request);
  if (answer === undefined) throw new Error(`no answer from ${path}`);
  return answer;
};

const owner = { authorization: `Bearer ${tokens.Owner}` };
const post = { method: "POST" };

describe("every answer of every function", () => {
  test("an answer of any function is cached by nobody, framed by nobody and taken for no page", async () => {
    const { id, secret } = await aWorld();
    const hook = "/hooks/data_layer/data_source/publish";
    const answers = [
      await send("/api/v1/data-layers", { headers: owner }),
      await send("/api/v1/data-layers"),
      await send("/api/v1/nothing"),
      await send("/api/v1/data-layers", { method: "PUT" }),
      await send("/api/v1/data-layers", { method: "HEAD", headers: owner }),
      await send("/api/v1/session", { method: "POST", headers: owner }),
      await send("/api/v1/session", { method: "DELETE" }),
      await send(`${hook}/${id}/${secret}`, post),
      await send(`${hook}/${id}`, post),
      await send(`${hook}/none-of-these`, post),
      await send(`${hook}/${id}/${secret}`, { headers: { accept: "text/html" } }),
      await send("/hooks/callbacks/none", post),
      await send("/hooks/callbacks/none"),
    ];
    for (const { headers, status, url } of answers) {
      expect(headers.get("cache-control"), `${status} ${url}`).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
    for (const path of ["/api/v1/health", "/api/v1/openapi.json"]) {
      const open = await send(path);
      expect(open.headers.get("cache-control"), path).toMatch(/^public, max-age=/);
      expect(open.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test("the pages have headers as strict, here as there", () => {
    const headers = pageHeaders(fileURLToPath(new URL("../..", import.meta.url)));
    const policy = headers["Content-Security-Policy"] ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY" });
    const page = readFileSync(fileURLToPath(new URL("../../src/dashboard/index.html", import.meta.url)), "utf8");
    expect(page).not.toMatch(/<style|style="|<script>|onclick/);
  });
});

describe("every request leaves one line", () => {
  const lines = (world: ApiWorld) => world.facts.filter(({ kind }) => kind === "request");

  test("a request's log line says what it was about, how it ended and why", async () => {
    const { world, id, secret } = await aWorld();
    await send(`/hooks/data_layer/data_source/publish/${id}/${secret}`, post);
    await send(`/hooks/data_layer/data_source/publish/${id}`, post);
    await send(`/api/v1/data-layers/${id}`, { headers: owner });
    await send(`/api/v1/data-layers/${id}`, { headers: { authorization: "Bearer wrong" } });
    world.store.fault = () => "down";
    await send("/api/v1/data-layers", { headers: owner });
    const told = { method: "GET", referer: null, ms: expect.any(Number) };
    expect(lines(world)).toMatchObject([
      { ...told, method: "POST", layer: id, status: 200, outcome: "done", code: null },
      { ...told, method: "POST", layer: id, status: 401, outcome: "refused", code: "DEFAULT_WEBHOOK_OFF" },
      { ...told, path: "/api/v1/data-layers/…", layer: id, status: 200, outcome: "done", code: null },
      { ...told, path: "/api/v1/data-layers/…", layer: null, status: 401, outcome: "refused", code: "UNAUTHENTICATED" },
      { ...told, path: "/api/v1/data-layers", layer: null, status: 503, outcome: "failed", code: "STORE_UNAVAILABLE" },
    ]);
  });

  test("a request's log line names the fault of a store that cannot be used, and so does what a create leaves for later", async () => {
    const { world, id, secret } = await aWorld();
    const written = new Set([`layers/${id}`]);
    world.store.fault = (op, key) => {
      if (op === "write") written.add(key);
      return op === "read" && written.has(key) ? "misconfigured" : "none";
    };
    const headers = { ...owner, "content-type": "application/json" };
    await send("/api/v1/data-layers", { method: "POST", headers, body: JSON.stringify({ name: "Shop" }) });
    await send(`/hooks/data_layer/data_source/publish/${id}/${secret}`, post);
    expect(world.facts).toContainEqual({
      kind: "trouble",
      where: expect.stringMatching(/^owed entries of layer /),
      error: "left for later: STORE_WITHOUT_ETAGS",
    });
    expect(lines(world)).toMatchObject([
      { status: 201, code: null },
      { status: 503, code: "STORE_MISCONFIGURED", fault: "STORE_WITHOUT_ETAGS" },
    ]);
    expect(lines(world)[0]).not.toHaveProperty("fault");
  });

  test("a request's log line has none of the secrets in its path, its query and its referer", async () => {
    const { world, id, ref, secret } = await aWorld();
    const hook = `/hooks/data_layer/data_source/publish/${id}/${secret}`;
    const headers = { ...owner, referer: `https://cms.example/settings?hook=${encodeURIComponent(hook)}` };
    const callback = world.deps.signer.callbackUrl({ layerId: id, syncId: "0-0", slug: "blog", fence: 1 });
    await send(`${hook}?source=${secret}`, { method: "POST", headers });
    await send(`/hooks/data_layer/data_source/publish/${secret}`, { method: "POST", headers });
    await send(`/api/v1/data-layers/${id}/webhooks/${secret}`, { headers });
    await send(`/api/v1/data-layers/${secret}/webhooks/${ref}`, { headers });
    await send(`/api/v1/${secret}`, { headers });
    await send(new URL(callback).pathname, { method: "POST", headers });
    await send(`/api/v1/sites?cursor=${secret}`, { headers: { authorization: `Bearer ${secret}` } });
    expect(lines(world)).toHaveLength(7);
    const text = JSON.stringify(world.facts);
    for (const hidden of [secret, callback.slice(-43), tokens.Owner, "settings"]) expect(text).not.toContain(hidden);
    expect(lines(world)[0]).toMatchObject({
      referer: "cms.example",
      path: "/hooks/data_layer/data_source/publish/…/…",
    });
  });

  test("a request's log line is JSON, with the time and the platform's own id, a preview is not ticked, and each deploy is a release", async () => {
    const { makeDeps } = await vi.importActual<typeof import("../../src/edge/live.ts")>("../../src/edge/live.ts");
    const out = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const err = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const context = {
      ...{ account: { id: "" }, cookies: { get: () => "", set: () => undefined, delete: () => undefined }, geo: {} },
      ...{ deploy: { context: "deploy-preview", id: "1", published: false }, ip: "", json: () => new Response() },
      ...{ log: () => undefined, next: async () => new Response(), params: {}, requestId: "01REQUEST" },
      ...{ rewrite: async () => new Response(), server: { region: "" }, site: {}, url: new URL("https://a.example") },
      waitUntil: () => undefined,
    };
    const live = makeDeps(new Request("https://a.example/"), context);
    if (live.kind !== "ready") throw new Error("a preview is refused");
    expect([live.deps.isTicked, live.deps.release]).toEqual([false, "1"]);
    const published = { ...context, deploy: { context: "production", id: "2", published: true } };
    expect(makeDeps(new Request("https://a.example/"), published)).toMatchObject({
      deps: { isTicked: true, release: "2" },
    });
    const unnamed = { ...published, deploy: { ...published.deploy, id: "" } };
    expect(makeDeps(new Request("https://a.example/"), unnamed)).toMatchObject({
      deps: { release: expect.stringMatching(/^[\w-]{21}$/) },
    });
    live.deps.report({ kind: "delivery.refused", layer: "layer-one", code: "WEBHOOK_UNKNOWN" });
    live.deps.report({ kind: "trouble", where: "here", error: "two\nlines" });
    const told = [...out.mock.calls, ...err.mock.calls].map(([line]) => JSON.parse(String(line)));
    expect(String(err.mock.calls[0])).not.toContain("\n");
    expect(told).toEqual([
      {
        at: expect.stringMatching(/Z$/),
        requestId: "01REQUEST",
        kind: "delivery.refused",
        layer: "layer-one",
        code: "WEBHOOK_UNKNOWN",
      },
      { at: expect.stringMatching(/Z$/), requestId: "01REQUEST", kind: "trouble", where: "here", error: "two\nlines" },
    ]);
  });

  test("a redacted path keeps our own words alone", () => {
    expect(redactedPath("/api/v1/data-layers/0198/webhooks/wh_abc")).toBe("/api/v1/data-layers/…/webhooks/…");
    expect(redactedPath("/api/v1/tokens/lh_secret")).toBe("/api/v1/tokens/…");
    expect(redactedPath("/nfp_secret/%6efp")).toBe("/…/…");
    expect(redactedPath(`/${"a/".repeat(1000)}`).length).toBeLessThan(40);
    expect(redactedReferer("nfp_secret")).toBe("…");
    expect(redactedReferer("https://user:password@cms.example:8443/secret?x=1#y")).toBe("cms.example:8443");
    expect(redactedReferer(null)).toBeNull();
    expect(namedLayer("/api/v1/data-layers/some-layer", 404)).toBeNull();
    expect(namedLayer("/api/v1/data-layers/some-layer/syncs", 202)).toBe("some-layer");
    expect(namedLayer("/hooks/data_layer/data_source/publish/some-layer/x", 410)).toBe("some-layer");
    expect(namedLayer("/api/v1/data-layers/some-layer", 401)).toBeNull();
  });
});
