import { describe, expect, it } from "vitest";
import { maskedQuery, unmasked } from "../../../src/app/settings/maskedQuery.ts";
import { ApiWorld } from "../world.ts";

const JOB = "https://jobs.example.com/blog?key=of-the-job-0123456789&draft=1";
const PROBE = "https://cdn.example.com/entries?access_token=of-the-probe-0123456789";
const sources = [
  { slug: "job", type: "http", url: JOB },
  { slug: "probe", type: "probe", url: PROBE, headers: { authorization: "Bearer of-the-header" } },
];
const masked = ["https://jobs.example.com/blog?key=…&draft=…", "https://cdn.example.com/entries?access_token=…"];

const withLayer = async () => {
  const world = new ApiWorld();
  const id = await world.layer({ dataSources: sources });
  return { world, id, path: `/data-layers/${id}` };
};

describe("the mask of a URL", () => {
  it.each([
    ["https://a.example/x", "https://a.example/x"],
    ["https://a.example", "https://a.example"],
    ["https://a.example/x?a=1&b=&c", "https://a.example/x?a=…&b=…&…"],
    ["https://a.example/x?one-bare-key", "https://a.example/x?…"],
    ["https://a.example/x?a=b=c#part", "https://a.example/x?a=…#…"],
    ["https://ada:secret@a.example:8443/x", "https://…@a.example:8443/x"],
    ["no URL", "…"],
  ])("the masked form of %s is %s", (url, shown) => {
    expect(maskedQuery(url)).toBe(shown);
    expect(maskedQuery(shown)).toBe(shown);
  });

  it("a mask counts as the URL it was made from, and as no other", () => {
    expect(unmasked(maskedQuery(JOB), JOB)).toBe(JOB);
    expect(unmasked(encodeURI(maskedQuery(JOB)), JOB)).toBe(JOB);
    expect(unmasked(maskedQuery(JOB), PROBE)).toBeNull();
    expect(unmasked(maskedQuery(JOB), undefined)).toBeNull();
    expect(unmasked(PROBE, JOB)).toBe(PROBE);
    expect(unmasked("https://a.example/wiki/…", undefined)).toBe("https://a.example/wiki/…");
  });
});

describe("the URL of a data source", () => {
  it("a member who may not write sees no query value of a source's URL, an Owner and a Developer all of it", async () => {
    const { world, path } = await withLayer();
    for (const [as, urls] of [
      ["Owner", [JOB, PROBE]],
      ["Developer", [JOB, PROBE]],
      ["Reviewer", masked],
    ] as const) {
      for (const [shown, at] of [
        [await world.get(path, { as }), "dataSources"],
        [await world.get(`${path}/activity`, { as }), "layer.dataSources"],
      ] as const) {
        expect([shown.at(`${at}.0.url`), shown.at(`${at}.1.url`)], as).toEqual(urls);
      }
    }
  });

  it("a source's URL sent back masked stays, with its headers; masked otherwise it is refused", async () => {
    const { world, path } = await withLayer();
    const seen = [
      { slug: "job", type: "http", url: masked[0] },
      { slug: "probe", type: "probe", url: masked[1] },
    ];
    const kept = await world.patch(path, { dataSources: seen });
    expect([kept.at("dataSources.0.url"), kept.at("dataSources.1.url")]).toEqual([JOB, PROBE]);
    expect(kept.at("dataSources.1.headers")).toEqual({ authorization: "…" });
    const moved = [{ slug: "job", type: "http", url: "https://jobs.example.com/other?key=…" }];
    const refused = await world.patch(path, { dataSources: moved });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "dataSources.0.url"]);
    const made = await world.post("/data-layers", { name: "New", dataSources: seen });
    expect([made.status, made.at("errors.0.path")]).toEqual([400, "dataSources.0.url"]);
  });

  it("an export without secrets masks a source's URL, and its import leaves the URL as it was", async () => {
    const { world, id, path } = await withLayer();
    const exported = await world.get("/export", { as: "Reviewer" });
    for (const key of ["of-the-job", "of-the-probe"]) expect(exported.text).not.toContain(key);
    const imported = await world.call("PUT", "/import", { raw: exported.text });
    expect(imported.at("counts")).toEqual({ create: 0, update: 0, delete: 0, unchanged: 1 });
    expect((await world.get(path)).at("dataSources.0.url")).toBe(JOB);
    await world.delete(path);
    const refused = await world.call("PUT", "/import", { raw: exported.text });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "dataLayers.0.dataSources.0.url"]);
    expect(exported.text).toContain(id);
  });

  it("an export with secrets has a source's URL whole", async () => {
    const { world } = await withLayer();
    expect((await world.get("/export?secrets=true")).text).toContain(JOB);
  });
});
