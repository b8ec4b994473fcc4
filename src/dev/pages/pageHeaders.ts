import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";

const tomlSchema = z.looseObject({
  headers: z.array(z.object({ for: z.string(), values: z.record(z.string(), z.string()) })).default([]),
});

/** The headers that `root/netlify.toml` gives every page. If they break a page, it must break here too. */
export const pageHeaders = (root: string): Readonly<Record<string, string>> => {
  const path = join(root, "netlify.toml");
  if (!existsSync(path)) return {};
  const parsed = tomlSchema.safeParse(parse(readFileSync(path, "utf8")));
  const all = parsed.success ? parsed.data.headers.filter((entry) => entry.for === "/*") : [];
  return Object.assign({}, ...all.map(({ values }) => values));
};
