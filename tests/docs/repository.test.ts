import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../src/contract/repository.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const TEXT = /\.(?:ts|tsx|js|mjs|json|html|md|css|toml|svg|yml)$/;
/** Written by npm, about other people's packages. */
const LOCK = "package-lock.json";
/** What other systems sent, kept as it came. */
const RECORDED = join("senders", "recorded");
const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter(
      ({ name, parentPath }) =>
        TEXT.test(name) && name !== LOCK && !parentPath.includes("node_modules") && !parentPath.includes(RECORDED),
    )
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)));

/** Each link to a repository on GitHub that is written out, by its file. */
const links = ["README.md", "SECURITY.md", "netlify.toml", "package.json"]
  .concat(["docs", "netlify", "src", "tests"].flatMap(filesBelow))
  .flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/https:\/\/github\.com\/[\w.-]+\/[\w.-]+/g)].map(([link]) => ({
      file,
      link: link.replace(/\.git$/, ""),
    })),
  );

test("every link to the repository leads to the one that src/contract/repository.ts names", () => {
  expect(links.filter(({ link }) => link !== REPOSITORY)).toEqual([]);
});

test("the repository's address is written once in the code, and in the four files that cannot import it", () => {
  expect([...new Set(links.map(({ file }) => file))].sort()).toEqual([
    "README.md",
    "SECURITY.md",
    "package.json",
    "src/contract/repository.ts",
    "src/dashboard/public/deploy.html",
  ]);
});
