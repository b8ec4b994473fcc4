import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { EXPORT_LOOKS, PAGE_LOOKS } from "../../../src/app/stored/auditLog.ts";
import { readDrainHint } from "../../../src/app/stored/drainHint.ts";
import { DAY_LISTS } from "../../../src/app/stored/newestFirst.ts";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";
import * as limits from "../../../src/core/limits.ts";
import { type KeepLimits, RETENTION } from "../../../src/core/retention.ts";
import { API_BODY_BYTES } from "../../../src/edge/api/readJson.ts";
import { DRAIN_HINT, LAYER_ORDER, LAYERS, orderKey, SITE_ORDER, SITES } from "../../../src/store/keys.ts";
import { ApiWorld } from "../world.ts";

/** The laws hold for any limit. With these, a test can reach it by creating everything. */
vi.mock("../../../src/core/limits.ts", async (original) => ({
  ...(await original<typeof limits>()),
  LAYERS_IN_ALL: 200,
  SITES_IN_ALL: 200,
}));

const buildHook = "https://api.netlify.com/build_hooks/0123456789";

/** Order markers without documents. */
const mark = async (world: ApiWorld, prefix: string, count: number): Promise<void> => {
  for (let made = 0; made < count; made += 1) {
    await world.store.memory.write(orderKey(prefix, made, `filled-${made}`), "{}", null);
  }
};

/** Order markers with documents, as so many layers or sites have them. */
const fill = async (world: ApiWorld, prefix: string, count: number): Promise<void> => {
  await mark(world, prefix, count);
  const documents = prefix === LAYER_ORDER ? LAYERS : SITES;
  for (let made = 0; made < count; made += 1) {
    await world.store.memory.write(`${documents}filled-${made}`, "{}", null);
  }
};

