import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settleOwed } from "../../src/app/stored/settleOwed.ts";
import type { Surroundings } from "../../src/cli/cli.ts";
import { configCommand } from "../../src/cli/configCommand.ts";
import {
  bytesOf,
  configurationSchema,
  frameOf,
  layersToPlan,
  partsOf,
  prunesToPlan,
  sitesToPlan,
} from "../../src/cli/configurationParts.ts";
import { configurationSchema as inputSchema } from "../../src/contract/resources/configurationSchemas.ts";
import {
  EXPORT_DOCUMENTS,
  EXPORT_PAGE_BYTES,
  IMPORT_BODY_BYTES,
  IMPORT_CHANGES,
  LAYERS_IN_ALL,
  SITES_IN_ALL,
} from "../../src/core/limits.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import { SITES } from "../../src/store/keys.ts";
import { ApiWorld, tokens } from "../api/world.ts";
import { widestConfiguration } from "../support/widestConfiguration.ts";

/** The whole of 200 layers takes minutes: `LAYERHOOK_LAYERS=200 npx vitest run tests/cli/largestConfiguration.test.ts`. */
const LAYERS = Number(process.env["LAYERHOOK_LAYERS"] ?? 2);
const MOST = 200;
const ALL = LAYERS === MOST;
const MINUTES = ALL ? 60 * 60_000 : 60_000;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerhook-largest-"));
});
afterEach(() => rm(folder, { recursive: true }));

interface Sent {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly bytes: number;
  readonly answerBytes: number;
  readonly status: number;
  readonly changed: number;
  readonly deleted: number;
}

/** The command against the API of a world; every call is kept. `breaks` says after which call the connection is lost. */
const commandAt = (world: ApiWorld, breaks: (calls: readonly Sent[]) => boolean = () => false) => {
  const calls: Sent[] = [];
  const said: string[] = [];
  const progress: string[] = [];
  const surroundings: Surroundings = {
    environment: { LAYERHOOK_URL: "https://hooks.example.com", LAYERHOOK_OWNER_TOKEN: tokens.Owner },
    async fetch(url, init) {
      const { deps, config } = world;
      const options = { deps, config, afterwards: () => undefined, checkUrl: () => null, accounts: null };
      const response = await answerApi(new Request(url, init), options);
      const text = await response.text();
      const answer = response.ok && init.method === "PUT" ? JSON.parse(text) : {};
      const { create = 0, update = 0, delete: deleted = 0 } = answer.counts ?? {};
      calls.push({
        method: String(init.method),
        query: new URL(url).searchParams,
        bytes: Buffer.byteLength(String(init.body ?? "")),
        answerBytes: Buffer.byteLength(text),
        status: response.status,
        changed: answer.dryRun === true ? 0 : create + update + deleted,
        deleted: answer.dryRun === true ? 0 : deleted,
      });
      if (breaks(calls)) throw new TypeError("the connection is lost");
      return new Response(text, response);
    },
    say: (line) => said.push(line),
    progress: (line) => progress.push(line),
    pause: async () => undefined,
  };
  return { calls, said, progress, run: (...args: string[]) => configCommand(args, surroundings) };
};

const saved = async (name: string, document: unknown): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(document));
  return file;
};

const pulled = async (world: ApiWorld, name: string): Promise<string> => {
  const file = join(folder, name);
  await commandAt(world).run("pull", file, "--secrets");
  return readFile(file, "utf8");
};

/** Small layers with many webhooks, and sites; `from` sets their ids apart. */
const padded = (at: number): string => String(at).padStart(3, "0");
const small = (from: string, layers: number, webhooks: number, sites: number) => ({
  schemaVersion: 1,
  sites: Array.from({ length: sites }, (_, at) => ({
    id: `${from}-site-${padded(at)}`,
    name: `Site ${at}`,
    buildHook: `https://api.netlify.com/build_hooks/${from}${padded(at)}`,
  })),
  dataLayers: Array.from({ length: layers }, (_, at) => ({
    id: `${from}-layer-${padded(at)}`,
    name: `Layer ${at}`,
    connectedSites: sites === 0 ? [] : [{ siteId: `${from}-site-${padded(at % sites)}` }],
    webhooks: Array.from({ length: webhooks }, (_webhook, index) => ({
      ref: `wh_${index}`,
      name: `Webhook ${index}`,
      id: `${from}-webhook-${padded(at)}-${index}`,
    })),
  })),
});

