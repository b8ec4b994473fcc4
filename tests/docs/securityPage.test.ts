import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(`${root}/docs/security.md`, "utf8");

/** Each footnote: its name, the test file it names, and a title in it. */
const notes = [...page.matchAll(/^\[\^(\w+)\]: `(tests\/[\w./-]+)`: (.+)$/gm)].map(([, name, file, title]) => ({
  name: name ?? "",
  file: file ?? "",
  title: title ?? "",
}));

/** What is said of the system itself; the other sections are about Netlify, credits and people. */
const HELD = ["Who may do what", "Who is on the team", "Secrets", "What is known of people"];
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ title: text.slice(0, text.indexOf("\n")), text: text.replace(/^\[\^\w+\]: .*$/gm, "") }));

/** Facts about others, instructions, and pointers: nothing here could hold them. */
const UNTESTED = ["Netlify's own logs hold them", "**Rotate `LAYERHOOK_SECRET`.** Set the former secret"];

const blocksOf = (text: string): string[] =>
  text
    .split(/\n(?=[-|#])|\n\n/)
    .map((block) => block.replaceAll(/\s+/g, " ").trim())
    .filter((block) => block !== "" && !block.startsWith("#") && !/^\| (?:-|secret|what|requests)/.test(block));

/** The sentences of a block; a row of a table is one. */
const sentencesOf = (block: string): string[] =>
  block.startsWith("|") ? [block] : block.split(/(?<=[.](?:\[\^\w+\])*) (?=[A-Z*`])/).filter((text) => text.length > 3);

describe("the page about security", () => {
  test.each(notes)("the test that $name names is there: $file", ({ file, title }) => {
    expect(existsSync(`${root}/${file}`)).toBe(true);
    expect(readFileSync(`${root}/${file}`, "utf8")).toContain(title);
  });

  test("every footnote is used, and none that is used is missing", () => {
    const used = new Set([...page.matchAll(/\[\^(\w+)\](?!:)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(notes.map(({ name }) => name).sort());
  });

  test.each(HELD)("every sentence of “%s” names a test", (title) => {
    const section = sections.find((one) => one.title === title);
    const bare = blocksOf((section?.text ?? "").split("\n").slice(1).join("\n"))
      .flatMap(sentencesOf)
      .filter((sentence) => !sentence.includes("[^") && !UNTESTED.some((start) => sentence.startsWith(start)));
    expect(section).toBeDefined();
    expect(bare).toEqual([]);
  });
});