describe("how many there may be in all", () => {
  let world: ApiWorld;
  beforeEach(() => {
    world = new ApiWorld();
  });

  const expectFull = async (method: string, path: string, body: unknown, limit: number): Promise<void> => {
    const refused = await world.call(method, path, { body });
    expect([refused.status, refused.at("code"), refused.at("limit")]).toEqual([409, "LIMIT_REACHED", limit]);
    expect(refused.textAt("detail")).toContain(`The limit is ${limit}`);
  };

  it("the number of layers is limited: the last one is created, the next is refused by name and number", async () => {
    await fill(world, LAYER_ORDER, limits.LAYERS_IN_ALL - 1);
    await world.layer();
    await expectFull("POST", "/data-layers", { name: "One more" }, limits.LAYERS_IN_ALL);
  });

  it("the number of sites is limited, including those that a layer creates", async () => {
    const layerId = await world.layer();
    await fill(world, SITE_ORDER, limits.SITES_IN_ALL - 1);
    const two = { connectedSites: [1, 2].map((number) => ({ name: `Web ${number}`, buildHook })) };
    await expectFull("POST", "/data-layers", { name: "Site content", ...two }, limits.SITES_IN_ALL);
    await expectFull("PATCH", `/data-layers/${layerId}`, two, limits.SITES_IN_ALL);
    expect((await world.post("/sites", { name: "Web", buildHook })).status).toBe(201);
    await expectFull("POST", "/sites", { name: "Web", buildHook }, limits.SITES_IN_ALL);
    expect((await world.patch(`/data-layers/${layerId}`, { name: "Renamed" })).status).toBe(200);
  });

  it.each([
    ["layers", "/data-layers", { name: "L" }, LAYER_ORDER, limits.LAYERS_IN_ALL],
    ["sites", "/sites", { name: "S", buildHook }, SITE_ORDER, limits.SITES_IN_ALL],
  ])(
    "the limit counts deleted %s for a day: created and deleted over and over, they stay cheap to list",
    async (_kind, path, body, prefix, limit) => {
      let made = 0;
      for (; made < 300; made += 1) {
        const one = await world.post(path, body);
        if (one.status !== 201) break;
        expect((await world.delete(`${path}/${one.textAt("id")}`)).status).toBe(204);
      }
      expect(made).toBe(limit);
      await expectFull("POST", path, body, limit);
      const { reads } = world.store.counts;
      await world.get("/usage");
      await world.get("/export");
      // Beside the documents: the hint, the plan, and what the usage remembers.
      expect(world.store.counts.reads - reads).toBeLessThanOrEqual(2 * limit + 3);
      expect((await world.get(`${path}?limit=100`)).at("")).toMatchObject({ items: [], nextCursor: null });
      await drain(world.deps);
      const { hint } = await readDrainHint(world.deps);
      expect(Object.keys(hint.seen).length).toBeLessThanOrEqual(limit);
      world.now += DAY - MINUTE;
      await drain(world.deps);
      expect(await world.store.memory.list(prefix)).toHaveLength(limit);
      // A document is looked at once an hour.
      world.now += 2 * HOUR;
      await drain(world.deps);
      expect(await world.store.memory.list(prefix)).toEqual([]);
      expect((await world.post(path, body)).status).toBe(201);
    },
  );

  it("the limit forgets the place of a deleted layer when its id is used again", async () => {
    const id = "layer-again";
    for (let made = 0; made < 3; made += 1) {
      await world.layer({ id });
      expect(await world.store.memory.list(LAYER_ORDER)).toHaveLength(1);
      await world.delete(`/data-layers/${id}`);
    }
    world.now += 2 * DAY;
    await drain(world.deps);
    expect(await world.store.memory.list(LAYER_ORDER)).toEqual([]);
  });

  it.each([
    ["layers", "/data-layers", { name: "L" }, LAYER_ORDER, limits.LAYERS_IN_ALL],
    ["sites", "/sites", { name: "S", buildHook }, SITE_ORDER, limits.SITES_IN_ALL],
  ])(
    "the limit ignores an order marker of %s without a document, which the release before may leave",
    async (_kind, path, body, prefix, limit) => {
      await mark(world, prefix, limit);
      expect((await world.post(path, body)).status).toBe(201);
      const sites = [{ id: "site-imported", name: "S", buildHook }];
      const document = { schemaVersion: 1, sites, dataLayers: [{ id: "layer-imported", name: "L" }] };
      expect((await world.call("PUT", "/import", { body: document })).status).toBe(200);
    },
  );

  it("the limit forgets a deleted layer after a day, also if the release before ran in between", async () => {
    await world.delete(`/data-layers/${await world.layer()}`);
    await drain(world.deps);
    // That release notes a deleted layer as one that is never looked at again.
    const stored = await world.store.memory.read(DRAIN_HINT);
    const hint = JSON.parse(stored?.text ?? "");
    for (const known of Object.values<Record<string, unknown>>(hint.seen)) {
      Object.assign(known, { due: null, readAt: Number.MAX_SAFE_INTEGER });
    }
    await world.store.memory.write(DRAIN_HINT, JSON.stringify(hint), stored?.etag ?? null);
    world.now += 2 * DAY;
    await drain(world.deps);
    expect(await world.store.memory.list(LAYER_ORDER)).toEqual([]);
    const { reads } = world.store.counts;
    await drain(world.deps);
    expect(world.store.counts.reads - reads).toBe(1);
  });

  it.each(["true", "false"])(
    "the limit holds for imports that replace everything over and over, with prune=%s",
    async (prune) => {
      const replace = (round: number, query: string) => {
        const ids = Array.from({ length: 50 }, (_, at) => `round-${round}-${at}`);
        const sites = ids.map((id) => ({ id, name: id, buildHook }));
        const dataLayers = ids.map((id) => ({ id, name: id }));
        return world.call("PUT", `/import?${query}`, { body: { schemaVersion: 1, sites, dataLayers } });
      };
      for (let round = 0; round < 4; round += 1) expect((await replace(round, `prune=${prune}`)).status).toBe(200);
      const refused = await replace(4, `prune=${prune}`);
      expect([refused.status, refused.at("errors.0.path"), refused.at("errors.1.path")]).toEqual([
        400,
        "sites",
        "dataLayers",
      ]);
      for (const [prefix, limit] of [
        [LAYERS, limits.LAYERS_IN_ALL],
        [SITES, limits.SITES_IN_ALL],
      ] as const) {
        expect((await world.store.memory.list(prefix)).length).toBe(limit);
      }
      // A layer takes the place of a deleted one with its id.
      const again = { schemaVersion: 1, sites: [], dataLayers: [{ id: "round-0-0", name: "Again" }] };
      expect((await world.call("PUT", "/import?dryRun=true", { body: again })).status).toBe(200);
      world.now += 2 * DAY;
      await drain(world.deps);
      expect((await replace(4, `prune=${prune}`)).status).toBe(prune === "true" ? 200 : 400);
    },
  );

  it("an import beyond the limits is refused as a whole", async () => {
    const dataLayers = Array.from({ length: limits.LAYERS_IN_ALL + 1 }, (_, at) => ({
      id: `layer-${at}`.padEnd(8, "x"),
      name: "L",
    }));
    const refused = await world.call("PUT", "/import", { body: { schemaVersion: 1, sites: [], dataLayers } });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "dataLayers"]);
    expect(refused.textAt("errors.0.message")).toContain(`the limit is ${limits.LAYERS_IN_ALL}`);
  });
});

