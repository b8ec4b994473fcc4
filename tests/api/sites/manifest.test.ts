import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { hookBody } from "../../../src/app/netlify/hookBody.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { CAUSES, HOOK_BODY_BYTES, SUBJECT_NAME_BYTES, SUBJECTS, TITLE_BYTES } from "../../../src/core/limits.ts";
import { RETENTION } from "../../../src/core/retention.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import { LAYER, SenderWorld } from "../../senders/senderWorld.ts";
import { aRound } from "../../support/round.ts";
import { dig, type Json } from "../answer.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const layerhook = fileURLToPath(new URL("../../../docs/examples/layerhook.mjs", import.meta.url));

let world: SenderWorld;
let siteId: string;
/** The bodies that the build hook was sent. */
let bodies: Json[];

const publish = async (id: string, title = `Title of ${id}`): Promise<string> => {
  world.now += 2 * SECOND;
  const payload = { event: "items.update", collection: "posts", key: id, payload: { title } };
  const answer = await world.send({ body: JSON.stringify(payload) });
  return String((await answer.json()).deliveryId);
};

const workLayer = () => world.work({ kind: "layer", id: LAYER });
const workSite = () => world.work({ kind: "site", id: siteId });
const built = async (): Promise<Json> => {
  await workLayer();
  await workSite();
  return bodies.at(-1) ?? null;
};
const idsIn = (body: Json): unknown[] => {
  const subjects = dig(body, "subjects");
  return Array.isArray(subjects) ? subjects.map((subject) => dig(subject, "id")) : [];
};
const buildAt = (body: Json) => world.get(`/sites/${siteId}/builds/${String(dig(body, "buildId"))}`);

beforeEach(async () => {
  world = new SenderWorld();
  bodies = [];
  await world.open();
  siteId = (await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } })).textAt("id");
  await world.patch(`/data-layers/${LAYER}`, { connectedSites: [{ siteId }] });
  world.answering = async ({ body = "null" }) => {
    bodies.push(JSON.parse(body));
    return world.job();
  };
});

describe("what is in a build", () => {
  it("a build is handed what was published for it, newest first and each entry once, and shows it", async () => {
    await publish("a");
    const second = await publish("b");
    const last = await publish("a");
    const body = await built();
    expect(dig(body, "subjects")).toEqual([
      { dataLayerId: LAYER, event: "items.update", type: "posts", id: "a" },
      { dataLayerId: LAYER, event: "items.update", type: "posts", id: "b" },
    ]);
    expect(dig(body, "more")).toBe(0);
    const shown = await buildAt(body);
    expect(shown.at("manifest.deliveries")).toBe(3);
    expect(["manifest.subjects.0", "manifest.subjects.1"].map((at) => shown.at(`${at}.deliveryId`))).toEqual([
      last,
      second,
    ]);
    await publish("c");
    expect(idsIn(await built())).toEqual(["c"]);
  });

  it("a build that two syncs asked for is handed what was published for both", async () => {
    await world.patch(`/sites/${siteId}`, { pacing: { preset: "saver" } });
    await publish("a");
    await workLayer();
    await publish("b");
    await workLayer();
    expect(bodies).toEqual([]);
    await world.post(`/sites/${siteId}/builds`);
    await workSite();
    expect(bodies.map(idsIn)).toEqual([["b", "a"]]);
  });

  it("a build names fifty publishes and counts the others, also those of an unknown sender", async () => {
    for (let i = 0; i < 60; i += 1) await publish(`entry-${i}`);
    world.now += SECOND;
    await world.send({});
    const body = await built();
    expect([idsIn(body).length, idsIn(body)[0], dig(body, "more")]).toEqual([SUBJECTS, "entry-59", 11]);
    expect((await buildAt(body)).at("manifest.more")).toBe(11);
  });

  it("a title is kept and handed over only where the layer says so, and is encrypted in the store", async () => {
    await publish("a", "Secret menu");
    expect(Object.keys(Object(dig(await built(), "subjects.0")))).toEqual(["dataLayerId", "event", "type", "id"]);
    await world.patch(`/data-layers/${LAYER}`, { keepTitles: true });
    const delivery = await publish("b", "Spring menu");
    const body = await built();
    expect(dig(body, "subjects.0.title")).toBe("Spring menu");
    expect((await buildAt(body)).at("manifest.subjects.0.title")).toBe("Spring menu");
    const log = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect([log.at("items.0.subject.title"), log.at("items.1.subject.title")]).toEqual(["Spring menu", null]);
    expect((await world.get(`/data-layers/${LAYER}/deliveries/${delivery}`)).at("subject.title")).toBe("Spring menu");
    const dump = await world.dump();
    expect([dump.includes("Spring menu"), dump.includes("Secret menu")]).toEqual([false, false]);
  });

  it("a build of a person is handed no subjects, and is no reason to keep a record", async () => {
    await world.post(`/sites/${siteId}/builds`);
    await workSite();
    expect([dig(bodies[0] ?? null, "subjects"), dig(bodies[0] ?? null, "more")]).toEqual([[], 0]);
    expect(await world.store.memory.list("proofs/")).toEqual([]);
    expect((await buildAt(bodies[0] ?? null)).at("manifest")).toBe(null);
  });

  it("a build starts also if the log cannot be read, or what is in it cannot be kept", async () => {
    for (const [op, log, keys] of [
      ["list", "deliveries/", ["buildId", "causes"]],
      ["write", "proofs/", ["buildId", "causes", "subjects", "more"]],
    ] as const) {
      await publish("a");
      world.store.before = async (happening, key) => {
        if (happening === op && key.startsWith(log)) throw new StoreUnavailable("the archive is gone");
      };
      expect(Object.keys(Object(await built()))).toEqual(keys);
      world.store.before = async () => undefined;
    }
    expect(bodies).toHaveLength(2);
  });

  it("what is in a build is kept as long as the log of deliveries", async () => {
    await publish("a");
    const body = await built();
    world.now += RETENTION.deliveries.days * 24 * 60 * MINUTE + MINUTE;
    await aRound(world.deps);
    expect((await buildAt(body)).at("manifest")).toBe(null);
  });
});

