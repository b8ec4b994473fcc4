import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listFunctions, zipFunctions } from "@netlify/zip-it-and-ship-it";
import { parse } from "smol-toml";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { DEFAULT_PORT, TRIES } from "../../src/dev/listen.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What Netlify's own bundler reads off the files: it drops what it cannot evaluate without a word. */
let functions: Awaited<ReturnType<typeof zipFunctions>> = [];
beforeAll(async () => {
  const out = mkdtempSync(join(tmpdir(), "layerhook-"));
  functions = await zipFunctions(`${root}/netlify/functions`, out, {
    basePath: root,
    archiveFormat: "none",
    config: { "*": { nodeBundler: "none" } },
  });
  rmSync(out, { recursive: true, force: true });
});

const of = (name: string) => functions.find((known) => known.name === name);
const patterns = (name: string) => of(name)?.routes?.map(({ pattern }) => pattern);

describe("what is deployed", () => {
  test("is these functions and no helper beside them", () => {
    expect(functions.map(({ name }) => name).sort()).toEqual([
      "api",
      "callback",
      "deploys",
      "drain",
      "publish",
      "run-sync",
    ]);
  });

  test("every function stands at its own path", () => {
    expect(patterns("publish")).toEqual(["/hooks/data_layer/data_source/publish/:layer/:webhook?"]);
    expect(patterns("callback")).toEqual(["/hooks/callbacks/*"]);
    expect(patterns("deploys")).toEqual(["/hooks/deploys/*"]);
    expect(patterns("api")).toEqual(["/api/v1", "/api/v1/*"]);
    expect(patterns("run-sync")).toEqual(["/internal/run-sync"]);
  });

  test("the worker runs in the background; no method is left to the platform's 404", () => {
    expect(of("run-sync")?.invocationMode).toBe("background");
    for (const { routes } of functions) for (const { methods } of routes ?? []) expect(methods).toEqual([]);
  });

  test("the repair function ticks, by a schedule that is chosen in netlify.toml alone", () => {
    expect(of("drain")?.schedule).toBeUndefined();
    expect(readFileSync(`${root}/netlify.toml`, "utf8")).toMatch(
      /\[functions\."drain"\]\s+schedule = "\*\/5 \* \* \* \*"/,
    );
  });
});

/** The block of `netlify.toml` that `netlify dev` reads, and the script behind `npm run dev`. */
const readDev = () => {
  const { dev } = z
    .object({
      dev: z.object({ framework: z.string(), command: z.string(), targetPort: z.int(), functions: z.string() }),
    })
    .parse(parse(readFileSync(`${root}/netlify.toml`, "utf8")));
  const { scripts } = z
    .object({ scripts: z.object({ dev: z.string() }) })
    .parse(JSON.parse(readFileSync(`${root}/package.json`, "utf8")));
  return { ...dev, script: scripts.dev };
};

describe("netlify dev", () => {
  test("starts what npm run dev starts, at the port where Netlify's CLI looks for it", () => {
    const { framework, command, targetPort, script } = readDev();
    expect(framework).toBe("#custom");
    expect(command).toBe(`${script} --port ${targetPort}`);
  });

  test("uses a port for the system that neither the CLI nor npm run dev takes by itself", () => {
    const { targetPort } = readDev();
    expect(targetPort < DEFAULT_PORT || targetPort >= DEFAULT_PORT + TRIES).toBe(true);
  });

  test("lets the CLI serve no function: its folder is one that the CLI makes, outside of the repository", async () => {
    const { functions: folder } = readDev();
    expect(readFileSync(`${root}/.gitignore`, "utf8")).toContain(`${folder.split("/")[0]}/\n`);
    expect(await listFunctions([join(root, folder)])).toEqual([]);
  });
});
