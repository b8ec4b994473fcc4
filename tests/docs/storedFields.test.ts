import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { checksSchema, proofSchema } from "../../src/app/proof/proofRecord.ts";
import { deliveryRecordSchema } from "../../src/app/stored/deliveryLog.ts";
import { teamSchema } from "../../src/core/access/team.ts";
import { tokensSchema } from "../../src/core/access/tokens.ts";
import { layerDocumentSchema, layerSettings } from "../../src/core/layer/layer.ts";
import type { Settings } from "../../src/core/layer/settings.ts";
import { httpSettings, probeSettings } from "../../src/core/layer/source.ts";
import { siteDocumentSchema } from "../../src/core/site/site.ts";
import { siteSettings } from "../../src/core/site/siteSettings.ts";

/** Everything that is stored and that a decision or a record rests on. A sync's record and an audit entry are within. */
const roots: Readonly<Record<string, z.core.$ZodType>> = {
  layer: layerDocumentSchema,
  site: siteDocumentSchema,
  tokens: tokensSchema,
  team: teamSchema,
  delivery: deliveryRecordSchema,
  proof: proofSchema,
  checks: checksSchema,
};

/** Every stored object with its fields, by the first path that leads to it. Arrays and records add nothing to a path. */
const objects: { readonly path: string; readonly fields: readonly string[] }[] = [];
const seen = new Set<z.core.$ZodType>();
const walk = (type: z.core.$ZodType, path: string): void => {
  if (type instanceof z.core.$ZodObject) {
    if (seen.has(type)) return;
    seen.add(type);
    const { shape } = type._zod.def;
    objects.push({ path, fields: Object.keys(shape) });
    for (const [field, inner] of Object.entries(shape)) walk(inner, `${path}.${field}`);
  } else if (type instanceof z.core.$ZodUnion) {
    for (const option of type._zod.def.options) walk(option, path);
  } else if (type instanceof z.core.$ZodArray) walk(type._zod.def.element, path);
  else if (type instanceof z.core.$ZodRecord) walk(type._zod.def.valueType, path);
  else if (type instanceof z.core.$ZodOptional || type instanceof z.core.$ZodNullable)
    walk(type._zod.def.innerType, path);
};
for (const [name, schema] of Object.entries(roots)) walk(schema, name);

const codes = (text: string): string[] => [...text.matchAll(/`([\w.]+)`/g)].map(([, code]) => code ?? "");

/** Each table of the glossary: the paths in its heading, and the fields in its first column. */
const page = readFileSync(new URL("../../src/core/README.md", import.meta.url), "utf8");
const tables = page
  .slice(page.indexOf("## Stored fields"))
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const [heading = "", ...lines] = text.split("\n");
    const fields = lines.flatMap((line) => (line.startsWith("| `") ? codes(line.split("|")[1] ?? "") : []));
    return { heading, paths: codes(heading), fields };
  });

const leadsTo = (path: string, end: string): boolean => path === end || path.endsWith(`.${end}`);

/** The tables for an object: those whose heading names its path, by the longest of its endings that any heading names. */
const tablesFor = (path: string) => {
  const named = tables.flatMap(({ paths }) => paths.filter((end) => leadsTo(path, end)));
  const longest = Math.max(...named.map(({ length }) => length));
  return tables.filter(({ paths }) => paths.some((end) => leadsTo(path, end) && end.length === longest));
};

/** Settings whose description says what they mean. The glossary names the place instead of repeating it. */
const settings: Readonly<Record<string, Settings>> = {
  layer: layerSettings,
  site: siteSettings,
  "layer.sources": { ...httpSettings, ...probeSettings },
};

test.each(objects)("every stored field of $path has a row in the glossary", ({ path, fields }) => {
  const rows = new Set(tablesFor(path).flatMap((table) => table.fields));
  for (const field of Object.keys(settings[path] ?? {})) rows.add(field);
  expect(fields.filter((field) => !rows.has(field))).toEqual([]);
});

test.each(tables)("every row of the glossary's “$heading” is a stored field", ({ heading, fields }) => {
  const stored = objects.filter(({ path }) => tablesFor(path).some((table) => table.heading === heading));
  const known = new Set(stored.flatMap((object) => object.fields));
  expect(fields.filter((field) => !known.has(field))).toEqual([]);
});

test("the description of each setting says in a sentence what the setting means", () => {
  for (const { means } of Object.values(settings).flatMap(Object.values)) expect(means).toMatch(/^[A-Z].{10,}\.$/);
});
