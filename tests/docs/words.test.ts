import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { filesBelow } from "./filesBelow.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Phrases that readers stumble over, each with a plainer one. */
const TURNS: readonly (readonly [turn: RegExp, better: string])[] = [
  [/\bany more\b/i, "no longer"],
  [/\bfor good\b/i, "permanently; after the last attempt"],
  [/\bwhoever\b/i, "anyone who"],
  [/\bsomebody\b/i, "someone; a sender; a person"],
  [/\banew\b/i, "again; a new"],
  [/\b(?:is|are) (?:not )?taken\b(?! over)/i, "is already in use; is accepted"],
  [/\b(?:is|are|be|was|were) (?:not )?told\b/i, "gets a notification; is sent"],
  [/\bnobody tells\b/i, "no notification reports"],
  [/\bhave netlify tell\b/i, "connect deploy notifications"],
  [/\bstop hearing\b/i, "disconnect"],
  [/\bprove(?:s)? (?:themselves|itself)\b/i, "is verified"],
  [/\bgoes? on\b/i, "continues; works"],
  [/\bfrom (?:then|that moment) on\b/i, "at once"],
  [/\bputs? back\b/i, "restores"],
  [/\bis there already\b/i, "already exists"],
  [/\b(?:it|what|that) stands\b/i, "the existing; the current"],
  [
    /\b(?:make|makes|made) (?:a|an|the) (?:new )?(?:token|layer|data layer|webhook|site|notification|address|URL)\b(?! public)/i,
    "create",
  ],
  [/\bbuild requests?\b/i, "sync; build"],
  [/\bwho are you\b/i, "that token is not valid"],
  [/\bwhat (?:became|came) of it\b/i, "result"],
  [/\bis gone\b(?!:)/i, "is deleted; no longer exists"],
  [/\bgiven up\b/i, "failed after the last attempt"],
  [/\bwhether it went live\b/i, "deploy status"],
];

/** Pages for people. Quotes of test titles, in footnotes, are as old as their tests. */
const pages = ["README.md", "AGENTS.md", "CONTRIBUTING.md", "SECURITY.md", "src/dashboard/public/llms.txt"]
  .concat(filesBelow("docs", /\.md$/).filter((name) => !/benchmarks|answer-time/.test(name)))
  .map((name) => ({
    name,
    text: readFileSync(join(root, name), "utf8")
      .split("\n")
      .filter((line) => !line.startsWith("[^"))
      .join("\n"),
  }));

/** A file of code without its comments: what it says to callers and readers is in its texts. */
const sources = [
  "dashboard",
  "edge",
  "contract",
  "app",
  "cli",
  "dev",
  "core/stage",
  "core/site",
  "core/layer",
  "core/webhook",
]
  .flatMap((ring) => filesBelow(join("src", ring), /\.(?:tsx?|html)$/))
  .map((name) => ({
    name,
    text: readFileSync(join(root, name), "utf8")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/(^|\s)\/\/.*$/gm, ""),
  }));

const found = (texts: readonly { readonly name: string; readonly text: string }[]): string[] =>
  texts.flatMap(({ name, text }) =>
    TURNS.flatMap(([turn, better]) => {
      const [match] = turn.exec(text.replace(/\s+/g, " ")) ?? [];
      return match === undefined ? [] : [`${name}: "${match}". Write: ${better}`];
    }),
  );

describe("plain words", () => {
  test("the pages for people use none of the phrases that readers stumble over", () => {
    expect(found(pages)).toEqual([]);
  });

  test("the texts of the dashboard, the API, the log and the commands use none of these phrases", () => {
    expect(found(sources)).toEqual([]);
  });

  test("every phrase of the list is found where it is used, and its better one is not", () => {
    const texts = ["It is off for good.", "Whoever has it.", "It works no longer.", "A URL is already in use."];
    expect(found(texts.map((text) => ({ name: text, text })))).toEqual([
      'It is off for good.: "for good". Write: permanently; after the last attempt',
      'Whoever has it.: "Whoever". Write: anyone who',
    ]);
    expect(TURNS.filter(([turn, better]) => turn.test(better))).toEqual([]);
  });
});
