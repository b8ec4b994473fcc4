import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const core = fileURLToPath(new URL("../../src/core", import.meta.url));

/** Each command that a page has a row for, with the file that the row names. */
const rowsOf = (page: string) =>
  [...readFileSync(page, "utf8").matchAll(/^\| `(\w+)` +\| `([\w./]+\.ts)` /gm)].map(([, command = "", file = ""]) => ({
    command,
    file: join(dirname(page), file),
  }));
const slotPage = join(core, "slot", "README.md");
const rows = [...rowsOf(slotPage), ...rowsOf(join(core, "README.md"))];

test.each(rows)("the command $command of the state table is in the file that its row names", ({ command, file }) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^export const ${command}\\b`, "m"));
});

test("every arrow of the state diagram is a command of the state table", () => {
  const diagram = /```mermaid\n([\s\S]*?)```/.exec(readFileSync(slotPage, "utf8"))?.[1] ?? "";
  const labels = [...diagram.matchAll(/--> .*?: (.+)$/gm)].map(([, label = ""]) =>
    label.replace(", from any state", ""),
  );
  const named = labels.flatMap((label) => label.replaceAll(/ \([^)]*\)/g, "").split(", "));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((command) => !rows.some((row) => row.command === command))).toEqual([]);
});
