import { expect, it } from "vitest";
import { placeOf, sealedParts } from "../../../src/app/stored/sealing.ts";
import { siteKey } from "../../../src/store/keys.ts";
import { must } from "../../support/builders.ts";
import { ApiWorld } from "../world.ts";

const source = (url: string) => ({ slug: "blog", name: "Blog", type: "http", url });
const notification = (url: string) => ({ id: "chat", name: "Chat", url, events: ["sync.failed"] });

it.each([
  ["https://bücher.example/ü?q=ö#語", "https://xn--bcher-kva.example/%C3%BC?q=%C3%B6#%E8%AA%9E"],
  ["https://jobs.example.com", "https://jobs.example.com/"],
  ["HTTPS://Jobs.Example.com:443/Path", "https://jobs.example.com/Path"],
  ["https://jobs.example.com/a%2Fb%20c?x=%C3%A9&y=+", "https://jobs.example.com/a%2Fb%20c?x=%C3%A9&y=+"],
])("a URL is stored percent-encoded and keeps its escapes: %s", async (given, stored) => {
  const world = new ApiWorld();
  const id = await world.layer({ dataSources: [source(given)] });
  expect((await world.get(`/data-layers/${id}`)).at("dataSources.0.url")).toBe(stored);
});

it("a URL is bounded in bytes of its stored form, and a refusal says how many it has and may have", async () => {
  const world = new ApiWorld();
  const create = (url: string) => world.post("/data-layers", { name: "x", dataSources: [source(url)] });
  const fits = `https://jobs.example.com/${"語".repeat(111)}`;
  expect((await create(fits)).status).toBe(201);
  const refused = await create(`${fits}語`);
  expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "dataSources.0.url"]);
  expect(refused.textAt("errors.0.message")).toMatch(/at most 1024 bytes.*it has 1033/);
  const escaped = await create(`https://jobs.example.com/#${"\\".repeat(600)}`);
  expect(escaped.textAt("errors.0.message")).toContain("it has 1226");
  const host = await create(`https://${"a.".repeat(130)}example.com/`);
  expect(host.textAt("errors.0.message")).toContain("253 characters");
});

it("a URL that an earlier release stored as it was typed is the same URL: applying it again changes nothing", async () => {
  const world = new ApiWorld();
  const typed = "https://Jobs.example.com/ü";
  const site = (
    await world.post("/sites", { name: "Web", buildHook: "https://api.netlify.com/build_hooks/of-a-site" })
  ).textAt("id");
  const id = await world.layer({
    dataSources: [source("https://x.example/")],
    notifications: [notification("https://x.example/")],
  });
  const rewrite = async (key: string, change: (text: string) => string) => {
    const found = must(await world.store.memory.read(key));
    await world.store.memory.write(key, change(found.text), found.etag);
  };
  const { sealer } = world.deps;
  const hint = `${new URL(typed).host}/…${typed.slice(-4)}`;
  await rewrite(`layers/${id}`, (text) => {
    const layer = JSON.parse(text);
    layer.sources[0].url = typed;
    Object.assign(layer.notifications[0], {
      url: sealer.seal(typed, placeOf({ kind: "layer", id }, sealedParts.notificationUrl("chat"))),
      urlHint: hint,
    });
    return JSON.stringify(layer);
  });
  await rewrite(siteKey(site), (text) =>
    JSON.stringify({
      ...JSON.parse(text),
      buildHook: sealer.seal(typed, placeOf({ kind: "site", id: site }, sealedParts.buildHook)),
      buildHookHint: hint,
    }),
  );
  const layerEtag = (await world.get(`/data-layers/${id}`)).headers.get("etag");
  const patched = await world.patch(`/data-layers/${id}`, {
    dataSources: [source(typed)],
    notifications: [notification(typed)],
  });
  expect([patched.status, patched.headers.get("etag"), patched.at("dataSources.0.url")]).toEqual([
    200,
    layerEtag,
    typed,
  ]);
  const exported = await world.get("/export?secrets=true");
  const planned = await world.call("PUT", "/import?dryRun=true", { body: exported.at("") });
  expect(planned.at("counts")).toEqual({ create: 0, update: 0, delete: 0, unchanged: 2 });
  const moved = await world.patch(`/data-layers/${id}`, { dataSources: [source("https://jobs.example.com/u")] });
  expect(moved.at("dataSources.0.url")).toBe("https://jobs.example.com/u");
});

it("the stored actor of a change is bounded, whatever name is given, and never cut within a character", async () => {
  const world = new ApiWorld();
  const token = "a-token-of-the-configuration-0123456789";
  const [name, email] = ["\u0001".repeat(80), `${"😀".repeat(60)}`];
  world.config = { ...world.config, tokens: [{ name, email, role: "Owner", token }] };
  const made = await world.post(
    "/sites",
    { name: "Web", buildHook: "https://api.netlify.com/build_hooks/of-a-site" },
    { token },
  );
  const { createdBy } = Object(made.at(""));
  expect(createdBy).toEqual({ id: `token:${"😀".repeat(30)}`, name: "\u0001".repeat(20), email: "😀".repeat(32) });
});
