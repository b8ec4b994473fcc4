import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../../src/dev/listen.ts";
import { compileCache } from "../support/cache.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

/** Two starts on a busy machine; the limit that matters is in the test. */
const PATIENCE = { timeout: 60_000 };
const MAIN = fileURLToPath(new URL("../../src/dev/main.ts", import.meta.url));

const start = (
  env: Record<string, string>,
  args: readonly string[] = [],
): { child: ChildProcess; output: () => string; ended: Promise<unknown[]> } => {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...compileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  return { child, output: () => output, ended: once(child, "exit") };
};
const sees = async ({ child, output, ended }: ReturnType<typeof start>, text: string): Promise<void> => {
  while (!output().includes(text)) {
    const next = await Promise.race([once(child.stdout ?? child, "data"), ended.then(() => "ended")]);
    if (next === "ended") throw new Error(`The dev server ended too early: ${output()}`);
  }
};

test(
  "the dev server starts with nothing configured, refuses a second one, and ends cleanly within two seconds",
  PATIENCE,
  async () => {
    const data = temporaryDirectory();
    const env = { PORT: "0", LAYERHOOK_DATA_DIR: data, LAYERHOOK_OWNER_TOKEN: "", LAYERHOOK_SECRET: "" };
    const first = start(env);
    await sees(first, "curl -X POST http://localhost:");
    expect(first.output()).toContain("Owner token");

    const second = start(env);
    expect(await second.ended).toEqual([1, null]);
    expect(second.output()).toContain("Another dev server");

    const stopped = performance.now();
    first.child.kill("SIGTERM");
    expect(await first.ended).toEqual([0, null]);
    expect(performance.now() - stopped).toBeLessThan(2000);
  },
);

test("the dev server says so when its port is taken, and ends with an error", PATIENCE, async () => {
  const taken = await listen(() => {}, "0");
  onTestFinished(() => taken.close());
  const server = start({ PORT: String(taken.port), LAYERHOOK_DATA_DIR: temporaryDirectory() });
  expect(await server.ended).toEqual([1, null]);
  expect(server.output()).toContain(`Port ${taken.port} is in use`);
});

test("the dev server takes the port of --port, whatever PORT says", PATIENCE, async () => {
  const taken = await listen(() => {}, "0");
  onTestFinished(() => taken.close());
  const env = { PORT: String(taken.port), LAYERHOOK_DATA_DIR: temporaryDirectory() };
  const server = start(env, ["--port", "0"]);
  await sees(server, "curl -X POST http://localhost:");
  expect(server.output()).not.toContain("is taken");
});

test(
  "the dev server prints human lines, or the log as JSON with --json, and a link that signs in",
  PATIENCE,
  async () => {
    const human = start({ PORT: "0", LAYERHOOK_DATA_DIR: temporaryDirectory() });
    await sees(human, "curl -X POST http://localhost:");
    const [, publish = ""] = /curl -X POST (\S+)/.exec(human.output()) ?? [];
    await fetch(publish, { method: "POST" });
    await sees(human, "publish  Demo layer  queued");
    expect(human.output()).not.toContain('"kind"');
    expect(human.output()).not.toContain("\u001b");

    const json = start({ PORT: "0", LAYERHOOK_DATA_DIR: temporaryDirectory() }, ["--json"]);
    await sees(json, "curl -X POST http://localhost:");
    const [, link = ""] = /Sign in +(\S+)/.exec(json.output()) ?? [];
    const signedIn = await fetch(link, { redirect: "manual" });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const session = await fetch(new URL("/api/v1/session", link), { headers: { cookie } });
    expect(await session.json()).toMatchObject({ role: "Owner" });
    await sees(json, '"path":"/api/v1/session"');
    // The link stands in the banner alone.
    expect(json.output().split(link)).toHaveLength(2);
  },
);

/** Starts a shell and stays, as npm does. */
const NPM = `const { spawn } = require("node:child_process");
  spawn("sh", ["-c", process.argv[1]], { stdio: "inherit" });
  setInterval(() => {}, 1000);`;
/** Starts a program and stays, as Netlify's CLI does. */
const CLI = `const { spawn } = require("node:child_process");
  spawn(process.execPath, [process.argv[1]], { stdio: "inherit" });
  setInterval(() => {}, 1000);`;

const STARTERS = [
  // The shell stays between both, as npm's does.
  ["npm", NPM, `"${process.execPath}" "${MAIN}"; true`, { npm_lifecycle_event: "dev", NETLIFY_DEV: "" }],
  ["netlify dev", CLI, MAIN, { npm_lifecycle_event: undefined, NETLIFY_DEV: "true" }],
] as const;

test.runIf(process.platform === "linux").each(STARTERS)(
  "a dev server whose starter (%s) was killed answers nobody any more, so that no one takes it for its successor",
  PATIENCE,
  async (_, program, started, marks) => {
    const env = { ...process.env, ...compileCache, PORT: "0", LAYERHOOK_DATA_DIR: temporaryDirectory(), ...marks };
    const starter = spawn(process.execPath, ["-e", program, started], { env, stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void starter.kill("SIGKILL"));
    let output = "";
    for (const stream of [starter.stdout, starter.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    const closed = once(starter, "close");
    while (!output.includes("ready on")) await once(starter.stdout, "data");
    const base = /ready on (http:\S+)/.exec(output)?.[1] ?? "";
    const health = () => fetch(`${base}/api/v1/health`).then(({ status }) => status);
    expect(await health()).toBe(200);
    const gone = once(starter, "exit");
    starter.kill("SIGKILL");
    await gone;
    await expect(health()).rejects.toThrow("fetch failed");
    await expect(health()).rejects.toThrow("fetch failed");
    // Its output is closed when the server, the last one to have it, has ended.
    await closed;
  },
);
