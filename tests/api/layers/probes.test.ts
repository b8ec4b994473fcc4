import { describe, expect, it } from "vitest";
import { publish as accept } from "../../../src/app/receive/publish.ts";
import { ApiWorld } from "../world.ts";

const probe = {
  slug: "cms",
  name: "CMS",
  type: "probe",
  url: "https://cms.example.com/entries?limit=1",
  headers: { Authorization: "Bearer very-secret-token", accept: "application/xml" },
  pick: "/items/0/updatedAt",
  checkEvery: "1h",
};
const job = { slug: "blog", url: "https://jobs.example.com/blog" };

const stored = (world: ApiWorld): Promise<string> => world.dump();

describe("a probe", () => {
  it("a probe is shown as it was given, with its headers masked, also to those who gave them", async () => {
    const world = new ApiWorld();
    const made = await world.post("/data-layers", { name: "Content", dataSources: [probe, job] });
    expect(made.status).toBe(201);
    expect(made.at("dataSources.0")).toEqual({
      slug: "cms",
      name: "CMS",
      type: "probe",
      url: "https://cms.example.com/entries?limit=1",
      headers: { authorization: "…", accept: "…" },
      pick: "/items/0/updatedAt",
      checkEvery: "1h",
      checkedAt: null,
    });
    expect(made.at("dataSources.1")).toMatchObject({ type: "http", timeoutSeconds: 900, settleSeconds: 3 });
    const id = made.textAt("id");
    const url = "https://cms.example.com/entries?limit=…";
    for (const [as, differs] of [
      ["Owner", {}],
      ["Developer", {}],
      ["Reviewer", { url }],
    ] as const) {
      const seen = await world.get(`/data-layers/${id}`, { as });
      expect(seen.at("dataSources.0"), as).toEqual({ ...Object(made.at("dataSources.0")), ...differs });
    }
  });

  it("a probe needs nothing but a URL", async () => {
    const world = new ApiWorld();
    const { slug, url } = probe;
    const made = await world.post("/data-layers", { name: "Content", dataSources: [{ slug, type: "probe", url }] });
    expect(made.at("dataSources.0")).toMatchObject({ name: "cms", headers: {}, pick: null, checkEvery: null });
  });

  it("a probe keeps its headers encrypted; no answer and no entry holds them", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [probe] });
    const headers = { authorization: "Bearer another-secret" };
    await world.patch(`/data-layers/${id}`, { dataSources: [{ ...probe, headers }] });
    const audit = await world.audit();
    expect(audit).toHaveLength(2);
    expect(audit[1]).toMatchObject({ action: "data_layer.updated", detail: { fields: ["dataSources"] } });
    const texts = [await stored(world), JSON.stringify(audit), JSON.stringify(world.facts)];
    for (const text of texts) {
      expect(text).not.toContain("very-secret-token");
      expect(text).not.toContain("another-secret");
    }
  });

  it("a probe keeps its headers if none are given, as long as its URL stays on the same host", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [probe] });
    const { headers: _headers, ...bare } = probe;
    const change = (source: object) => world.patch(`/data-layers/${id}`, { dataSources: [source] });
    const moved = await change({ ...bare, url: "https://cms.example.com/other" });
    expect(moved.at("dataSources.0.headers")).toEqual({ authorization: "…", accept: "…" });
    for (const url of ["https://elsewhere.example.com/", "https://cms.example.com:8443/other"]) {
      const refused = await change({ ...bare, url });
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "dataSources.0.headers"]);
      expect(refused.textAt("errors.0.message")).toMatch("must be given again");
    }
    const taken = await change({ ...bare, url: "https://elsewhere.example.com/", headers: {} });
    expect(taken.at("dataSources.0.headers")).toEqual({});
  });

  it("a probe is not changed by being given again", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [probe, job] });
    const { writes } = world.store.counts;
    expect((await world.patch(`/data-layers/${id}`, { dataSources: [probe, job] })).status).toBe(200);
    const { headers: _headers, ...bare } = probe;
    expect((await world.patch(`/data-layers/${id}`, { dataSources: [bare, job] })).status).toBe(200);
    expect(world.store.counts.writes).toBe(writes);
  });

  it("a probe is synced again when what it compares has changed, and not for its name", async () => {
    const world = new ApiWorld();
    const made = await world.post("/data-layers?sync=false", { name: "Content", dataSources: [probe] });
    const id = made.textAt("id");
    const change = async (more: object) => {
      const layer = await world.patch(`/data-layers/${id}`, { dataSources: [{ ...probe, ...more }] });
      return layer.at("status");
    };
    expect(await change({ name: "Renamed" })).toBe("idle");
    expect(await change({ checkEvery: "6h" })).toBe("idle");
    expect(await change({ pick: "/items" })).toBe("pending");
  });

  it("a probe may take the place of a job under its slug, and a job that of a probe", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [job] });
    const change = (source: object) => world.patch(`/data-layers/${id}`, { dataSources: [source] });
    const probed = await change({ ...probe, slug: "blog" });
    expect(probed.at("dataSources.0")).not.toHaveProperty("secret");
    expect(probed.at("dataSources.0")).not.toHaveProperty("timeoutSeconds");
    expect(await stored(world)).not.toContain('"previousSecret"');
    const again = await change(job);
    expect(again.textAt("dataSources.0.secret")).toMatch(/^whsec_/);
    expect(again.at("dataSources.0")).not.toHaveProperty("pick");
  });

  it("a probe says of a sync whether it saw the announced change", async () => {
    const world = new ApiWorld();
    world.job = () => ({
      ...{ kind: "answer", status: 200, location: null, retryAfter: null },
      text: JSON.stringify({ items: [{ updatedAt: 1 }] }),
    });
    const id = await world.layer({ dataSources: [probe] }, "");
    const target = { kind: "layer", id } as const;
    await world.work(target);
    const publish = async () => {
      const delivery = {
        layerId: id,
        webhookId: null,
        selectors: { header: null, query: null, alias: null },
        body: null,
      };
      const published = await accept(world.deps, { ...delivery, receivedAt: world.now });
      const syncId = published.kind === "accepted" ? published.syncId : "";
      const pending = await world.get(`/data-layers/${id}/syncs/${syncId}`);
      expect([pending.at("freshness"), pending.at("dataSources.0.freshness")]).toEqual([null, null]);
      await world.work(target);
      return world.get(`/data-layers/${id}/syncs/${syncId}`);
    };
    const believed = await publish();
    expect(believed.at("freshness")).toBe("unconfirmed");
    expect(believed.at("dataSources.0")).toMatchObject({
      ...{ freshness: "unconfirmed", changed: false, countedBecause: "unconfirmed-publish" },
    });
    world.job = () => ({
      ...{ kind: "answer", status: 200, location: null, retryAfter: null },
      text: JSON.stringify({ items: [{ updatedAt: 2 }] }),
    });
    const seen = await publish();
    expect(seen.at("freshness")).toBe("confirmed");
    const layer = await world.get(`/data-layers/${id}`);
    expect(Date.parse(layer.textAt("dataSources.0.checkedAt"))).toBeGreaterThan(0);
    const syncs = await world.get(`/data-layers/${id}/syncs`);
    expect(syncs.listAt("items")).toHaveLength(3);
    expect(syncs.at("items.2.trigger.type")).toBe("configuration");
  });

  it("a probe has no secret to rotate", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [probe] });
    const refused = await world.post(`/data-layers/${id}/data-sources/cms/secret`);
    expect([refused.status, refused.at("code")]).toEqual([409, "NO_SECRET"]);
  });

  it("a probe is refused with the path of what is wrong", async () => {
    const world = new ApiWorld();
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`x-${i}`, "1"]));
    const cases: [object, string, RegExp][] = [
      [{ type: "ftp" }, "type", /./],
      [{ url: "https://10.0.0.1/" }, "url", /private/],
      [{ timeoutSeconds: 5 }, "timeoutSeconds", /unknown/],
      [{ settleSeconds: 5 }, "settleSeconds", /unknown/],
      [{ pick: "items" }, "pick", /JSON Pointer/],
      [{ pick: "/a~2" }, "pick", /JSON Pointer/],
      [{ pick: "/\u0001" }, "pick", /control/],
      [{ pick: `/${"x".repeat(128)}` }, "pick", /128/],
      [{ checkEvery: "5m" }, "checkEvery", /./],
      [{ headers: { "a b": "1" } }, "headers.a b", /not a header name/],
      [{ headers: { Host: "10.0.0.1" } }, "headers.Host", /Layerhook itself/],
      [{ headers: { "Content-Length": "1" } }, "headers.Content-Length", /Layerhook itself/],
      [{ headers: { a: "1", A: "2" } }, "headers.A", /twice/],
      [{ headers: { a: "1\r\nb: 2" } }, "headers.a", /printable ASCII/],
      [{ headers: { authorization: "…" } }, "headers.authorization", /printable ASCII/],
      [{ headers: { a: "" } }, "headers.a", /printable ASCII/],
      [{ headers: { a: "x".repeat(1201) } }, "headers", /1200/],
      [{ headers: many }, "headers", /at most 5/],
      [{ headers: "a: b" }, "headers", /./],
    ];
    for (const [fields, path, message] of cases) {
      const refused = await world.post("/data-layers", { name: "Fine", dataSources: [{ ...probe, ...fields }] });
      expect([refused.status, refused.at("code")], path).toEqual([400, "INVALID_INPUT"]);
      expect(refused.at("errors.0.path")).toBe(`dataSources.0.${path}`);
      expect(refused.textAt("errors.0.message")).toMatch(message);
    }
  });
});

describe("a job", () => {
  it.each([
    [{ settleSeconds: 61 }, "settleSeconds", /at most 60/],
    [{ settleSeconds: -1 }, "settleSeconds", /at least 0/],
    [{ pick: "/a" }, "pick", /unknown/],
    [{ headers: {} }, "headers", /unknown/],
  ])("a job is refused %o", async (fields, path, message) => {
    const world = new ApiWorld();
    const refused = await world.post("/data-layers", { name: "Fine", dataSources: [{ ...job, ...fields }] });
    expect(refused.at("errors.0.path")).toBe(`dataSources.0.${path}`);
    expect(refused.textAt("errors.0.message")).toMatch(message);
  });

  it("a job waits for its `settleSeconds`", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [{ ...job, settleSeconds: 0 }] });
    expect((await world.get(`/data-layers/${id}`)).at("dataSources.0.settleSeconds")).toBe(0);
  });
});
