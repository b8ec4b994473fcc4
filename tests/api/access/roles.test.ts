import { describe, expect, it } from "vitest";
import { ApiWorld, type Role, tokens } from "../world.ts";

const everyRead = async (world: ApiWorld): Promise<string[]> => {
  const site = await world.post("/sites", {
    name: "Web",
    buildHook: "https://api.netlify.com/build_hooks/0123456789abcdef",
  });
  const siteId = site.textAt("id");
  const layerId = await world.layer({
    connectedSites: [{ siteId }],
    notifications: [{ name: "Chat", url: "https://chat.example.com/in/verysecretpath", events: ["sync.failed"] }],
  });
  const webhook = await world.post(`/data-layers/${layerId}/webhooks`, { name: "CMS" });
  const sync = await world.post(`/data-layers/${layerId}/syncs`);
  const syncId = sync.textAt("syncId");
  return [
    "/session",
    "/data-layers",
    `/data-layers/${layerId}`,
    `/data-layers/${layerId}/webhooks`,
    `/data-layers/${layerId}/webhooks/${webhook.textAt("ref")}`,
    `/data-layers/${layerId}/webhooks/${webhook.textAt("id")}`,
    `/data-layers/${layerId}/syncs`,
    `/data-layers/${layerId}/syncs/${syncId}`,
    `/data-layers/${layerId}/deliveries`,
    "/sites",
    `/sites/${siteId}`,
    `/sites/${siteId}/builds`,
    "/usage",
    "/audit-log",
    "/audit-log/export",
    "/export",
  ];
};

