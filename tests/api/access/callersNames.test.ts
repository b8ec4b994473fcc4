import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { protoKeyIn } from "../../../src/edge/api/protoKey.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { ApiWorld } from "../world.ts";

/** What every object answers to, although nobody put it there. */
const NAMES = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "prototype"];
const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const probe = { slug: "cms", type: "probe", url: "https://cms.example.com/entries" };

/** Bodies of the API that are taken as they stand, and where they go. */
const bodies = (id: string, ref: string): readonly [string, string, unknown][] => [
  [
    "POST",
    "/data-layers",
    { name: "x", dataSources: [{ ...probe, headers: { a: "b" } }], connectedSites: [{ name: "s", buildHook }] },
  ],
  [
    "PATCH",
    `/data-layers/${id}`,
    {
      cachePurge: { tags: ["a"] },
      notifications: [{ name: "n", url: "https://n.example.com/", events: ["sync.failed"] }],
    },
  ],
  [
    "POST",
    `/data-layers/${id}/webhooks`,
    {
      name: "w",
      only: [{ header: "a", in: ["b"] }],
      verification: { scheme: "hmac", secret: "a-secret-of-it", header: "x", timestamp: { header: "y" } },
    },
  ],
  ["PATCH", `/data-layers/${id}/webhooks/${ref}`, { name: "w" }],
  ["POST", `/data-layers/${id}/webhooks/${ref}/rotate`, { keepOldForSeconds: 60 }],
  ["POST", `/data-layers/${id}/syncs`, { dataSource: "cms" }],
  ["POST", "/sites", { name: "s", buildHook, pacing: { preset: "instant" } }],
  ["POST", "/tokens", { name: "t", role: "Developer" }],
  [
    "PUT",
    "/import",
    {
      schemaVersion: 1,
      sites: [],
      dataLayers: [{ id: "a-layer-id-1", name: "x", dataSources: [{ ...probe, headers: { a: "b" } }] }],
    },
  ],
];

/** A body with one more key, once in each object of it, as raw JSON. */
const withKey = (body: unknown, key: string): string[] => {
  const texts: string[] = [];
  const text = JSON.stringify(body);
  for (let at = text.indexOf("{"); at >= 0; at = text.indexOf("{", at + 1)) {
    const comma = text[at + 1] === "}" ? "" : ",";
    texts.push(`${text.slice(0, at + 1)}"${key}":"x"${comma}${text.slice(at + 1)}`);
  }
  return texts;
};

