import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .map((name) => join("docs", name))
  .concat(
    ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "AGENTS.md"],
    ...["src/core/README.md", "src/core/slot/README.md"],
  )
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));

test.each(pages)("every link of $name to another page leads to a file", ({ name, text }) => {
  const targets = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, target]) => target ?? "");
  expect(targets.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([]);
});

test.each(pages)("every source file that $name names exists", ({ text }) => {
  const named = [...text.matchAll(/(?<![\w/.-])(?:src|tests|netlify)\/[\w/.-]+\.(?:tsx?|md)\b/g)].map(([path]) => path);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(pages)("every npm script that $name names exists", ({ text }) => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script ?? "");
  expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
});
