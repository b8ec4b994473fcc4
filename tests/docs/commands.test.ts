import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { temporaryDirectory } from "../dev/temporaryDirectory.ts";
import { DevServer } from "../drill/devServer.ts";
import { freePort } from "../support/freePort.ts";
import { filesBelow } from "./filesBelow.ts";

const run = promisify(execFile);
const PAGES = ["README.md", "CONTRIBUTING.md", "AGENTS.md", ...filesBelow("docs", /\.md$/)];
const PROGRAMS = "npm |npx |node |netlify [a-z]|openssl |curl |export [A-Z]|secret=";
/** Commands for an account at Netlify, which no test has, for a shell alone, or inside a build of the reader's site. */
const ELSEWHERE = [
  /^npx netlify-cli /,
  /^netlify (?:dev|deploy|build)$/,
  /^openssl rand -hex 32$/,
  /^secret=\$\(openssl/,
  /^export LAYERHOOK_URL=/,
  /^node layerhook\.mjs/,
  /^npm ci(?: --prefix \S+)?$/,
  /^npm test$/,
  /^npm ci && npm run dev$/,
];

interface Command {
  readonly page: string;
  readonly text: string;
}

/** The commands of a page: lines of its code blocks, each with the lines it goes on in, and code in a sentence. */
const commandsOf = (page: string): Command[] => {
  const source = readFileSync(page, "utf8").replaceAll(/\s*\\\n\s+/g, " ");
  const found = [
    ...source.matchAll(new RegExp(`^ {4}((?:[A-Z_]+=\\S+ )*(?:${PROGRAMS}).*)$`, "gm")),
    ...source.matchAll(new RegExp(`\`((?:${PROGRAMS})[^\`]*)\``, "g")),
  ];
  return found.map(([, text = ""]) => ({
    page,
    text: text
      .replace(/\s+#\s.*$/, "")
      .replaceAll(/\s+/g, " ")
      .trim(),
  }));
};

const COMMANDS = PAGES.flatMap(commandsOf);
const starting = (...words: string[]): Command[] =>
  COMMANDS.filter(({ text }) => words.some((word) => text.replace(/^(?:[A-Z_]+=\S+ )+/, "").startsWith(word)));
const SCRIPTS = starting("npm run ").filter(({ text }) => !ELSEWHERE.some((known) => known.test(text)));

/** A command's words, as a shell splits them. */
const wordsOf = (text: string): string[] =>
  [...text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));

test("every command of the documentation is a script, a run of tests or a request, which the tests here try", () => {
  const tried = new Set([...SCRIPTS, ...starting("npx vitest run ", "curl ")]);
  const left = COMMANDS.filter((one) => !tried.has(one) && !ELSEWHERE.some((known) => known.test(one.text)));
  expect(left).toEqual([]);
});

describe("a script that the documentation names", () => {
  const scripts: Readonly<Record<string, string>> = packageJson.scripts;
  const nameOf = (text: string): string => /npm run (\S+)/.exec(text)?.[1] ?? "";

  test("a script that the documentation names is in package.json", () => {
    expect(SCRIPTS.filter(({ text }) => scripts[nameOf(text)] === undefined)).toEqual([]);
  });

  const withOptions = SCRIPTS.filter(({ text }) => / -- .*--[a-z]/.test(text));
  const names = [...new Set(withOptions.map(({ text }) => nameOf(text)))];
  test.each(names)("every option that the documentation gives to npm run %s is in its --help", async (name) => {
    const [program = "", ...args] = wordsOf(scripts[name] ?? "");
    expect(program).toBe("node");
    const { stdout } = await run(process.execPath, [...args, "--help"]);
    const commands = withOptions.filter(({ text }) => nameOf(text) === name);
    const given = commands.flatMap(({ text }) =>
      [...(text.split(" -- ")[1] ?? "").matchAll(/--[a-z-]+/g)].map(([option]) => option),
    );
    expect(given.filter((option) => !stdout.includes(`${option} `) && !stdout.includes(`${option}\n`))).toEqual([]);
  });
});

test("every test that the documentation says to run exists", () => {
  const paths = starting("npx vitest run ").flatMap(({ page, text }) =>
    wordsOf(text)
      .slice(3)
      .filter((word) => !word.startsWith("-"))
      .map((path) => ({ page, path })),
  );
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter(({ path }) => !existsSync(path))).toEqual([]);
});

describe("a request that the documentation shows", () => {
  /** What curl would send: its method, headers and body. */
  const requestOf = (words: readonly string[]): { url: string; init: RequestInit } => {
    let url = "";
    let method: string | undefined;
    let body: string | undefined;
    const headers = new Headers();
    for (let at = 1; at < words.length; at += 1) {
      const word = words[at] ?? "";
      const next = words[at + 1] ?? "";
      if (!word.startsWith("-")) {
        url = word.startsWith("http") ? word : `http://${word}`;
        continue;
      }
      if (word === "-X") method = next;
      else if (word === "-d") body = next;
      else if (word === "-H") headers.set(next.split(":")[0] ?? "", next.slice(next.indexOf(":") + 1).trim());
      else throw new Error(`This test does not know curl's ${word}.`);
      at += 1;
    }
    return {
      url,
      init: {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers,
        ...(body === undefined ? {} : { body }),
      },
    };
  };

  /** The newest deploy of the demo site. It begins some time after a publish. */
  const newestDeploy = async (base: string): Promise<string> => {
    for (;;) {
      const answer = await fetch(`${base}/demo/netlify/api/v1/sites/demo-site/deploys`);
      const [id] = /"id":"([^"]+)"/.exec(await answer.text())?.slice(1) ?? [];
      if (id !== undefined) return id;
      await setTimeout(200);
    }
  };

  test("every request that the documentation shows is answered by a running system as a success", async () => {
    const server = new DevServer(await freePort(), temporaryDirectory());
    onTestFinished(() => server.kill());
    await server.start();
    const { base, token } = server;
    const refused: { page: string; text: string; status: number }[] = [];
    for (const { page, text } of starting("curl ")) {
      const deploy = text.includes("deploys/{id}") ? await newestDeploy(base) : "";
      const real = text
        .replaceAll(/https:\/\/<your site>|(?:http:\/\/)?localhost:8888/g, base)
        .replaceAll(/\$(?:LAYERHOOK_OWNER_)?TOKEN/g, token)
        .replaceAll("deploys/{id}", `deploys/${deploy}`)
        .replaceAll(/data-layers\/\{id\}/g, "data-layers/demo-layer")
        .replaceAll("<id>", "demo-layer")
        .replaceAll("build_hooks/…", "build_hooks/0123456789abcdef01234567");
      const { url, init } = requestOf(wordsOf(real));
      const { status } = await fetch(url, init);
      if (status < 200 || status > 299) refused.push({ page, text, status });
    }
    expect(refused).toEqual([]);
  }, 90_000);
});