describe("a configuration of ten thousand layers and sites", () => {
  it("a configuration of ten thousand layers and sites is planned in parts, each of which one import takes", () => {
    const document = configurationSchema.parse(small("here", LAYERS_IN_ALL, 0, SITES_IN_ALL));
    expect(bytesOf(frameOf(document))).toBeGreaterThan(IMPORT_BODY_BYTES);
    for (const [parts, list] of [
      [sitesToPlan(document), "sites"],
      [layersToPlan(document), "dataLayers"],
    ] as const) {
      expect(parts.every((part) => bytesOf(part.document) <= IMPORT_BODY_BYTES)).toBe(true);
      expect(parts.flatMap((part) => part.document[list].map(({ id }) => id))).toEqual(
        document[list].map(({ id }) => id),
      );
      for (const { document: some, from } of parts) expect(some[list][0]).toEqual(document[list][from]);
    }
  });

  it("a configuration of ten thousand layers and sites is pruned in parts, each of which one import takes, and which leave no id out", () => {
    const document = configurationSchema.parse(small("here", LAYERS_IN_ALL, 0, SITES_IN_ALL));
    const none = { name: "", dataLayerId: null, fields: [] };
    const kept = [...document.sites, ...document.dataLayers].map(({ id }) => ({
      ...{ ...none, type: "site" as const, id, action: "unchanged" as const },
    }));
    const drops = (["data_layer", "site"] as const).flatMap((type) =>
      Array.from({ length: 500 }, (_none, at) => ({ ...none, type, id: `gone-${at}`, action: "delete" as const })),
    );
    const made = partsOf(document, [...kept, ...drops], true);
    expect(made.length).toBeGreaterThanOrEqual(drops.length / IMPORT_CHANGES);
    for (const parts of [prunesToPlan(document), made]) {
      expect(Math.max(...parts.map((part) => bytesOf(part.document)))).toBeLessThanOrEqual(IMPORT_BODY_BYTES);
      for (const { id } of document.sites.slice(0, 50)) {
        const key = `sites/${id}`;
        const deleting = parts.filter(({ from = "", until = "" }) => key >= from && (until === "" || key < until));
        // What may be deleted and stays is named, wherever that is.
        expect(deleting.every((part) => part.document.sites.some((site) => site.id === id))).toBe(true);
      }
    }
    const plan = prunesToPlan(document);
    expect([plan[0]?.from, plan.at(-1)?.until]).toEqual(["", ""]);
    expect(plan.slice(1).map(({ from }) => from)).toEqual(plan.slice(0, -1).map(({ until }) => until));
    for (const { type, id } of drops) {
      const key = `${type === "site" ? "sites" : "layers"}/${id}`;
      expect(made.filter(({ from = "", until = "" }) => key >= from && (until === "" || key < until))).toHaveLength(1);
    }
  });

  it("a configuration whose sites do not fit into one import is applied, pulled and pruned in parts", {
    timeout: 300_000,
  }, async () => {
    const { sites, ...document } = small("here", 3, 0, 900);
    const wide = sites.map((site) => ({ ...site, name: "語".repeat(80), buildHook: site.buildHook.padEnd(1024, "x") }));
    const file = await saved("wide.json", { ...document, sites: wide });
    const world = new ApiWorld();
    const command = commandAt(world);
    await command.run("apply", file);
    expect(Math.max(...command.calls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(IMPORT_BODY_BYTES);
    expect(JSON.parse(await pulled(world, "again.json"))).toMatchObject({ ...document, sites: wide });
    await commandAt(world).run("apply", await saved("gone.json", small("gone", 45, 0, 45)));
    // A layer that the document names keeps no site that it does not have.
    const gone = (await world.get("/sites?limit=1")).textAt("items.0.id");
    await world.patch("/data-layers/here-layer-002", { connectedSites: [{ siteId: gone }] });
    const silent = document.dataLayers.map(({ connectedSites, ...layer }, at) =>
      at === 2 ? layer : { ...layer, connectedSites },
    );
    const again = await saved("silent.json", { ...document, sites: wide, dataLayers: silent });
    const before = await world.dump();
    await commandAt(world).run("plan", again, "--prune");
    expect(await world.dump()).toBe(before);
    const pruning = commandAt(world);
    await pruning.run("apply", again, "--prune");
    expect(Math.max(...pruning.calls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(IMPORT_BODY_BYTES);
    expect(pruning.calls.filter(({ deleted }) => deleted > 0).map(({ deleted }) => deleted)).toEqual([40, 40, 10]);
    const left = JSON.parse(await pulled(world, "pruned.json"));
    expect(left).toMatchObject({ sites: wide, dataLayers: silent });
    expect([left.sites.length, left.dataLayers.length, left.dataLayers[2].connectedSites]).toEqual([900, 3, []]);
    // A second run finds nothing to delete.
    const twice = commandAt(world);
    await twice.run("apply", again, "--prune");
    expect(twice.calls.every(({ changed }) => changed === 0)).toBe(true);
  });

  it("a configuration of more than a thousand documents is not exported in one answer", async () => {
    const world = new ApiWorld();
    for (let site = 0; site <= EXPORT_DOCUMENTS; site += 1) {
      await world.store.memory.write(`${SITES}site-${padded(site)}`, "{}", null);
    }
    const { reads } = world.store.counts;
    const refused = await world.get("/export");
    expect([refused.status, refused.at("code"), world.store.counts.reads - reads]).toEqual([
      409,
      "EXPORT_TOO_LARGE",
      0,
    ]);
  });
});

describe("the largest configuration", () => {
  it("the largest configuration is accepted by the API, and the widest layer with its sites fits into one import, as do all names", () => {
    const document = configurationSchema.parse(widestConfiguration(MOST, MOST));
    const parts = layersToPlan({ ...document, dataLayers: document.dataLayers.slice(0, 1) });
    expect(inputSchema.safeParse(parts[0]?.document).error).toBeUndefined();
    expect(bytesOf(parts[0]?.document)).toBeLessThan(IMPORT_BODY_BYTES / 2);
    expect(bytesOf(frameOf(document))).toBeLessThan(0.75 * IMPORT_BODY_BYTES);
  });

  it(
    "the largest configuration pulled, wiped and applied is pulled again byte by byte, in calls that fit a function",
    async () => {
      const document = widestConfiguration(LAYERS, ALL ? MOST : 45);
      const here = new ApiWorld();
      await commandAt(here).run("apply", await saved("given.json", document));
      const file = join(folder, "pulled.json");
      const pull = commandAt(here);
      await pull.run("pull", file, "--secrets");
      const text = await readFile(file, "utf8");
      expect(JSON.parse(text)).toEqual(document);
      const there = new ApiWorld();
      there.now += 1_000_000;
      const apply = commandAt(there);
      const began = performance.now();
      await apply.run("apply", file);
      const took = performance.now() - began;
      expect(await pulled(there, "again.json")).toBe(text);
      const puts = apply.calls.filter(({ changed }) => changed > 0);
      const figures = {
        bytes: text.length,
        pages: pull.calls.length,
        calls: apply.calls.length,
        parts: puts.length,
        seconds: Math.round(took / 1000),
      };
      if (ALL) console.log(figures);
      expect(puts.every(({ changed }) => changed <= IMPORT_CHANGES)).toBe(true);
      expect(Math.max(...apply.calls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(IMPORT_BODY_BYTES);
      expect(Math.max(...pull.calls.map(({ answerBytes }) => answerBytes))).toBeLessThan(2 * EXPORT_PAGE_BYTES);
      // A plan; then 45 sites in two parts, two layers of 101 changes in six.
      if (!ALL) expect(figures).toMatchObject({ pages: 2, calls: 9, parts: 8 });
    },
    MINUTES,
  );

  it("the largest configuration broken off after every part is whole in the end, and nothing of it is created twice", async () => {
    const document = small("here", 2, 100, 50);
    const file = await saved("small.json", document);
    const world = new ApiWorld();
    let runs = 0;
    for (;;) {
      runs += 1;
      // The answer of the first part never arrives, however often it is sent again.
      let parts = 0;
      const command = commandAt(world, (calls) => {
        if (calls.at(-1)?.query.get("dryRun") !== "false") return false;
        parts += 1;
        return parts <= 3;
      });
      const outcome = await command.run("apply", file).catch((error: unknown) => String(error));
      if (outcome === true) break;
      expect(outcome).toMatch(/does not answer/);
    }
    // Eight parts, and the run that finds nothing left to do.
    expect(runs).toBe(9);
    expect(JSON.parse(await pulled(world, "in-the-end.json"))).toMatchObject(document);
    for (const kind of ["layer", "site"] as const) {
      for (const { key } of await world.store.list(`${kind}s/`)) {
        await settleOwed(world.deps, { kind, id: key.slice(kind.length + 2) });
      }
    }
    const created = (await world.auditActions()).filter((action) => String(action).endsWith(".created"));
    expect(created).toHaveLength(50 + 2 * 101);
  });

  it("the largest configuration with --prune is pruned at the end alone, in parts of its own, and only where it should be", async () => {
    const world = new ApiWorld();
    await commandAt(world).run("apply", await saved("before.json", small("gone", 50, 1, 45)));
    await commandAt(world).run("apply", await saved("standing.json", small("here", 2, 60, 1)));
    const document = small("here", 2, 10, 45);
    const command = commandAt(world);
    await command.run("apply", await saved("after.json", document), "--prune");
    const parts = command.calls.filter(({ changed }) => changed > 0);
    const kinds = parts.map(({ query, deleted, changed }) => [query.get("prune"), deleted, changed - deleted]);
    expect(kinds).toEqual([
      ["false", 0, 40],
      ["false", 0, 4],
      ["false", 0, 1],
      ["webhooks", 50, 0],
      ["webhooks", 50, 0],
      ["true", 40, 0],
      ["true", 40, 0],
      ["true", 15, 0],
    ]);
    const { sites, dataLayers } = JSON.parse(await pulled(world, "pruned.json"));
    expect([sites.length, dataLayers.length]).toEqual([45, 2]);
    expect({ sites, dataLayers }).toMatchObject({ sites: document.sites, dataLayers: document.dataLayers });
  });

  it("the largest configuration names every fault by its place in the whole document, and then changes nothing", async () => {
    const world = new ApiWorld();
    const document = widestConfiguration(10, 2);
    Reflect.set(document.dataLayers[4]?.notifications[3] ?? {}, "url", "nowhere");
    Reflect.deleteProperty(document.sites[1] ?? {}, "buildHook");
    Reflect.set(document.dataLayers[9] ?? {}, "connectedSites", [{ siteId: "no-such-site" }]);
    const before = await world.dump();
    const file = await saved("faulty.json", document);
    await expect(commandAt(world).run("apply", file)).rejects.toThrow(
      /^Invalid input[^\n]*\n {2}sites\.1\.buildHook: [^\n]*\n {2}dataLayers\.4\.notifications\.3\.url: [^\n]*\n {2}dataLayers\.9\.connectedSites\.0\.siteId: [^\n]*$/,
    );
    expect(await world.dump()).toBe(before);
  });
});
