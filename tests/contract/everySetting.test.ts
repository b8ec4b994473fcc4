import { describe, expect, test } from "vitest";
import { z } from "zod";
import { sourceInput } from "../../src/contract/resources/sourceSchemas.ts";
import { ApiWorld } from "../api/world.ts";

/** One source of each type with every setting that the API takes. */
const given = {
  http: { slug: "job", name: "Job", type: "http", url: "https://a.example/job", timeoutSeconds: 7, settleSeconds: 1 },
  probe: {
    ...{ slug: "seen", name: "Seen", type: "probe", url: "https://a.example/seen", pick: "/at", checkEvery: "1h" },
    headers: { "x-key": "one" },
  },
};

/** What the API takes of a source, by its type. */
const settings: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  sourceInput.in.options.map(({ shape }) => {
    const { type } = shape;
    const [name] = type instanceof z.ZodOptional ? type.unwrap().values : type.values;
    return [name, Object.keys(shape)];
  }),
);

describe.each(["http", "probe"] as const)("every setting of a source of type %s", (type) => {
  const keys = settings[type] ?? [];
  const made = async () => {
    const world = new ApiWorld();
    return { world, id: await world.layer({ dataSources: [given[type]] }) };
  };
  const missing = (shown: unknown): string[] => keys.filter((key) => !(key in z.looseObject({}).parse(shown)));

  test("a setting of a source has a value in this test", () => {
    expect(keys.length).toBeGreaterThan(5);
    expect(missing(given[type])).toEqual([]);
  });

  test("a setting of a source is shown by the API", async () => {
    const { world, id } = await made();
    expect(missing((await world.get(`/data-layers/${id}`)).at("dataSources.0"))).toEqual([]);
  });

  test("a setting of a source is in an export", async () => {
    const { world } = await made();
    const exported = await world.get("/export?secrets=true");
    expect(missing(exported.at("dataLayers.0.dataSources.0"))).toEqual([]);
  });

  test("a setting of a source is in the audit entry of a change", async () => {
    const { world } = await made();
    expect(missing((await world.get("/audit-log")).at("items.0.detail.after.dataSources.0"))).toEqual([]);
  });
});
