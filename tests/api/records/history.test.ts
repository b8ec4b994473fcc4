import { beforeEach, describe, expect, it } from "vitest";
import { EXPORT_LOOKS, PAGE_LOOKS } from "../../../src/app/stored/auditLog.ts";
import { DAY_LISTS } from "../../../src/app/stored/newestFirst.ts";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { lowestIdAt } from "../../../src/core/madeAt.ts";
import {
  AUDIT,
  auditKey,
  buildKey,
  buildsPrefix,
  deliveriesPrefix,
  deliveryKey,
  syncKey,
  syncsPrefix,
  undatedKey,
} from "../../../src/store/keys.ts";
import { ApiWorld, type Json } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

let world: ApiWorld;
let layerId: string;
let siteId: string;
let last = 0;

/** An id made at a time, and no other. */
const idAt = (ms: number): string => {
  last += 1;
  return `${lowestIdAt(ms).slice(0, -12)}${last.toString(16).padStart(12, "0")}`;
};

/** A new system of one layer that feeds one site. */
const fresh = async (): Promise<void> => {
  world = new ApiWorld();
  siteId = (await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } })).textAt("id");
  layerId = await world.layer({ name: "Blog", connectedSites: [{ siteId }] });
};
beforeEach(fresh);

const delivery = (id: string, at: number) => ({
  id,
  receivedAt: at,
  webhook: "default",
  dataSource: null,
  outcome: "queued",
  code: null,
  cause: null,
  warnings: [],
  syncId: null,
  bytes: 2,
  userAgent: null,
  subject: null,
  secret: null,
});

/** The records that a sync, a build and a change left: what histories are made of. */
const templates = async () => {
  await world.post(`/data-layers/${layerId}/syncs`);
  await world.work({ kind: "layer", id: layerId });
  await world.work({ kind: "site", id: siteId });
  const one = async (prefix: string) => {
    const [found] = await world.store.memory.list(prefix);
    return JSON.parse((await world.store.memory.read(found?.key ?? ""))?.text ?? "null");
  };
  return { sync: await one(syncsPrefix(layerId)), build: await one(buildsPrefix(siteId)), entry: await one(AUDIT) };
};

/** As many records of each kind in so many days before now, evenly; `keyOf` says where they stand. */
const lived = async (
  count: number,
  days: number,
  keyOf: { sync: typeof syncKey; build: typeof buildKey; delivery: typeof deliveryKey; audit: typeof auditKey } = {
    sync: syncKey,
    build: buildKey,
    delivery: deliveryKey,
    audit: auditKey,
  },
): Promise<void> => {
  const { sync, build, entry } = await templates();
  const { memory } = world.store;
  world.now += 400 * DAY;
  for (let made = 0; made < count; made += 1) {
    const at = world.now - Math.floor((made * days * DAY) / count) - MINUTE;
    const id = idAt(at);
    await memory.write(keyOf.sync(layerId, id), JSON.stringify({ ...sync, id }), null);
    await memory.write(keyOf.build(siteId, id), JSON.stringify({ ...build, id }), null);
    await memory.write(keyOf.delivery(layerId, id), JSON.stringify(delivery(id, at)), null);
    const audited = { ...entry, id, at, dataLayerId: layerId };
    await memory.write(keyOf.audit(audited), JSON.stringify(audited), null);
  }
};

const cost = async (path: string, token?: string) => {
  const { reads, lists } = world.store.counts;
  const answer = await world.get(path, token === undefined ? {} : { token });
  expect(answer.status).toBe(200);
  return { answer, reads: world.store.counts.reads - reads, lists: world.store.counts.lists - lists };
};

const pages = () => ({
  syncs: `/data-layers/${layerId}/syncs`,
  builds: `/sites/${siteId}/builds`,
  deliveries: `/data-layers/${layerId}/deliveries`,
  audit: "/audit-log",
  "audit of a layer": `/audit-log?dataLayerId=${layerId}`,
  "audit of an action": "/audit-log?action=webhook.deleted",
  "audit of nobody": "/audit-log?actor=nobody&limit=100",
  export: "/audit-log/export?actor=nobody",
  activity: `/data-layers/${layerId}/activity`,
  overview: "/overview",
});

const costs = async () => {
  const found: Record<string, string> = {};
  for (const [name, path] of Object.entries(pages())) {
    const { reads, lists } = await cost(path);
    found[name] = `${reads} reads, ${lists} lists`;
  }
  return found;
};

