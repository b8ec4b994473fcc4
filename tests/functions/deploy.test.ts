import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ColdFunctions, makeColdFunctions, root } from "./coldFunctions.ts";
import { type FirstRequest, type FirstStore, firstRequests, startFirstStore } from "./firstRequests.ts";
import { packagesThatRan } from "./packagesThatRan.ts";

const NAMES = ["api", "callback", "deploys", "drain", "publish", "run-sync", "status"] as const;
const KILOBYTE = 1024;

let functions: ColdFunctions;
let requests: Readonly<Record<string, FirstRequest>>;
let store: FirstStore;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerhook-"));
  functions = await makeColdFunctions();
  requests = await firstRequests();
  store = await startFirstStore(folder);
}, 120_000);
afterAll(async () => {
  functions.remove();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What Netlify's bundler reads off a file; it drops what it cannot evaluate without a word. */
const deployed = (name: string) => functions.deployed.find((known) => known.name === name);
const patterns = (name: string) => deployed(name)?.routes?.map(({ pattern }) => pattern);

describe("what is deployed", () => {
  test("a deploy holds the functions of netlify/functions and no helper beside them", () => {
    expect(functions.deployed.map(({ name }) => name).sort()).toEqual([...NAMES]);
    expect(readdirSync(join(root, "netlify", "functions"))).toEqual(NAMES.map((name) => `${name}.ts`));
  });

  test("a deploy is built by the build command, where netlify.toml says", () => {
    const { build, functions: section } = z
      .looseObject({
        build: z.looseObject({ command: z.string() }),
        functions: z.looseObject({ directory: z.string() }),
      })
      .parse(parse(readFileSync(join(root, "netlify.toml"), "utf8")));
    const { scripts } = z
      .looseObject({ scripts: z.looseObject({ build: z.string() }) })
      .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    expect(build.command).toBe("npm run build");
    expect(scripts.build).toContain("node src/dev/functions/buildFunctions.ts");
    expect(section.directory).toBe("built/functions");
    expect(readFileSync(join(root, "src", "dev", "functions", "buildFunctions.ts"), "utf8")).toContain(
      '"built", "functions"',
    );
  });

  test("every function stands at its own path", () => {
    expect(patterns("publish")).toEqual(["/hooks/data_layer/data_source/publish/:layer/:webhook?"]);
    expect(patterns("callback")).toEqual(["/hooks/callbacks/*"]);
    expect(patterns("deploys")).toEqual(["/hooks/deploys/*"]);
    expect(patterns("api")).toEqual(["/api/v1", "/api/v1/*"]);
    expect(patterns("run-sync")).toEqual(["/internal/run-sync"]);
    expect(patterns("drain")).toEqual([]);
    expect(patterns("status")).toEqual(["/status/*"]);
  });

  test("the publish function answers wherever an id can stand, be it one or not", () => {
    const expressions = (deployed("publish")?.routes ?? []).flatMap((route) =>
      "expression" in route ? [new RegExp(String(route.expression), "i")] : [],
    );
    const starts = (rest: string) =>
      expressions.some((one) => one.test(`/hooks/data_layer/data_source/publish/${rest}`));
    const layer = "0f8fad5b-d9cb-469f-a165-70867728950e";
    const told = [layer, `${layer}/`, `${layer}/webhook-1`, `${layer}/webhook-1/`, "x".repeat(128)];
    for (const rest of [...told, "abc", ".env", "x".repeat(129), `${layer}/%20`, `${layer}/short`]) {
      expect(starts(rest), rest).toBe(true);
    }
    for (const rest of ["", `${layer}/webhook-1/more`]) expect(starts(rest), rest).toBe(false);
  });

  test("the API and the status page take so many requests a minute from one address, and no other function has a limit", () => {
    const limits: Readonly<Record<string, number>> = { api: 600, status: 3000 };
    for (const name of NAMES) {
      const rules = deployed(name)?.trafficRules;
      if (limits[name] === undefined) {
        expect(rules, name).toBeUndefined();
        continue;
      }
      expect(JSON.stringify(rules)).toContain(`"windowLimit":${limits[name]},"windowSize":60`);
      expect(JSON.stringify(rules)).toContain('"keys":[{"type":"ip"}]');
    }
  });

  test("the worker runs in the background; no method is left to the platform's 404", () => {
    for (const name of NAMES) expect(deployed(name)?.invocationMode === "background", name).toBe(name === "run-sync");
    for (const { routes } of functions.deployed) for (const { methods } of routes ?? []) expect(methods).toEqual([]);
  });

  test("the repair function ticks, by a schedule that is chosen in netlify.toml alone", () => {
    expect(deployed("drain")?.schedule).toBeUndefined();
    expect(readFileSync(join(root, "netlify.toml"), "utf8")).toMatch(
      /\[functions\."drain"\]\s+schedule = "\*\/5 \* \* \* \*"/,
    );
  });

  test.each(NAMES)("the function %s is one file of its own beside Netlify's", (name) => {
    expect(deployed(name)?.inputs).toEqual([join(functions.built, `${name}.mjs`)]);
    const files = readdirSync(deployed(name)?.path ?? "").filter((file) => !file.startsWith("___netlify-"));
    expect(files).toEqual([`${name}.mjs`]);
    const { size } = statSync(join(functions.built, `${name}.mjs`));
    expect(size).toBeGreaterThan(100 * KILOBYTE);
    expect(size).toBeLessThan((name === "api" ? 1536 : 576) * KILOBYTE);
  });
});

/** What each function loads when it starts cold. Every package costs each sender that meets a cold start its share of the wait. */
const STORE = ["@netlify/blobs", "@netlify/otel", "@netlify/runtime-utils"];
const SIGNATURES = ["@stablelib/base64", "fast-sha256", "standardwebhooks"];
const SCHEMAS = ["zod/v4/core", "zod/v4/mini"];
const ALL = [...STORE, ...SIGNATURES, ...SCHEMAS, "ipaddr.js", "nanoid", "uuid"];
const API = [
  "zod/v4/classic",
  "zod/v4/locales",
  "@asteasolutions/zod-to-openapi",
  "@hono/zod-openapi",
  "@hono/zod-validator",
  "hono",
];

describe("the packages whose code runs before the first answer", () => {
  test.each([
    { name: "api", status: 200, atImport: [...ALL, ...API, "yocto-queue"], untilAnswer: [] },
    { name: "callback", status: 404, atImport: ALL, untilAnswer: [] },
    { name: "deploys", status: 404, atImport: [...ALL, "jose"], untilAnswer: [] },
    { name: "drain", status: null, atImport: [...ALL, "yocto-queue"], untilAnswer: ["p-limit"] },
    { name: "publish", status: 200, atImport: [...ALL, "yocto-queue"], untilAnswer: [] },
    { name: "run-sync", status: null, atImport: [...ALL, "yocto-queue"], untilAnswer: [] },
    { name: "status", status: 404, atImport: [...ALL, "yocto-queue"], untilAnswer: [] },
  ])(
    "the function $name loads no package before its first answer that is not listed",
    async ({ name, status, atImport, untilAnswer }) => {
      const request = requests[name];
      if (request === undefined) throw new Error(`no request for ${name}`);
      const ran = await packagesThatRan(join(functions.built, `${name}.mjs`), request, store.environment);
      expect(ran).toEqual({ status, atImport: atImport.toSorted(), untilAnswer, otherFiles: [] });
    },
    60_000,
  );
});
