import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";

const tomlSchema = z.looseObject({
  redirects: z.array(z.looseObject({ from: z.string(), to: z.string(), status: z.number() })).default([]),
});

/**
 * Returns the page that `root/netlify.toml` serves for a path without a file, so that dashboard URLs work as on
 * Netlify.
 */
export const pageFallbacks = (root: string): ((pathname: string) => string | undefined) => {
  const path = join(root, "netlify.toml");
  const parsed = existsSync(path) ? tomlSchema.safeParse(parse(readFileSync(path, "utf8"))) : undefined;
  const rewrites = parsed?.success === true ? parsed.data.redirects.filter(({ status }) => status === 200) : [];
  return (pathname) =>
    rewrites.find(({ from }) =>
      from.endsWith("/*") ? `${pathname}/`.startsWith(from.slice(0, -1)) : pathname === from,
    )?.to;
};
