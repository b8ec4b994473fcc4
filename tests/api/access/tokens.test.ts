import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { TOKENS as LIMIT } from "../../../src/core/limits.ts";
import { TOKENS } from "../../../src/store/keys.ts";
import { ApiWorld } from "../world.ts";

const MINUTE = 60_000;
const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** Makes a token; what its maker is shown. */
const made = async (world: ApiWorld, fields: Record<string, unknown> = {}) => {
  const answer = await world.post("/tokens", { name: "The dashboard", role: "Developer", ...fields });
  expect(answer.status, answer.text).toBe(201);
  return { answer, token: answer.textAt("token"), path: `/tokens/${answer.textAt("id")}` };
};

describe("tokens that are made at run time", () => {
  it("a token is shown once, works at once, and is stored as its hash alone", async () => {
    const world = new ApiWorld();
    const { answer, token, path } = await made(world);
    expect(token).toMatch(/^lh_[A-Za-z0-9_-]{43}$/);
    expect(answer.headers.get("location")).toBe(`/api/v1${path}`);
    expect(answer.at("")).toMatchObject({
      name: "The dashboard",
      role: "Developer",
      dataLayers: null,
      expiresAt: null,
    });
    const session = await world.get("/session", { token });
    expect(session.at("")).toEqual({
      actor: { id: `token:${answer.textAt("id")}`, name: "The dashboard", email: "" },
      role: "Developer",
      via: "token",
      dataLayers: null,
    });
    expect((await world.post("/data-layers", { name: "Made with it" }, { token })).status).toBe(201);
    const stored = await world.dump();
    expect(stored).not.toContain(token);
    expect(stored).toContain(createHash("sha256").update(token).digest("hex"));
    for (const shown of [await world.get("/tokens"), await world.get(path)]) {
      expect(shown.text).not.toContain(token);
      expect(shown.text).not.toContain("hash");
    }
  });

  it("no two tokens are alike, and what is nearly a token is none", async () => {
    const world = new ApiWorld();
    const all = await Promise.all(Array.from({ length: 5 }, () => made(world)));
    expect(new Set(all.map(({ token }) => token)).size).toBe(5);
    const [{ token } = { token: "" }] = all;
    for (const near of [token.slice(0, -1), `${token}A`, token.toLowerCase(), "lh_", `lh_${"A".repeat(43)}`]) {
      const refused = await world.get("/session", { token: near });
      expect([refused.status, refused.at("code")], near).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  it("a deleted token is refused at once", async () => {
    const world = new ApiWorld();
    const { token, path } = await made(world);
    expect((await world.get("/session", { token })).status).toBe(200);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get("/session", { token })).status).toBe(401);
    for (const gone of [await world.get(path), await world.delete(path)]) {
      expect([gone.status, gone.at("code")]).toEqual([404, "TOKEN_NOT_FOUND"]);
    }
    expect((await world.get("/tokens")).at("items")).toEqual([]);
  });

  it("a token that expires works until then and is told apart from one that never was", async () => {
    const world = new ApiWorld();
    const expiresAt = new Date(world.now + 10 * MINUTE).toISOString();
    const { token, path } = await made(world, { expiresAt });
    world.now += 10 * MINUTE - 1;
    expect((await world.get("/session", { token })).status).toBe(200);
    world.now += 1;
    const refused = await world.get("/session", { token });
    expect([refused.status, refused.at("code")]).toEqual([401, "TOKEN_EXPIRED"]);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect([(await world.get(path)).at("expired"), (await world.get(path)).at("expiresAt")]).toEqual([true, expiresAt]);
  });

  it("a token's role is Netlify's word: a Collaborator is a Developer, and an unknown role only reads", async () => {
    const world = new ApiWorld();
    const roles = await Promise.all(
      ["owner", "Collaborator", "Billing Admin"].map(async (role) => (await made(world, { role })).answer.at("role")),
    );
    expect(roles).toEqual(["Owner", "Developer", "Billing Admin"]);
    for (const role of ["Owner\u200b", "Own\u200der", "\u2066Owner", "Owner\u00ad"]) {
      const refused = await world.post("/tokens", { name: "The dashboard", role });
      expect([refused.status, refused.at("errors.0.path")], JSON.stringify(role)).toEqual([400, "role"]);
    }
    const { token } = await made(world, { role: "Billing Admin" });
    expect((await world.get("/data-layers", { token })).status).toBe(200);
    expect((await world.post("/data-layers", { name: "No" }, { token })).status).toBe(403);
  });

  it("a token with the role Owner creates others; the configured Owner stays whatever is deleted", async () => {
    const world = new ApiWorld();
    const { token, path } = await made(world, { role: "Owner" });
    const second = await world.post("/tokens", { name: "Second", role: "Owner" }, { token });
    expect(second.status).toBe(201);
    expect(second.at("createdBy.name")).toBe("The dashboard");
    expect((await world.delete(path, { token: second.textAt("token") })).status).toBe(204);
    expect((await world.delete(`/tokens/${second.textAt("id")}`, { token: second.textAt("token") })).status).toBe(204);
    expect((await world.get("/tokens")).status).toBe(200);
  });

  it("a token's last use is shown, noted once in ten minutes and after the answer", async () => {
    const world = new ApiWorld();
    const { token, path } = await made(world);
    expect((await world.get(path)).at("lastUsedAt")).toBe(null);
    const began = world.now;
    for (let i = 0; i < 10; i += 1) {
      await world.get("/session", { token });
      world.now += MINUTE - 1;
    }
    expect((await world.get(path)).at("lastUsedAt")).toBe(new Date(began).toISOString());
    world.now += 10;
    const { writes } = world.store.counts;
    await world.get("/session", { token });
    await world.get("/session", { token });
    expect(world.store.counts.writes - writes).toBe(1);
    expect((await world.get(path)).at("lastUsedAt")).toBe(new Date(world.now).toISOString());
  });

  it("one of many uses of a token at once is noted, and none fails", async () => {
    const world = new ApiWorld();
    const { token, path } = await made(world);
    const { writes } = world.store.counts;
    await Promise.all(Array.from({ length: 8 }, () => world.get("/session", { token })));
    await world.settled();
    expect((await world.get(path)).at("lastUsedAt")).not.toBe(null);
    expect(world.store.counts.writes - writes).toBeGreaterThan(0);
    expect(world.facts).toEqual([]);
  });

  it("a note that fails refuses nobody", async () => {
    const world = new ApiWorld();
    const { token } = await made(world);
    world.store.fault = (op, key) => (op === "write" && key === TOKENS ? "down" : "none");
    expect((await world.get("/session", { token })).status).toBe(200);
  });

  it("a store that does not answer refuses, and does not let anybody in", async () => {
    const world = new ApiWorld();
    const { token } = await made(world);
    world.store.fault = (op, key) => (op === "read" && key === TOKENS ? "down" : "none");
    const refused = await world.get("/session", { token });
    expect([refused.status, refused.at("code")]).toEqual([503, "STORE_UNAVAILABLE"]);
    expect((await world.get("/session")).status).toBe(200);
  });

  it("a token's input that makes no sense is refused with the reason", async () => {
    const world = new ApiWorld();
    const cases: [Record<string, unknown>, number, string][] = [
      [{ role: "" }, 400, "role"],
      [{ name: "" }, 400, "name"],
      [{ dataLayers: [] }, 400, "dataLayers"],
      [{ dataLayers: ["../x"] }, 400, "dataLayers.0"],
      [{ dataLayers: Array.from({ length: 21 }, (_, i) => `layer-${i}-abc`) }, 400, "dataLayers"],
      [{ expiresAt: "tomorrow" }, 400, "expiresAt"],
      [{ expiresAt: "2030-01-01T00:00:00+02:00" }, 400, "expiresAt"],
      [{ expiresAt: new Date(world.now).toISOString() }, 400, "expiresAt"],
      [{ token: "lh_chosen" }, 400, "token"],
    ];
    for (const [fields, status, path] of cases) {
      const refused = await world.post("/tokens", { name: "X", role: "Owner", ...fields });
      expect([refused.status, refused.at("errors.0.path")], JSON.stringify(fields)).toEqual([status, path]);
    }
    const nowhere = await world.post("/tokens", { name: "X", role: "Owner", dataLayers: ["not-a-layer"] });
    expect([nowhere.status, nowhere.at("code")]).toEqual([422, "DATA_LAYER_UNKNOWN"]);
    expect((await world.get("/tokens")).at("items")).toEqual([]);
  });

  it("tokens number at most a hundred, expired ones included", async () => {
    const world = new ApiWorld();
    for (let i = 0; i < LIMIT; i += 1) await made(world, { name: `Token ${i}` });
    const refused = await world.post("/tokens", { name: "One more", role: "Owner" });
    expect([refused.status, refused.at("code"), refused.at("limit")]).toEqual([409, "LIMIT_REACHED", LIMIT]);
    const page = await world.get("/tokens?limit=50");
    const rest = await world.get(`/tokens?limit=50&cursor=${page.textAt("nextCursor")}`);
    expect([page.listAt("items").length + rest.listAt("items").length, rest.at("nextCursor")]).toEqual([LIMIT, null]);
  });
});

describe("making and deleting tokens is in the audit log, once each", () => {
  it("the audit log says in ISO 8601 when a token expires", async () => {
    const world = new ApiWorld();
    const expiresAt = "9999-01-01T00:00:00.000Z";
    await made(world, { expiresAt });
    expect((await world.get("/audit-log")).at("items.0.detail.expiresAt")).toBe(expiresAt);
  });

  it("a token's audit entry says who acted and what the token may do, and holds neither token nor hash", async () => {
    const world = new ApiWorld();
    const { answer, token, path } = await made(world);
    await world.delete(path);
    const entries = await world.audit();
    expect(entries).toMatchObject([
      {
        action: "token.created",
        actor: { id: "token:owner" },
        target: { type: "token", id: answer.at("id"), name: "The dashboard" },
        dataLayerId: null,
        detail: { role: "Developer", dataLayers: null, expiresAt: null },
      },
      { action: "token.deleted", detail: { role: "Developer" } },
    ]);
    expect(JSON.stringify(entries)).not.toContain(token);
    expect(JSON.stringify(entries)).not.toContain(createHash("sha256").update(token).digest("hex"));
  });

  it("a token is created and deleted once in the audit log, also when the replies of the writes are lost", async () => {
    const world = new ApiWorld();
    const loseNext = (): void => {
      let lost = false;
      world.store.fault = (op, key) => {
        if (lost || op !== "write" || key !== TOKENS) return "none";
        lost = true;
        return "reply-lost";
      };
    };
    loseNext();
    const { token, path } = await made(world);
    expect((await world.get("/session", { token })).status).toBe(200);
    const stored = JSON.parse((await world.store.memory.read(TOKENS))?.text ?? "null");
    expect(stored.tokens).toHaveLength(1);
    loseNext();
    expect((await world.delete(path)).status).toBe(204);
    expect(await world.auditActions()).toEqual(["token.created", "token.deleted"]);
  });

  it("a token with an unconfirmed creation that somebody deleted meanwhile does not come back", async () => {
    const world = new ApiWorld();
    const { store } = world;
    let landed = false;
    store.fault = (op, key) => {
      if (landed || op !== "write" || key !== TOKENS) return "none";
      landed = true;
      return "reply-lost";
    };
    const read = store.read.bind(store);
    store.read = async (key) => {
      if (landed && key === TOKENS) {
        store.read = read;
        const { tokens } = JSON.parse((await store.memory.read(TOKENS))?.text ?? "null");
        expect((await world.delete(`/tokens/${tokens[0].id}`)).status).toBe(204);
      }
      return read(key);
    };
    const { token } = await made(world);
    expect((await world.get("/tokens")).at("items")).toEqual([]);
    expect((await world.get("/session", { token })).status).toBe(401);
    expect(await world.auditActions()).toEqual(["token.created", "token.deleted"]);
  });

  it("a token's audit entry is appended by the next tick when the function died right after the change", async () => {
    const world = new ApiWorld();
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    await made(world);
    expect(await world.auditActions()).toEqual([]);
    world.store.fault = () => "none";
    await drain(world.deps);
    expect(await world.auditActions()).toEqual(["token.created"]);
    await drain(world.deps);
    expect(await world.auditActions()).toEqual(["token.created"]);
    expect((await world.store.memory.read(TOKENS))?.text).toContain('"owed":[]');
  });

  it("a tick leaves the settings of a later release alone", async () => {
    const world = new ApiWorld();
    await world.store.memory.write("settings/of-a-later-release", '{"v":7}', null);
    expect((await drain(world.deps)).failed).toBe(0);
  });

  it("token changes stop while the archive accepts nothing, and nobody is locked out", async () => {
    const world = new ApiWorld();
    const { token } = await made(world, { role: "Owner" });
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    let last = await world.post("/tokens", { name: "More", role: "Owner" });
    for (let i = 0; i < 80 && last.status === 201; i += 1)
      last = await world.post("/tokens", { name: "More", role: "Owner" });
    expect([last.status, last.at("code")]).toEqual([503, "AUDIT_BACKLOG"]);
    expect((await world.get("/tokens", { token })).status).toBe(200);
    world.store.fault = () => "none";
    expect((await world.post("/tokens", { name: "More", role: "Owner" })).status).toBe(201);
  });
});

describe("a token of some data layers", () => {
  const scopedWorld = async () => {
    const world = new ApiWorld();
    const site = async (name: string) => (await world.post("/sites", { name, buildHook })).textAt("id");
    const [own, shared, other] = [await site("Own"), await site("Shared"), await site("Other")];
    const mine = await world.layer({ name: "Mine", connectedSites: [{ siteId: own }, { siteId: shared }] });
    const theirs = await world.layer({ name: "Theirs", connectedSites: [{ siteId: shared }, { siteId: other }] });
    const scoped = async (role: string) => (await made(world, { role, dataLayers: [mine] })).token;
    return { world, own, shared, other, mine, theirs, scoped };
  };

  it("a scoped token reads and changes its own layers and sees no others", async () => {
    const { world, mine, theirs, scoped } = await scopedWorld();
    const token = await scoped("Developer");
    const layers = await world.get("/data-layers", { token });
    expect(layers.listAt("items").map((_, i) => layers.at(`items.${i}.name`))).toEqual(["Mine"]);
    expect((await world.get("/session", { token })).at("dataLayers")).toEqual([mine]);
    expect((await world.patch(`/data-layers/${mine}`, { name: "Ours" }, { token })).status).toBe(200);
    expect((await world.post(`/data-layers/${mine}/webhooks`, { name: "CMS" }, { token })).status).toBe(201);
    expect((await world.post(`/data-layers/${mine}/syncs`, {}, { token })).status).toBe(202);
    const before = await world.dump();
    const others: [string, string, unknown][] = [
      ["GET", "", undefined],
      ["PATCH", "", { name: "Taken" }],
      ["GET", "/webhooks", undefined],
      ["POST", "/webhooks", { name: "X" }],
      ["GET", "/syncs", undefined],
      ["POST", "/syncs", {}],
      ["POST", "/data-sources/blog/secret", undefined],
    ];
    for (const [method, rest, body] of others) {
      const hidden = await world.call(method, `/data-layers/${theirs}${rest}`, { token, body });
      expect([hidden.status, hidden.at("code")], `${method} ${rest}`).toEqual([404, "DATA_LAYER_NOT_FOUND"]);
    }
    expect(await world.dump()).toBe(before);
  });

  it("a scoped token creates no layers, sites and tokens, whatever its role", async () => {
    const { world, own, scoped } = await scopedWorld();
    const token = await scoped("Owner");
    const writes: [string, string, unknown][] = [
      ["POST", "/data-layers", { name: "New" }],
      ["POST", "/sites", { name: "New", buildHook }],
      ["PATCH", `/sites/${own}`, { name: "New" }],
      ["DELETE", `/sites/${own}`, undefined],
      ["POST", `/sites/${own}/builds`, undefined],
      ["POST", "/tokens", { name: "New", role: "Owner" }],
      ["GET", "/tokens", undefined],
    ];
    for (const [method, path, body] of writes) {
      const refused = await world.call(method, path, { token, body });
      expect([refused.status, refused.at("code")], `${method} ${path}`).toEqual([403, "TOKEN_SCOPED"]);
    }
  });

  it("a scoped token sees the sites of its layers, and only those causes of their builds that it may know", async () => {
    const { world, own, shared, other, mine, theirs, scoped } = await scopedWorld();
    const token = await scoped("Developer");
    const sites = await world.get("/sites", { token });
    expect(sites.listAt("items").map((_, i) => sites.at(`items.${i}.name`))).toEqual(["Shared", "Own"]);
    for (const rest of ["", "/builds", "/builds/some-build"]) {
      expect((await world.get(`/sites/${other}${rest}`, { token })).at("code")).toBe("SITE_NOT_FOUND");
    }
    expect((await world.get(`/sites/${own}/builds`, { token })).status).toBe(200);
    for (const id of [mine, theirs]) {
      await world.post(`/data-layers/${id}/syncs`);
      await world.work({ kind: "layer", id });
    }
    const seen = await world.get(`/sites/${shared}`);
    expect(seen.listAt("build.pending.causes")).toHaveLength(2);
    const build = seen.textAt("build.pending.id");
    for (const path of [`/sites/${shared}`, "/sites", `/sites/${shared}/builds`, `/sites/${shared}/builds/${build}`]) {
      const { text } = await world.get(path, { token });
      expect(text, path).toContain(mine);
      expect(text, path).not.toContain(theirs);
    }
  });

  it("a scoped token connects its layer to no site that it does not see", async () => {
    const { world, own, other, mine, scoped } = await scopedWorld();
    const token = await scoped("Developer");
    const path = `/data-layers/${mine}`;
    const led = await world.patch(path, { connectedSites: [{ siteId: own }, { siteId: other }] }, { token });
    expect([led.status, led.at("code")]).toEqual([422, "SITE_UNKNOWN"]);
    const making = await world.patch(path, { connectedSites: [{ name: "New", buildHook }] }, { token });
    expect([making.status, making.at("code")]).toEqual([403, "TOKEN_SCOPED"]);
    expect((await world.patch(path, { connectedSites: [{ siteId: own }] }, { token })).status).toBe(200);
  });

  it("a scoped token reads only its layers' entries of the delivery log and the audit log, whatever it filters by", async () => {
    const { world, own, mine, theirs, scoped } = await scopedWorld();
    const token = await scoped("Reviewer");
    await world.patch(`/sites/${own}`, { name: "A site's name" });
    for (const id of [theirs, mine]) await world.patch(`/data-layers/${id}`, { name: `Renamed ${id}` });
    const all = await world.get("/audit-log?limit=50");
    expect(all.text).toContain(theirs);
    const seen = [
      await world.get("/audit-log?limit=50", { token }),
      await world.get("/audit-log/export", { token }),
      await world.get(`/audit-log?dataLayerId=${mine}`, { token }),
      await world.get("/audit-log?actor=token:owner&action=data_layer.updated", { token }),
    ];
    for (const { status, text } of seen) {
      expect(status).toBe(200);
      expect(text).toContain(`Renamed ${mine}`);
      for (const hidden of [theirs, "A site's name", "token.created", "site."]) expect(text).not.toContain(hidden);
    }
    expect(seen[0]?.listAt("items").length).toBe(2);
    for (const path of ["/audit-log", "/audit-log/export"]) {
      const hidden = await world.get(`${path}?dataLayerId=${theirs}`, { token });
      const none = await world.get(`${path}?dataLayerId=no-such-layer`, { token });
      expect([hidden.status, hidden.text]).toEqual([404, none.text]);
    }
    expect((await world.get(`/data-layers/${mine}/deliveries`, { token })).status).toBe(200);
    expect((await world.get(`/data-layers/${theirs}/deliveries`, { token })).status).toBe(404);
  });

  it("a scoped token reads the audit log page by page and misses nothing of its layers", async () => {
    const { world, mine, theirs, scoped } = await scopedWorld();
    const token = await scoped("Developer");
    for (let i = 0; i < 5; i += 1) {
      for (const id of [theirs, mine]) await world.patch(`/data-layers/${id}`, { name: `Name ${i}` });
      world.now += 1000;
    }
    const names: unknown[] = [];
    let next = "";
    do {
      const page = await world.get(`/audit-log?limit=2${next === "" ? "" : `&cursor=${next}`}`, { token });
      names.push(...page.listAt("items").map((_, at) => page.at(`items.${at}.target.name`)));
      next = String(page.at("nextCursor") ?? "");
    } while (next !== "");
    expect(names).toEqual(["Name 4", "Name 3", "Name 2", "Name 1", "Name 0", "Mine"]);
  });
});
