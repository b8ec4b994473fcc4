import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const tests = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(tests, { recursive: true, encoding: "utf8", withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes("node_modules"))
  .map(({ parentPath, name }) => join(parentPath, name));

/** A call of `test` or `it`, or of the function that `.each(…)` gives: a text first, then a function or options. */
const CALL =
  /(?:\b(test|it|describe)(?:\.\w+)*|\))\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*,\s*(?:async |\{|\(|\w+ =>)/g;
const titlesOf = (text: string): string[] =>
  [...text.matchAll(CALL)]
    .filter(([, called]) => called !== "describe")
    .map(([, , plain, template]) => plain ?? template ?? "");

const list = (words: string): string => words.trim().split(/\s+/).join("|");
/** Words that lean on a subject before them, which a `describe` would have to give. */
const LEANING = new RegExp(
  `^(?:one (?:that|whose|which|who|with)|${list(`
    that whose which who but and or nor not of by as if also it its they their them these so then
    is are was were has have had does do did may can must never
    says shows keeps leaves names takes goes covers changes ends tells waits reads makes costs holds asks
    starts stays stands sees gives finds begins comes gets lets loses knows needs refuses verifies verify builds runs
  `)})\\b`,
);

test("a test's title names its own subject, so that it can be read alone", () => {
  const leaning = files.flatMap((file) =>
    titlesOf(readFileSync(file, "utf8"))
      .filter((title) => LEANING.test(title))
      .map((title) => `${relative(tests, file)}: ${title}`),
  );
  expect(leaning).toEqual([]);
});

test.each(["that was deleted is gone", "and keeps its id", "is told once", "one that is over stays", "but not twice"])(
  "the title “%s” is refused, because its subject is missing",
  (title) => expect(title).toMatch(LEANING),
);

test("a title is found behind `test`, `it` and a table, whatever lines it is on", () => {
  const written = ["test", "it", "test.each([1])", "it.each(rows)"].map(
    (call) => `${call}(\n  "and so on",\n  async () => {});`,
  );
  expect(titlesOf(`describe("but this", () => {\n${written.join("\n")}`)).toEqual(written.map(() => "and so on"));
});