const began = async () => {
  const world = new ApiWorld();
  const id = await world.layer({ dataSources: [probe] });
  const ref = (await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" })).textAt("ref");
  return { world, id, ref };
};

describe("a name that every object answers to", () => {
  it("a key such as `toString` in a body's object is refused with its path where it is unknown, and `__proto__` everywhere", async () => {
    const { world, id, ref } = await began();
    for (const [method, path, body] of bodies(id, ref)) {
      for (const name of NAMES) {
        for (const raw of withKey(body, name)) {
          const answer = await world.call(method, path, { raw });
          // Header names are chosen by the caller: every name but `__proto__` is one.
          const isHeader = raw.includes(`"headers":{"${name}"`) && name !== "__proto__";
          if (isHeader) expect(answer.status, raw).toBeLessThan(300);
          else {
            expect([answer.status, answer.at("code")], `${method} ${path} ${raw}`).toEqual([400, "INVALID_INPUT"]);
            expect(answer.textAt("errors.0.path"), raw).toContain(name);
            if (name === "__proto__") expect(answer.at("errors.0.message")).toBe("must not be named `__proto__`");
          }
        }
      }
    }
  });

  it("a forbidden key is found in raw JSON however deep it is, and nowhere else", () => {
    expect(protoKeyIn(JSON.parse('{"a":[{"b":{"__proto__":1}}]}'))).toBe("a.0.b.__proto__");
    expect(protoKeyIn(JSON.parse('{"\\u005f_proto__":1}'))).toBe("__proto__");
    expect(protoKeyIn(JSON.parse('{"constructor":{"toString":["__proto__"]},"n":null}'))).toBeNull();
    const deep = `${'{"a":'.repeat(20_000)}{"__proto__":1}${"}".repeat(20_000)}`;
    expect(protoKeyIn(JSON.parse(deep))).toContain("__proto__");
  });

  it("a header of a probe may be called `constructor`: it is kept, shown and sent", async () => {
    const { world, id } = await began();
    for (const name of ["constructor", "toString", "valueOf", "hasOwnProperty"]) {
      const headers = { [name]: `value of ${name}` };
      const changed = await world.patch(`/data-layers/${id}`, { dataSources: [{ ...probe, headers }] });
      expect([changed.status, changed.at("dataSources.0.headers")]).toEqual([200, { [name.toLowerCase()]: "…" }]);
      const again = await world.patch(`/data-layers/${id}`, { dataSources: [{ ...probe, headers }] });
      expect(again.status).toBe(200);
    }
  });

  it("the slug of a source may be `constructor`", async () => {
    const { world } = await began();
    const made = await world.post("/data-layers", { name: "x", dataSources: [{ ...probe, slug: "constructor" }] });
    expect([made.status, made.at("dataSources.0.slug")]).toEqual([201, "constructor"]);
    const id = made.textAt("id");
    await world.work({ kind: "layer", id });
    const asked = await world.post(`/data-layers/${id}/syncs`, { dataSource: "constructor" });
    expect([asked.status, asked.at("scope")]).toEqual([202, ["constructor"]]);
    await world.work({ kind: "layer", id });
    for (const path of ["", "/syncs", "/activity", "/deliveries"]) {
      expect((await world.get(`/data-layers/${id}${path}`)).status, path).toBe(200);
    }
    const sync = await world.get(`/data-layers/${id}/syncs/${asked.textAt("syncId")}`);
    expect(sync.status).toBe(200);
    expect((await world.post(`/data-layers/${id}/syncs/${asked.textAt("syncId")}/retry`, {})).status).toBeLessThan(500);
  });

  it("a delivery whose source has such a name is warned of an unknown source, and never fails", async () => {
    const { world, id } = await began();
    await world.call(
      "DELETE",
      `/data-layers/${id}/webhooks/${(await world.get(`/data-layers/${id}/webhooks`)).textAt("items.0.ref")}`,
    );
    for (const name of NAMES) {
      for (const by of ["query", "header", "alias"]) {
        const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${id}${by === "query" ? `?source=${name}` : ""}`;
        const header = by === "header" ? "x-connect-data-source" : "x-gatsby-cloud-data-source";
        const request = new Request(url, { method: "POST", headers: by === "query" ? {} : { [header]: name } });
        const answer = await answerPublish(request, world.deps, () => undefined);
        expect(answer.status).toBe(200);
        const { warnings, scope } = await answer.json();
        expect([warnings, scope], `${by} ${name}`).toEqual([["UNKNOWN_DATA_SOURCE"], "all"]);
      }
    }
  });

  it("a name such as `constructor` in a path or a query finds nothing and causes no failure", async () => {
    const { world, id, ref } = await began();
    for (const name of NAMES) {
      for (const path of [
        `/data-layers/${name}`,
        `/data-layers/${id}/webhooks/${name}`,
        `/data-layers/${id}/syncs/${name}`,
        `/data-layers/${id}/webhooks/${ref}/recipe?cms=${name}`,
        `/sites/${name}`,
        `/sites/${name}/builds/${name}`,
        `/audit-log?action=${name}`,
        `/usage?month=${name}`,
        `/tokens/${name}`,
        `/data-layers?${name}=x`,
      ]) {
        for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
          const answer = await world.call(method, path, method === "GET" || method === "DELETE" ? {} : { body: {} });
          expect(answer.status, `${method} ${path}`).toBeLessThan(500);
        }
      }
    }
  });
});

describe("an import that moves a probe's URL to another host", () => {
  it("an import that moves a probe's URL to another host is refused with the path of the headers to enter again", async () => {
    const world = new ApiWorld();
    const id = await world.layer({
      id: "a-layer-id-1",
      dataSources: [{ ...probe, headers: { authorization: "Bearer x" } }],
    });
    const moved = { ...probe, url: "https://other.example.com/entries" };
    const layer = { id, name: "x", dataSources: [moved], connectedSites: [], notifications: [] };
    const answer = await world.call("PUT", "/import", { body: { schemaVersion: 1, sites: [], dataLayers: [layer] } });
    expect([answer.status, answer.at("errors.0.path")]).toEqual([400, "dataLayers.0.dataSources.0.headers"]);
    expect(answer.textAt("errors.0.message")).toContain("another origin");
  });
});

describe("a page of the dashboard", () => {
  it("a page of the dashboard links a URL that came from outside by OutsideLink alone", () => {
    const root = "src/dashboard";
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".tsx"));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      if (file.endsWith("OutsideLink.tsx")) continue;
      const text = readFileSync(`${root}/${file}`, "utf8");
      for (const [link] of text.matchAll(/<a\s[^>]*?href=\{[^}]*\}[^>]*>/g)) {
        expect(link, file).not.toMatch(/target=|href=\{[\w.?]*\burl\b/i);
      }
    }
  });
});
