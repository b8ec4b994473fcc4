import { describe, expect, it } from "vitest";
import { ApiWorld } from "../world.ts";

const blog = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };

describe("what a data layer may be given", () => {
  it("every limit is named by the refusal", async () => {
    const world = new ApiWorld();
    const sources = Array.from({ length: 21 }, (_, i) => ({ ...blog, slug: `s${i}` }));
    const sites = Array.from({ length: 21 }, (_, i) => ({ siteId: `site-number-${i}` }));
    const notifications = Array.from({ length: 11 }, () => ({
      name: "n",
      url: "https://a.example/",
      events: ["sync.failed"],
    }));
    const cases: [Record<string, unknown>, string, RegExp][] = [
      [{ dataSources: sources }, "dataSources", /at most 20 data sources/],
      [{ connectedSites: sites }, "connectedSites", /at most 20 connected sites/],
      [{ notifications }, "notifications", /at most 10 notifications/],
      [{ dataSources: [blog, blog] }, "dataSources.1.slug", /twice/],
      [{ dataSources: [{ ...blog, slug: "Blog" }] }, "dataSources.0.slug", /must use a-z/],
      [{ dataSources: [{ ...blog, type: "ftp" }] }, "dataSources.0.type", /^must be "http" or "probe"$/],
      [{ dataSources: [{ ...blog, timeoutSeconds: 901 }] }, "dataSources.0.timeoutSeconds", /900/],
      [{ dataSources: [{ ...blog, timeoutSeconds: 1.5 }] }, "dataSources.0.timeoutSeconds", /whole/],
      [{ dataSources: [{ ...blog, url: `https://a.example/${"x".repeat(1024)}` }] }, "dataSources.0.url", /1024/],
      [{ dataSources: [{ ...blog, url: "http://a.example/" }] }, "dataSources.0.url", /https/],
      [{ dataSources: [{ ...blog, url: "https://10.0.0.1/" }] }, "dataSources.0.url", /private/],
      [{ dataSources: [{ ...blog, url: "https://user:pw@a.example/" }] }, "dataSources.0.url", /password/],
      [{ name: "x".repeat(81) }, "name", /80/],
      [{ name: "   " }, "name", /empty/],
      [{ name: "a\u0000b" }, "name", /control/],
      [{ name: "a\ud800b" }, "name", /control/],
      [{ name: "a\u202eb" }, "name", /control/],
      [{ description: "x".repeat(501) }, "description", /500/],
      [{ description: "a\u0007" }, "description", /control/],
      [{ connectedSites: [{ name: "Web" }] }, "connectedSites.0", /either/],
      [
        { notifications: [{ name: "n", url: "https://a.example/", events: ["never"] }] },
        "notifications.0.events.0",
        /./,
      ],
      [{ id: "short" }, "id", /8 to 128/],
    ];
    for (const [fields, path, message] of cases) {
      const refused = await world.post("/data-layers", { name: "Fine", ...fields });
      expect([refused.status, refused.at("code")], path).toEqual([400, "INVALID_INPUT"]);
      expect(refused.at("errors.0.path")).toBe(path);
      expect(refused.textAt("errors.0.message")).toMatch(message);
    }
    expect((await world.get("/data-layers")).at("items")).toEqual([]);
  });

  it("unknown fields are refused with their paths", async () => {
    const world = new ApiWorld();
    const body = { name: "x", colour: "red", dataSources: [{ ...blog, secret: "mine" }] };
    const refused = await world.post("/data-layers", body);
    expect(refused.status).toBe(400);
    const paths = refused.listAt("errors").map((error) => JSON.stringify(error));
    expect(paths).toEqual([
      '{"path":"dataSources.0.secret","message":"unknown field"}',
      '{"path":"colour","message":"unknown field"}',
    ]);
  });
});