describe("the body of a build hook", () => {
  const wide = (bytes: number): string => "é".repeat(Math.floor(bytes / 2));
  const subject = (index: number) => ({
    ...{ layerId: wide(128), deliveryId: `${index}`, syncId: "s", event: wide(SUBJECT_NAME_BYTES) },
    ...{ type: wide(SUBJECT_NAME_BYTES), id: wide(SUBJECT_NAME_BYTES), title: "sealed" },
  });
  const cause = { dataLayerId: wide(128), name: wide(240), syncId: wide(36), firstSyncId: wide(36), publishedAt: 1e12 };
  const handed = {
    buildId: "build-1",
    causes: Array.from({ length: CAUSES }, () => cause),
    manifest: {
      buildId: "build-1",
      deliveries: 60,
      more: 10,
      subjects: Array.from({ length: SUBJECTS }, (_, i) => subject(i)),
    },
  };
  const sealer = () => ({ ...world.deps.sealer, open: () => wide(TITLE_BYTES) });

  it("the widest body fits into a variable of Linux, percent-encoded and all, and counts what it leaves out", () => {
    const text = hookBody(handed, sealer());
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(HOOK_BODY_BYTES);
    expect(encodeURIComponent(text).length + "INCOMING_HOOK_BODY=".length).toBeLessThan(128 * 1024);
    const { subjects, more, causes } = JSON.parse(text);
    expect(Object.keys(causes[0])).toEqual(["dataLayerId", "name", "syncId"]);
    expect(subjects.length + more).toBe(SUBJECTS + 10);
    expect(subjects.length).toBeGreaterThan(20);
  });

  it.each([
    ["as it is", (text: string) => text],
    ["percent-encoded", encodeURIComponent],
    ["encoded as a form", (text: string) => new URLSearchParams({ x: text }).toString().slice(2)],
  ])("a build reads the body with the example of the docs, %s", (_how, encode) => {
    const text = hookBody(handed, sealer());
    const env = { ...process.env, INCOMING_HOOK_BODY: encode(text) };
    const printed = execFileSync(process.execPath, [layerhook], { env, encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual(JSON.parse(text));
  });

  it("a build that was not begun by Layerhook reads an empty object with the example of the docs", () => {
    for (const body of [undefined, "", "%", "null", "7", "branch=main"]) {
      const env = { ...process.env, ...(body === undefined ? {} : { INCOMING_HOOK_BODY: body }) };
      expect(execFileSync(process.execPath, [layerhook], { env, encoding: "utf8" })).toBe("{}\n");
    }
  });
});
