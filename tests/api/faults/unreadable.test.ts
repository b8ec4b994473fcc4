import { describe, expect, it } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { doctorCommand } from "../../../src/cli/doctorCommand.ts";
import { answerCallback } from "../../../src/edge/hooks/answerCallback.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { layerKey, siteKey } from "../../../src/store/keys.ts";
import { readAnswer } from "../answer.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** What each kind of unreadable document looks like, and the problem it is. */
const kinds = [
  ["newer", '{"v":99,"kind":"layer","name":"of the future"}', "DOCUMENT_NEWER", "60"],
  ["corrupt", '{"v":1,"kind":"layer"}', "DOCUMENT_UNREADABLE", "3600"],
  ["corrupt", "{", "DOCUMENT_UNREADABLE", "3600"],
] as const;

const put = async (world: ApiWorld, key: string, text: string): Promise<void> => {
  const standing = await world.store.memory.read(key);
  await world.store.memory.write(key, text, standing?.etag ?? null);
};
const textOf = async (world: ApiWorld, key: string) => (await world.store.memory.read(key))?.text;

const published = async (world: ApiWorld, id: string) => {
  const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${id}`;
  return readAnswer(await answerPublish(new Request(url, { method: "POST" }), world.deps, () => undefined));
};

describe.each(kinds)("a document that is %s (%s)", (reason, text, code, retryAfter) => {
  it("an unreadable document answers a publish 503 with its own code, says that nothing was accepted, and is not overwritten", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    await put(world, layerKey(id), text);
    const answer = await published(world, id);
    expect([answer.status, answer.at("code"), answer.headers.get("retry-after")]).toEqual([503, code, retryAfter]);
    expect(answer.textAt("detail")).toContain("Nothing was accepted");
    expect(answer.textAt("detail")).not.toMatch(/may have been|harmless/);
    expect(await textOf(world, layerKey(id))).toBe(text);
  });

  it("an unreadable document answers the report of a job with the same code", async () => {
    const world = new ApiWorld();
    const layerId = await world.layer();
    await put(world, layerKey(layerId), text);
    const claims = { layerId, syncId: "01234567-89ab-7def-8123-456789abcdef", slug: "blog", fence: 1 };
    const request = new Request(world.deps.signer.callbackUrl(claims), { method: "POST" });
    const answer = await readAnswer(await answerCallback(request, world.deps, () => undefined));
    expect([answer.status, answer.at("code")]).toEqual([503, code]);
    expect(answer.textAt("detail")).toContain("Nothing was recorded");
  });

  it("an unreadable document is named in the lists and the overview, hides nothing else, and is read as a problem", async () => {
    const world = new ApiWorld();
    const broken = await world.layer({ name: "Broken" });
    const sound = await world.layer({ name: "Sound" });
    const site = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
    await put(world, layerKey(broken), text);
    await put(world, siteKey(site), text);
    const layers = await world.get("/data-layers");
    expect(layers.at("items.0.id")).toBe(sound);
    expect([layers.listAt("items").length, layers.at("unreadable")]).toEqual([1, [{ id: broken, reason }]]);
    expect((await world.get("/sites")).at("")).toMatchObject({ items: [], unreadable: [{ id: site, reason }] });
    const overview = await world.get("/overview");
    expect(overview.at("unreadable")).toEqual({
      dataLayers: [{ id: broken, reason }],
      sites: [{ id: site, reason }],
    });
    expect(world.facts.some((fact) => fact.kind === "trouble")).toBe(true);
    const read = await world.get(`/data-layers/${broken}`);
    expect([read.status, read.at("code")]).toEqual([503, code]);
  });

  it("an unreadable document shows in health and the doctor after the next tick, until a tick can read it again", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const before = (await textOf(world, layerKey(id))) ?? "";
    await drain(world.deps);
    const sound = await world.get("/health", { as: null });
    expect([sound.status, sound.at("checks.documents")]).toEqual([200, { status: "ok", newer: 0, corrupt: 0 }]);
    await put(world, layerKey(id), text);
    await drain(world.deps);
    const failing = await world.get("/health", { as: null });
    const counts = { newer: 0, corrupt: 0, [reason]: 1 };
    expect([failing.status, failing.at("checks.documents")]).toEqual([503, { status: "unreadable", ...counts }]);
    const said: string[] = [];
    const fetch = async (url: string) =>
      url.includes("/hooks/") ? new Response(null, { status: 404 }) : Response.json(failing.at(""), { status: 503 });
    const say = (line: string) => {
      said.push(line);
    };
    expect(
      await doctorCommand(["https://site.example.com"], {
        environment: {},
        fetch,
        say,
        progress: say,
        pause: async () => undefined,
      }),
    ).toBe(false);
    expect(said.join("\n")).toContain(
      reason === "newer" ? "Deploy the later release again" : "These documents are damaged",
    );
    expect(await textOf(world, layerKey(id))).toBe(text);
    // A later release finds the same document under the same ETag: it must be read at every tick, not once an hour.
    let read = 0;
    world.store.before = async (op, key) => {
      if (op === "read" && key === layerKey(id)) read += 1;
    };
    await drain(world.deps);
    expect(read).toBe(1);
    await put(world, layerKey(id), before);
    await drain(world.deps);
    expect((await world.get("/health", { as: null })).at("checks.documents.status")).toBe("ok");
  });
});

it("a token of some data layers is told of no unreadable document but its own, and still sees the sites of its others", async () => {
  const world = new ApiWorld();
  const [mine, alsoMine, foreign] = [await world.layer(), await world.layer(), await world.layer()];
  const connected = await world.post("/sites", { name: "Seen", buildHook });
  const hidden = await world.post("/sites", { name: "Hidden", buildHook });
  await world.patch(`/data-layers/${alsoMine}`, { connectedSites: [{ siteId: connected.textAt("id") }] });
  const made = await world.post("/tokens", { name: "Some", role: "Reviewer", dataLayers: [mine, alsoMine] });
  const token = made.textAt("token");
  for (const id of [mine, foreign]) await put(world, layerKey(id), '{"v":99}');
  await put(world, siteKey(hidden.textAt("id")), '{"v":99}');
  const overview = await world.get("/overview", { token });
  expect(overview.at("unreadable")).toEqual({ dataLayers: [{ id: mine, reason: "newer" }], sites: [] });
  expect((await world.get("/data-layers", { token })).at("unreadable")).toEqual([{ id: mine, reason: "newer" }]);
  const sites = await world.get("/sites", { token });
  expect([sites.at("items.0.name"), sites.at("unreadable")]).toEqual(["Seen", []]);
});

it("a later release's document that is found after a write without an answer leaves it open whether that was accepted", async () => {
  const world = new ApiWorld();
  const id = await world.layer();
  let lost = false;
  world.store.fault = (op, key) => {
    if (op !== "write" || key !== layerKey(id) || lost) return "none";
    lost = true;
    return "reply-lost";
  };
  world.store.before = async (op, key) => {
    if (op === "read" && key === layerKey(id) && lost) await put(world, key, '{"v":99}');
  };
  const answer = await published(world, id);
  expect([answer.status, answer.at("code")]).toEqual([503, "STORE_UNAVAILABLE"]);
  expect(answer.textAt("detail")).toContain("may have been accepted");
});