describe("who may do what", () => {
  it("a request without a valid token gets health and the description, and nothing else", async () => {
    const world = new ApiWorld();
    for (const path of await everyRead(world)) {
      const none = await world.get(path, { as: null });
      expect(none.status, path).toBe(401);
      expect(none.headers.get("www-authenticate")).toBe("Bearer");
      expect(none.at("code")).toBe("UNAUTHENTICATED");
      const wrong = await world.get(path, { as: null, headers: { authorization: "Bearer owner-token-012345678" } });
      expect(wrong.status).toBe(401);
    }
    expect((await world.get("/openapi.json", { as: null })).status).toBe(200);
    expect((await world.get("/health", { as: null })).status).toBe(200);
  });

  it("the session says who one is: a Collaborator is a Developer, an unknown role keeps its name", async () => {
    const world = new ApiWorld();
    const roles = await Promise.all(
      (["Owner", "Developer", "Collaborator", "Reviewer"] as const).map(async (as) => {
        const { at } = await world.get("/session", { as });
        return [at("role"), at("via"), at("actor.email")];
      }),
    );
    expect(roles).toEqual([
      ["Owner", "token", ""],
      ["Developer", "token", "developer@example.com"],
      ["Developer", "token", "collaborator@example.com"],
      ["Reviewer", "token", "reviewer@example.com"],
    ]);
  });

  it("every member reads everything", async () => {
    const world = new ApiWorld();
    for (const path of await everyRead(world)) {
      for (const as of ["Developer", "Collaborator", "Reviewer"] as const) {
        expect((await world.get(path, { as })).status, `${as} ${path}`).toBe(200);
      }
    }
  });

  it("only Owner and Developer change things, and only an Owner deletes a layer or chooses its id", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const writes: [string, string, unknown][] = [
      ["POST", "/data-layers", { name: "Another" }],
      ["PATCH", `/data-layers/${id}`, { name: "Renamed" }],
      ["POST", `/data-layers/${id}/data-sources/blog/secret`, undefined],
      ["POST", `/data-layers/${id}/webhooks`, { name: "CMS" }],
      ["POST", `/data-layers/${id}/syncs`, {}],
      ["POST", "/sites", { name: "Web", buildHook: "https://api.netlify.com/build_hooks/1" }],
    ];
    for (const [method, path, body] of writes) {
      const refused = await world.call(method, path, { as: "Reviewer", body });
      expect(refused.status, path).toBe(403);
      expect(refused.textAt("detail")).toContain("Owner and Developer");
      const done = await world.call(method, path, { as: "Collaborator", body });
      expect(done.status, path).toBeLessThan(300);
    }
    const kept = { name: "Kept", id: "chosen-by-hand" };
    expect((await world.post("/data-layers", kept, { as: "Developer" })).status).toBe(403);
    expect((await world.post("/data-layers", kept, { as: "Owner" })).status).toBe(201);
    const refused = await world.delete(`/data-layers/${id}`, { as: "Developer" });
    expect([refused.status, refused.at("roles")]).toEqual([403, ["Owner"]]);
    expect((await world.delete(`/data-layers/${id}`, { as: "Owner" })).status).toBe(204);
  });

  it("a reader's answers hold no secret, anywhere", async () => {
    const world = new ApiWorld();
    const paths = await everyRead(world);
    const stored = await Promise.all(paths.map((path) => world.get(path)));
    const secrets = [
      "0123456789abcdef",
      "verysecretpath",
      ...stored.flatMap(({ text }) => text.match(/whsec_[A-Za-z0-9+/=]+|secret-of-a-webhook-[\w-]+/g) ?? []),
    ];
    expect(secrets.length).toBeGreaterThan(4);
    for (const path of paths) {
      const { text } = await world.get(path, { as: "Reviewer" });
      for (const secret of secrets) expect(text, path).not.toContain(secret);
      expect(text).not.toContain("whsec_");
    }
  });

  it("build hooks and notification URLs are masked even for an Owner, and nothing is stored in clear", async () => {
    const world = new ApiWorld();
    for (const path of await everyRead(world)) {
      const { text } = await world.get(path);
      expect(text).not.toContain("0123456789abcdef");
      expect(text).not.toContain("verysecretpath");
    }
    const site = await world.get("/sites");
    expect(site.at("items.0.buildHook")).toBe("api.netlify.com/…cdef");
    const stored = await world.dump();
    for (const secret of ["0123456789abcdef", "verysecretpath", "whsec_"]) expect(stored).not.toContain(secret);
  });

  it("the audit log names webhooks by ref and holds no secret", async () => {
    const world = new ApiWorld();
    await everyRead(world);
    const entries = await world.audit();
    const text = JSON.stringify(entries);
    expect(text).not.toContain("secret-of-a-webhook");
    expect(text).not.toContain("build_hooks");
    const actions = await world.auditActions();
    expect(actions).toEqual([
      "site.created",
      "data_layer.created",
      "webhook.created",
      "default_webhook.disabled",
      "sync.requested",
    ]);
  });

  it("a token is compared as a whole, whatever its length", async () => {
    const world = new ApiWorld();
    const roles: Role[] = ["Owner", "Developer"];
    for (const role of roles) {
      for (const token of [tokens[role].slice(0, -1), `${tokens[role]}x`, "", "x".repeat(10_000), "é"]) {
        const headers = { authorization: `Bearer ${encodeURIComponent(token)}` };
        expect((await world.get("/session", { as: null, headers })).status).toBe(401);
      }
    }
  });

  it("nothing is managed while the configuration is wrong, and health says so", async () => {
    const world = new ApiWorld();
    world.config = { ...world.config, problems: ["LAYERHOOK_SECRET: is not set"] };
    const refused = await world.get("/session");
    expect([refused.status, refused.at("code")]).toEqual([503, "MISCONFIGURED"]);
    const health = await world.get("/health", { as: null });
    expect([health.status, health.at("checks.configuration.status")]).toEqual([503, "failing"]);
  });

  it("everybody learns which variables are wrong and what they must be, and only the function's log says why", async () => {
    const world = new ApiWorld();
    const problems = [
      "LAYERHOOK_SECRET: must not be made of common words and digits",
      "LAYERHOOK_TOKENS.0.token: must have at least 16 characters",
      "LAYERHOOK_TOKENS.1.token: must not be one short text repeated",
    ];
    world.config = { ...world.config, problems };
    const sentences = [
      expect.stringMatching(/^LAYERHOOK_SECRET must be a random text of at least 32 characters/),
      expect.stringMatching(/^LAYERHOOK_TOKENS must be a JSON array/),
    ];
    for (const [path, field] of [
      ["/health", "checks.configuration.problems"],
      ["/session", "problems"],
    ] as const) {
      world.facts.length = 0;
      const answer = await world.get(path, { as: null });
      expect([answer.status, answer.at(field)]).toEqual([503, sentences]);
      expect(answer.text).not.toMatch(/common|repeated|TOKENS\.\d/);
      expect(world.facts).toEqual([{ kind: "trouble", where: "configuration", error: problems.join("; ") }]);
    }
  });
});
