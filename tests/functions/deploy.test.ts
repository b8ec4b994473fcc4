import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipFunctions } from "@netlify/zip-it-and-ship-it";
import { beforeAll, describe, expect, test } from "vitest";

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
