import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { BUILD_HOOK, type LabWorld, PUBLISH, startLabWorld, syncsOf, until } from "./lab/labWorld.ts";

/** The platform writes one item of a header for each call through its own `fetch`; how much it bears nobody has said. */
const MOST_BYTES = 2048;
const LIMIT = 200;
const layerId = (index: number): string => `limit-layer-${index}`;

let world: LabWorld;
let siteId = "";
/** The most that any answer to a change had. */
let written = 0;
/** Fills the system to its limits: two hundred layers, each with a site of its own. */
beforeAll(async () => {
  world = await startLabWorld();
  world.takes = 0;
  const waiting = Array.from({ length: LIMIT }, (_, index) => index);
  const create = async (): Promise<void> => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const answer = await world.lab.call("/api/v1/data-layers?sync=false", {
        method: "POST",
        from: `203.0.113.${index % 8}`,
        body: {
          id: layerId(index),
          name: `Layer ${index}`,
          connectedSites: [{ name: `Site ${index}`, buildHook: BUILD_HOOK }],
        },
      });
      written = Math.max(written, answer.platformBytes);
      if (answer.status !== 201) throw new Error(`Layer ${index} was not created: ${answer.status} ${answer.text}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, create));
  const sites = z.object({ items: z.array(z.object({ id: z.string() })) });
  siteId = sites.parse((await world.lab.call("/api/v1/sites?limit=1")).json()).items[0]?.id ?? "";
  await world.lab.tick();
});
afterAll(() => world.lab.stop());

const openapi = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

describe("with as many layers and sites as there may be", () => {
  test("no read of the API has more than 2 KB of the platform's headers", async () => {
    const { lab } = world;
    const publish = await lab.call(`${PUBLISH}/${layerId(0)}`, { method: "POST" });
    const { syncId, deliveryId } = z.object({ syncId: z.string(), deliveryId: z.string() }).parse(publish.json());
    await until("the sync has ended", async () => (await syncsOf(lab, layerId(0)))[0]?.status === "succeeded");
    const known: Readonly<Record<string, string>> = {
      layerId: layerId(0),
      siteId,
      syncId,
      deliveryId,
    };
    const { paths } = openapi.parse((await lab.call("/api/v1/openapi.json")).json());
    const reads = Object.entries(paths).flatMap(([path, methods]) => ("get" in methods ? [path] : []));
    const walked: Record<string, number> = {};
    for (const path of reads) {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => known[name] ?? "unknown-id");
      for (const query of ["", "?limit=100"]) {
        const answer = await lab.call(`${filled}${query}`, { from: "203.0.113.77" });
        walked[`${path}${query} ${answer.status}`] = answer.platformBytes;
      }
    }
    expect(Object.entries(walked).filter(([, bytes]) => bytes > MOST_BYTES)).toEqual([]);
  });

  test("no answer to a change has more than 2 KB of the platform's headers", async () => {
    const { lab } = world;
    const layer = `/api/v1/data-layers/${layerId(1)}`;
    const changes = [
      await lab.call(layer, { method: "PATCH", body: { name: "Another name" } }),
      await lab.call(`${layer}/webhooks`, { method: "POST", body: { name: "CMS" } }),
      await lab.call(`${PUBLISH}/${layerId(2)}`, { method: "POST" }),
      await lab.call(`/api/v1/sites/${siteId}?disconnect=true`, { method: "DELETE" }),
      await lab.call(`/api/v1/data-layers/${layerId(3)}`, { method: "DELETE" }),
    ];
    expect(changes.map(({ status }) => status)).toEqual([200, 201, 200, 204, 204]);
    expect(Math.max(written, ...changes.map(({ platformBytes }) => platformBytes))).toBeLessThanOrEqual(MOST_BYTES);
  });
});
