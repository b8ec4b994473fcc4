import { describe, expect, it } from "vitest";
import { ApiWorld } from "../world.ts";

const long = "x".repeat(10_000);

describe("input of any kind", () => {
  it("a malformed id is an unknown one, and never reaches the store", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const { reads, writes, lists } = world.store.counts;
    const names = [
      "..%2f..%2fsecret",
      "%00",
      "a%00b",
      "a%20b",
      "%2e%2e%2f",
      "%zz",
      "%ff",
      "é",
      long,
      "a.b",
      "a;b",
      "a'b",
      "<x>",
    ];
    for (const name of names) {
      for (const path of [`/data-layers/${name}`, `/data-layers/${name}/syncs`, `/sites/${name}`]) {
        for (const method of ["GET", "PATCH", "DELETE"]) {
          const answer = await world.call(method, path, method === "PATCH" ? { body: { name: "x" } } : {});
          expect([404, 405], `${method} ${path}`).toContain(answer.status);
          expect(answer.headers.get("content-type")).toBe("application/problem+json");
          expect(answer.text).not.toContain("stack");
        }
      }
    }
    expect(world.store.counts).toMatchObject({ reads, writes, lists });
    for (const name of names) {
      for (const path of [`/data-layers/${id}/webhooks/${name}`, `/data-layers/${id}/syncs/${name}`]) {
        expect((await world.get(path)).status, path).toBe(404);
      }
    }
  });

  it("dots in a path lead to another path, never to another key", async () => {
    const world = new ApiWorld();
    for (const path of ["/data-layers/../sites", "/data-layers/%2e%2e/sites", "/./sites", "/data-layers/..%2fsites"]) {
      expect([200, 404]).toContain((await world.get(path)).status);
    }
  });

  it("a path that is not there is a 404, a method that is not there a 405 with those that are", async () => {
    const world = new ApiWorld();
    for (const path of ["/", "/nothing", "/data-layers/a-layer-id/nothing", "//", "/data-layers/a/b/c/d/e"]) {
      const answer = await world.get(path);
      expect([answer.status, answer.at("code")], path).toEqual([404, "ROUTE_NOT_FOUND"]);
    }
    const wrong = await world.call("PUT", "/data-layers/some-layer-id");
    expect([wrong.status, wrong.at("code")]).toEqual([405, "METHOD_NOT_ALLOWED"]);
    expect(wrong.headers.get("allow")).toBe("GET, HEAD, PATCH, DELETE");
    expect((await world.call("DELETE", "/data-layers")).headers.get("allow")).toBe("GET, HEAD, POST");
    expect((await world.call("POST", "/health")).headers.get("allow")).toBe("GET, HEAD");
  });

  it("a HEAD is a GET without a body, a trailing slash is nothing", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const head = await world.call("HEAD", `/data-layers/${id}`);
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(head.headers.get("etag")).toBe((await world.get(`/data-layers/${id}/`)).headers.get("etag"));
  });

  it("a body that breaks off, wherever it does, is said to end too early", async () => {
    const world = new ApiWorld();
    const whole = '{"name" : "a\\u00e9\\n" , "list":[true,-1.5e+2,null,false,0.25,{"b":{}}]}';
    for (let end = 1; end < whole.length; end += 1) {
      const raw = whole.slice(0, end);
      const refused = await world.call("POST", "/sites", { raw });
      expect([refused.at("detail"), refused.at("position")], raw).toEqual(["The JSON ends too early (line 1).", end]);
    }
    for (const [raw, character] of [
      ["{name", 2],
      ['{"a" "b', 2],
      ['{"a":tru ', 6],
      ["[01", 3],
      ['["a\\x', 2],
      ['{"a":1,b', 8],
    ] as const) {
      const refused = await world.call("POST", "/sites", { raw });
      expect(refused.at("detail"), raw).toBe(`The JSON breaks at character ${character} (line 1).`);
    }
  });

  it("a body that is not JSON is refused where it stops being JSON", async () => {
    const world = new ApiWorld();
    const cases: [string, number][] = [
      ["{", 1],
      ['{"name":', 8],
      ['{"name":"x",}', 12],
      ["{'name':'x'}", 1],
      ['{"name":"x"} x', 13],
      ['{"name":"a\u0000b"}', 8],
      ['{"name":"x', 10],
      ['{"n":01}', 6],
      ['{"n":tru}', 5],
      ["\ufeffx", 0],
      ["[1,2", 4],
      ["[1 2]", 3],
      ['{"a" 1}', 1],
      ["nonsense", 0],
      ["[".repeat(100_000), 100_000],
    ];
    for (const [raw, position] of cases) {
      const refused = await world.call("POST", "/data-layers", { raw });
      expect([refused.status, refused.at("code")], raw.slice(0, 40)).toEqual([400, "MALFORMED_JSON"]);
      expect(refused.at("position"), raw.slice(0, 40)).toBe(position);
    }
  });

  it("numbers beyond all bounds, deep nesting and wrong types are refused and never cause a failure of ours", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const deep = `${"[".repeat(120_000)}${"]".repeat(120_000)}`;
    const bodies = [
      '{"name":"x","dataSources":[{"slug":"a","url":"https://a.example/","timeoutSeconds":1e400}]}',
      `{"name":${deep}}`,
      `{"name":"x","dataSources":${deep}}`,
      `{"name":"x","__proto__":{"a":1}}`,
      `{"name":"x","constructor":1,"toString":2}`,
      deep,
      "null",
      "5",
      '"text"',
      "[]",
      "true",
      '{"name":null}',
      '{"name":["x"]}',
      '{"name":{"x":1}}',
      `{"name":"${long}"}`,
      `{"${long}":1,"name":"x"}`,
      '{"name":"x","dataSources":{"0":1}}',
      '{"name":"x","dataSources":[null]}',
      '{"name":"x","paused":"yes"}',
      "",
      " ",
    ];
    for (const raw of bodies) {
      for (const [method, path] of [
        ["POST", "/data-layers"],
        ["PATCH", `/data-layers/${id}`],
      ] as const) {
        const refused = await world.call(method, path, { raw });
        expect(refused.status, `${method} ${raw.slice(0, 60)}`).toBe(400);
        expect(refused.at("code")).toBe("INVALID_INPUT");
        expect(refused.text.length).toBeLessThan(20_000);
      }
    }
  });

  it("a body that is too large is refused, whether it says so or not", async () => {
    const world = new ApiWorld();
    const raw = JSON.stringify({ name: "x".repeat(10 * 1024 * 1024) });
    for (const headers of [{}, { "content-length": "5" }, { "content-length": String(raw.length) }]) {
      const refused = await world.call("POST", "/data-layers", { raw, headers });
      expect([refused.status, refused.at("code")]).toEqual([413, "BODY_TOO_LARGE"]);
    }
  });

  it("a body that breaks off changes nothing and is no failure of ours", async () => {
    const world = new ApiWorld();
    for (const start of ["", '{"name":"Cut o', '{"name":"Whole"}']) {
      const { writes } = world.store.counts;
      const body = new ReadableStream({
        start: (controller) => (start === "" ? undefined : controller.enqueue(new TextEncoder().encode(start))),
        pull: (controller) => controller.error(new TypeError("the sender is gone")),
      });
      const refused = await world.call("POST", "/data-layers", { stream: body });
      expect([refused.status, refused.at("code")], start).toEqual([400, "BODY_INCOMPLETE"]);
      expect(world.store.counts.writes).toBe(writes);
      expect(world.facts).toEqual([]);
    }
  });

  it("a body is read as JSON whatever its sender calls it, and refused if it is not", async () => {
    const world = new ApiWorld();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]) {
      const headers = { "content-type": type };
      expect((await world.call("POST", "/data-layers", { raw: '{"name":"x"}', headers })).status, type).toBe(201);
      const refused = await world.call("POST", "/data-layers", { raw: "name=x", headers });
      expect([refused.status, refused.at("code")], type).toEqual([400, "MALFORMED_JSON"]);
    }
  });

  it("a failure of ours is a problem with a code, reported, without a trace of the code", async () => {
    const world = new ApiWorld();
    world.store.fault = () => "down";
    const down = await world.get("/data-layers");
    expect([down.status, down.at("code"), down.headers.get("retry-after")]).toEqual([503, "STORE_UNAVAILABLE", "5"]);
    world.store.fault = () => {
      throw new TypeError("a defect at /srv/secret.ts:12");
    };
    const defect = await world.get("/data-layers");
    expect([defect.status, defect.at("code")]).toEqual([500, "INTERNAL_ERROR"]);
    expect(defect.text).not.toContain("secret.ts");
    expect(world.facts.at(-1)?.kind).toBe("trouble");
  });

  it("answers to members are not cached by anybody else", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    for (const answer of [
      await world.get("/session"),
      await world.get(`/data-layers/${id}`),
      await world.get("/none"),
    ]) {
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    expect((await world.get(`/data-layers/${id}`)).headers.get("vary")).toBe("Authorization, Cookie");
  });
});