describe("the page of limits", () => {
  it("the page of limits says what the code says", async () => {
    const page = await readFile(fileURLToPath(new URL("../../../docs/limits.md", import.meta.url)), "utf8");
    const kilobytes = (bytes: number): string => `${bytes / 1024} KB`;
    const keptFor = ({ days, count }: KeepLimits): string => `${days} days, the newest ${count.toLocaleString("en")}`;
    const asDeployed = await vi.importActual<typeof limits>("../../../src/core/limits.ts");
    const rows: [string, string | number][] = [
      ["data layers of one system", asDeployed.LAYERS_IN_ALL.toLocaleString("en")],
      ["sites of one system", asDeployed.SITES_IN_ALL.toLocaleString("en")],
      ["webhooks of a layer", limits.WEBHOOKS],
      ["deleted webhooks a layer remembers", limits.DELETED_WEBHOOKS],
      ["deleted webhooks that can be restored", limits.RESTORABLE_WEBHOOKS],
      ["former URLs of webhooks that are still accepted", limits.FORMER_IDS],
      ["settings of all webhooks of a layer", kilobytes(limits.WEBHOOK_SETTINGS_BYTES)],
      ["data sources of a layer", limits.SOURCES],
      ["connected sites of a layer", limits.SITES],
      ["notifications of a layer", limits.NOTIFICATIONS],
      ["cache tags of a layer", limits.PURGE_TAGS],
      ["a name", limits.NAME_CHARS],
      ["a delivery's body that is kept", kilobytes(limits.BODY_BYTES)],
      ["all bodies that wait in one layer", kilobytes(limits.BODIES_BYTES)],
      ["a body of the management API", kilobytes(API_BODY_BYTES)],
      ["a body of an import", `${limits.IMPORT_BODY_BYTES / 1024 / 1024} MB`],
      ["a page of the audit log", PAGE_LOOKS],
      ["days that a page of syncs, builds, deliveries or the audit log looks through", DAY_LISTS],
      ["one part of an audit export", EXPORT_LOOKS.toLocaleString("en")],
      ["production deploys a site remembers", limits.DEPLOYS],
      ["audit entries", `${RETENTION.auditDays} days`],
      ["records of syncs and builds", keptFor(RETENTION.syncs)],
      ["the log of deliveries", keptFor(RETENTION.deliveries)],
      ["usage", `${limits.USAGE_MONTHS} months`],
    ];
    for (const [what, value] of rows) expect(page).toMatch(new RegExp(`\\| ${what} \\| ${value}\\b`));
  });
});

describe("what a limit costs", () => {
  it("a new layer beside thousands costs one list of the markers, and reads no other layer", async () => {
    const world = new ApiWorld();
    await mark(world, LAYER_ORDER, 150);
    const { reads, lists } = world.store.counts;
    expect((await world.post("/data-layers", { name: "One more" })).status).toBe(201);
    const { counts } = world.store;
    expect([counts.lists - lists, counts.reads - reads < 10]).toEqual([1, true]);
  });
});
