import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { readConfig } from "../../src/edge/config.ts";
import { ApiWorld } from "../api/world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), "utf8");

/** The cells of the rows of a page's tables. */
const rowsOf = (page: string): string[][] =>
  read(page)
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.replaceAll("`", "").trim()));

test("README.md has at most 120 lines", () => {
  expect(read("README.md").split("\n").length - 1).toBeLessThanOrEqual(120);
});

test("README.md gives the builds and credits of a month that docs/cost.md gives", () => {
  const month = (page: string, name: string) => {
    const row = rowsOf(page).find(([first = "", builds = ""]) => first.startsWith(name) && /^\d+$/.test(builds));
    return row?.slice(1, 3);
  };
  expect(month("docs/cost.md", "hook")).toBeDefined();
  expect(month("README.md", "a bare build hook")).toEqual(month("docs/cost.md", "hook"));
  expect(month("README.md", "Layerhook")).toEqual(month("docs/cost.md", "standard, the default"));
});

test("docs/README.md links every page of docs, and names each once", () => {
  const linked = [...read("docs/README.md").matchAll(/\]\(([\w/.-]+)\)/g)].map(([, page]) => page);
  const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md");
  expect(linked.toSorted()).toEqual([...pages, "cms/README.md"].toSorted());
});

/** The variables that the configuration asks its environment for. */
const asked = (): string[] => {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => void names.add(String(name)),
    },
  );
  readConfig(environment, true);
  return [...names];
};
/** Read by `npm run dev` and `npm run config` themselves. */
const OF_COMMANDS = ["PORT", "LAYERHOOK_DATA_DIR", "LAYERHOOK_URL"];

test(".env.example has one line for every variable that is read, and each has an explanation above it", () => {
  const lines = read(".env.example").split("\n");
  const named = lines.flatMap((line, index) => {
    const [, name] = /^(?:# )?([A-Z][A-Z_]+)=/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, above: lines[index - 1] ?? "" }];
  });
  expect(named.map(({ name }) => name).toSorted()).toEqual([...asked(), ...OF_COMMANDS].toSorted());
  expect(named.filter(({ above }) => !/^# [A-Z]/.test(above) || /=$/.test(above))).toEqual([]);
});

test("docs/configuration.md explains every variable that is read", () => {
  const page = read("docs/configuration.md");
  expect([...asked(), ...OF_COMMANDS].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("llms.txt, which the site serves, names only operations of the API", async () => {
  const text = read("src/dashboard/public/llms.txt");
  const description = (await new ApiWorld().get("/openapi.json")).text;
  const calls = [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/api\/v1\/[^\s:]+)/g)];
  expect(calls.length).toBeGreaterThan(2);
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(description));
  expect(
    calls.filter(([, method = "", path = ""]) => {
      const operations = paths[path] ?? paths[path.replace("/api/v1", "")];
      return operations?.[method.toLowerCase()] === undefined;
    }),
  ).toEqual([]);
});
