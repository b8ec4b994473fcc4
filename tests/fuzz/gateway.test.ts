import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createGateway } from "../../src/dev/gateway.ts";
import { listen } from "../../src/dev/listen.ts";
import { createStaticPages } from "../../src/dev/pages/staticPages.ts";
import { temporaryDirectory } from "../dev/temporaryDirectory.ts";
import { compileCache } from "../support/cache.ts";
import { type Conversation, conversation, converse } from "./wild/rawConversation.ts";

/** How many conversations to have; the ordinary run has the same ones each time. */
const CONVERSATIONS = Number(process.env["FUZZ_CONVERSATIONS"] ?? 160);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_260_101);
const AT_ONCE = 24;
/** Milliseconds a conversation may take on a slow machine. */
const PATIENCE = 100;
const TOKEN = "fuzz-owner-token-for-this-machine-0123456789";
const LAYER = "fuzzed-layer";
const PUBLISH = `/hooks/data_layer/data_source/publish/${LAYER}`;

const MAIN = fileURLToPath(new URL("../../src/dev/main.ts", import.meta.url));
const lines: string[] = [];
const rejections: unknown[] = [];
const report = (line: string): void => {
  lines.push(line);
};

/** Starts the whole system as a user does; gives its port. What it writes are the lines. */
const startServer = async (): Promise<number> => {
  const env = { PORT: "0", LAYERHOOK_DATA_DIR: temporaryDirectory(), LAYERHOOK_OWNER_TOKEN: TOKEN };
  const child = spawn(process.execPath, [MAIN, "--json"], {
    env: { ...process.env, ...compileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => report(String(chunk)));
  for (;;) {
    const port = /ready on http:\/\/localhost:(\d+)/.exec(lines.join(""))?.[1];
    if (port !== undefined) return Number(port);
    const next = await Promise.race([once(child.stdout, "data"), ended.then(() => null)]);
    if (next === null) throw new Error(`the dev server ended too early: ${lines.join("")}`);
  }
};

/** What the dev server says when something of it, or of a function, went wrong. */
const FAILURE = /^.*(failed inside|function \S+ failed|nhandled rejection|dev server failed).*$/m;

/** What the server said that it should not have; null if nothing was wrong. */
const wrong = (heard: string): string | null => {
  if (heard !== "" && !heard.startsWith("HTTP/1.1 ")) return `no answer: ${heard.slice(0, 200)}`;
  const failed = heard.match(/^HTTP\/1\.1 5\d\d.*$/m);
  if (failed !== null) return `${failed[0]}: ${heard.slice(-400)}`;
  if (/^x-injected:/im.test(heard)) return `a header was carried into an answer: ${heard.slice(0, 400)}`;
  return heard.includes(TOKEN) ? "the answer holds the owner's token" : null;
};

const holds = (port: number, paths: readonly string[], sound: () => Promise<void>, times = 1) => {
  const atOnce = fc.array(conversation(paths), { minLength: 1, maxLength: AT_ONCE, size: "max" });
  return fc.assert(
    fc.asyncProperty(atOnce, async (conversations: readonly Conversation[]) => {
      const before = lines.length;
      const heard = await Promise.all(conversations.map((one) => converse(port, one)));
      await sound();
      expect(heard.map(wrong).filter((what) => what !== null)).toEqual([]);
      expect(FAILURE.exec(lines.slice(before).join(""))?.[0]).toBeUndefined();
      expect(rejections).toEqual([]);
    }),
    {
      numRuns: Math.ceil((times * CONVERSATIONS) / (AT_ONCE / 2)),
      seed: SEED,
      endOnFailure: process.env["FUZZ_SHRINK"] === "off",
    },
  );
};

beforeAll(() => {
  process.on("unhandledRejection", (reason) => rejections.push(reason));
});

const LONG = { timeout: CONVERSATIONS * PATIENCE + 60_000 };

describe("whatever bytes come over a connection", () => {
  test("to the dev server, nothing fails and the next who asks soundly is served", LONG, async () => {
    const port = await startServer();
    const ask = (method: string, path: string, body?: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(body === undefined ? {} : { body }),
      });
    const made = await ask("POST", "/api/v1/data-layers", JSON.stringify({ name: "Fuzzed", id: LAYER }));
    expect(made.status).toBe(201);
    const paths = [
      PUBLISH,
      PUBLISH,
      `${PUBLISH}/unknown-hook`,
      "/api/v1/data-layers",
      "/api/v1/health",
      "/api/v1/session",
      "/internal/run-sync",
      "/hooks/callbacks/x",
      "/demo/site",
      "/demo/build_hooks/x",
      "/.netlify/functions/drain",
      "/",
    ];
    await holds(port, paths, async () => {
      expect((await ask("POST", PUBLISH, "{}")).status).toBe(200);
      expect((await ask("GET", "/api/v1/data-layers")).status).toBe(200);
    });
  });

  test("to the built pages, nothing fails and no file beside them is given out", LONG, async () => {
    const built = temporaryDirectory();
    mkdirSync(join(built, "dist", "assets"), { recursive: true });
    writeFileSync(join(built, "dist", "index.html"), "<!doctype html>");
    writeFileSync(join(built, "dist", "assets", "app.js"), "export {};");
    writeFileSync(join(built, "beside.txt"), TOKEN);
    const functions = { warm: () => {}, match: () => undefined, names: [], scheduled: [], close: async () => {} };
    const background = { start: () => {}, close: () => {} };
    const { handle } = createStaticPages(built);
    const nobody = async (): Promise<boolean> => false;
    const gateway = createGateway({ functions, background, before: nobody, after: handle, publicHost: null, report });
    const listening = await listen(gateway, "0");
    onTestFinished(() => listening.close());
    const paths = ["/", "/assets/app.js", "/layers/x", "/..%2fbeside.txt", "/assets/%2e%2e%2f..%2fbeside.txt"];
    const sound = async () => {
      const answer = await fetch(`http://127.0.0.1:${listening.port}/assets/app.js`);
      expect(await answer.text()).toBe("export {};");
    };
    // These cost next to nothing.
    await holds(listening.port, paths, sound, 3);
  });
});
