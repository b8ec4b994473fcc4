import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { sourceInput } from "../../../src/contract/resources/sourceSchemas.ts";
import type { Settings } from "../../../src/core/layer/settings.ts";
import { httpSettings, probeSettings } from "../../../src/core/layer/source.ts";
import { widestInput } from "../../support/widest.ts";
import { dig } from "../answer.ts";
import { ApiWorld } from "../world.ts";

const instead = { slug: () => "s", url: () => "https://cms.example.com/s", name: () => "S", headers: () => ({}) };

/** A source of one type that gives every setting a value. */
const inputOf = (type: "http" | "probe"): object => {
  const { in: union } = sourceInput;
  const schema = union.options.find((option) => option.shape.type.safeParse(type).success);
  if (!(schema instanceof z.ZodObject)) throw new Error(`there is no source of type ${type}`);
  return Object(widestInput(schema, { ...instead, type: () => type }));
};

test.each<["http" | "probe", Settings]>([
  ["http", httpSettings],
  ["probe", probeSettings],
])("every setting of a source of type %s is shown, exported, audited and imported", async (type, settings) => {
  const world = new ApiWorld();
  const input = inputOf(type);
  const given = Object.fromEntries(Object.keys(settings).map((name) => [name, Reflect.get(input, name)]));
  expect(Object.values(given)).not.toContain(undefined);
  await world.layer({ id: "0f8fad5b-d9cb-469f-a165-70867728950e", dataSources: [input] });
  const [layer, exported] = [
    await world.get("/data-layers/0f8fad5b-d9cb-469f-a165-70867728950e"),
    await world.get("/export"),
  ];
  expect(layer.at("dataSources.0")).toMatchObject(given);
  expect(exported.at("dataLayers.0.dataSources.0")).toMatchObject(given);
  const [created] = await world.audit();
  expect(created === undefined ? null : dig(created, "detail.after.dataSources.0")).toMatchObject(given);

  const other = new ApiWorld();
  await other.call("PUT", "/import", { body: JSON.parse(exported.text) });
  expect((await other.get("/export")).text).toBe(exported.text);
});