describe("what one page of a history costs", () => {
  it("a page of an empty history costs the document and one list", async () => {
    world = new ApiWorld();
    siteId = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
    layerId = await world.layer();
    await world.store.memory
      .list(AUDIT)
      .then((all) => Promise.all(all.map(({ key }) => world.store.memory.remove(key))));
    expect(await costs()).toEqual({
      syncs: "1 reads, 1 lists",
      builds: "1 reads, 1 lists",
      // The change token of a layer lists its log of the last minutes: in the first minute of 17 it lists two such times.
      deliveries: "1 reads, 3 lists",
      audit: "0 reads, 1 lists",
      "audit of a layer": "1 reads, 1 lists",
      "audit of an action": "0 reads, 1 lists",
      "audit of nobody": "0 reads, 1 lists",
      export: "0 reads, 1 lists",
      activity: "1 reads, 4 lists",
      overview: "2 reads, 2 lists",
    });
  });

  it("a page of fifty records a day costs what it shows and one day; ten times the history costs the same", {
    timeout: 60_000,
  }, async () => {
    await lived(2000, 40);
    const short = await costs();
    expect(short).toEqual({
      // The layer, the page, and the document of the site that tells where each of them stands.
      syncs: "22 reads, 2 lists",
      builds: "21 reads, 2 lists",
      deliveries: "22 reads, 4 lists",
      audit: "20 reads, 2 lists",
      "audit of a layer": "21 reads, 2 lists",
      "audit of an action": "0 reads, 21 lists",
      "audit of nobody": "100 reads, 4 lists",
      export: "500 reads, 16 lists",
      activity: "123 reads, 8 lists",
      overview: "2 reads, 2 lists",
    });
    await fresh();
    await lived(20_000, 400);
    expect(await costs()).toEqual(short);
  });

  it("a page over one record a day ends after twenty days, and its cursor leads on to every record once", async () => {
    await lived(90, 90);
    for (const [name, path] of Object.entries(pages()).slice(0, 2)) {
      const seen: Json[] = [];
      let rounds = 0;
      for (let cursor: Json = ""; cursor !== null; rounds += 1) {
        const { answer, lists } = await cost(`${path}?limit=50${cursor === "" ? "" : `&cursor=${cursor}`}`);
        expect(lists, name).toBeLessThanOrEqual(1 + DAY_LISTS);
        seen.push(...answer.listAt("items").map((_, index) => answer.at(`items.${index}.id`)));
        cursor = answer.at("nextCursor");
      }
      expect([new Set(seen).size, seen.length, rounds]).toEqual([91, 91, 5]);
      expect(seen).toEqual([...seen].sort().reverse());
    }
  });

  it("a page for a token of one idle layer costs a bounded number of lists and reads no entry", async () => {
    const other = await world.layer({ name: "Other" });
    await lived(3000, 300);
    const made = await world.post("/tokens", { name: "Theirs", role: "Reviewer", dataLayers: [other] });
    const token = made.textAt("token");
    await cost("/audit-log", token);
    for (const path of ["/audit-log", "/audit-log?actor=nobody", "/audit-log/export"]) {
      const { reads, lists } = await cost(path, token);
      // The token's own document and the layer's.
      expect([reads, lists]).toEqual([2, path.endsWith("export") ? 61 : 1 + DAY_LISTS]);
    }
  });

  it("a page reads at most a hundred entries, and a part of an export at most five hundred", async () => {
    expect([PAGE_LOOKS, EXPORT_LOOKS]).toEqual([100, 500]);
  });
});

describe("records of the release before, directly below their prefix", () => {
  const undated = {
    sync: (layer: string, id: string) => undatedKey(syncsPrefix(layer), id),
    build: (site: string, id: string) => undatedKey(buildsPrefix(site), id),
    delivery: (layer: string, id: string) => undatedKey(deliveriesPrefix(layer), id),
    audit: ({ id }: { readonly id: string }) => undatedKey(AUDIT, id),
  };

  it("records of the release before, directly below their prefix, are listed in order, found by id, and shown with their layer", async () => {
    await lived(5, 1, undated);
    await lived(5, 1);
    for (const path of [pages().syncs, pages().builds, pages().deliveries, pages().audit]) {
      const ids: Json[] = [];
      for (let cursor: Json = ""; cursor !== null; ) {
        const page = await world.get(`${path}?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
        ids.push(...page.listAt("items").map((_, index) => page.at(`items.${index}.id`)));
        cursor = page.at("nextCursor");
      }
      expect(ids.length).toBeGreaterThanOrEqual(5);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual([...ids].sort().reverse());
      if (path === pages().deliveries || path === pages().audit) continue;
      for (const id of ids) expect((await world.get(`${path}/${id}`)).status).toBe(200);
    }
  });

  it("records appended by the release before and again by this release are shown once", async () => {
    await lived(3, 1, undated);
    const { memory } = world.store;
    const before = (await world.get(pages().syncs)).listAt("items").length;
    const entries = (await world.get(`${pages().audit}?dataLayerId=${layerId}`)).listAt("items").length;
    for (const { key } of await memory.list(syncsPrefix(layerId))) {
      const text = (await memory.read(key))?.text ?? "";
      await memory.write(syncKey(layerId, JSON.parse(text).id), text, null);
    }
    for (const { key } of await memory.list(AUDIT)) {
      const text = (await memory.read(key))?.text ?? "";
      await memory.write(auditKey(JSON.parse(text)), text, null);
    }
    expect((await world.get(pages().syncs)).listAt("items")).toHaveLength(before);
    expect((await world.get(`${pages().audit}?dataLayerId=${layerId}`)).listAt("items")).toHaveLength(entries);
  });
});

describe("a page that ends between days", () => {
  it("a page that ends between days has a cursor that skips no record, not even one appended meanwhile", async () => {
    await lived(60, 60);
    const first = await world.get(`${pages().syncs}?limit=100`);
    const cursor = first.textAt("nextCursor");
    const lowest = first.at(`items.${first.listAt("items").length - 1}.id`);
    expect(cursor <= String(lowest)).toBe(true);
    const { sync } = await templates();
    const id = idAt(world.now - 40 * DAY - HOUR);
    await world.store.memory.write(syncKey(layerId, id), JSON.stringify({ ...sync, id }), null);
    const rest: Json[] = [];
    for (let next: Json = cursor; next !== null; ) {
      const page = await world.get(`${pages().syncs}?limit=100&cursor=${next}`);
      rest.push(...page.listAt("items").map((_, index) => page.at(`items.${index}.id`)));
      next = page.at("nextCursor");
    }
    expect(rest).toContain(id);
    expect(rest.every((one) => String(one) < cursor)).toBe(true);
  });
});
