import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipFunction } from "@netlify/zip-it-and-ship-it";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the bundler of a deploy reads out of a function's configuration; what it cannot read it drops without a word. */
const bundled = async (name: string) => {
  const out = await mkdtemp(join(tmpdir(), "layerhook-routes-"));
  try {
    const result = await zipFunction(`${root}/netlify/functions/${name}.ts`, out, {
      basePath: root,
      archiveFormat: "none",
    });
    const expressions = (result?.routes ?? []).flatMap((route) =>
      "expression" in route ? [new RegExp(String(route.expression), "i")] : [],
    );
    return { rules: JSON.stringify(result?.trafficRules ?? null), routes: expressions };
  } finally {
    await rm(out, { recursive: true });
  }
};

test("the publish function answers wherever an id can stand, be it one or not, and has no limit by address", async () => {
  const { routes, rules } = await bundled("publish");
  const starts = (rest: string) => routes.some((one) => one.test(`/hooks/data_layer/data_source/publish/${rest}`));
  const layer = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const told = [layer, `${layer}/`, `${layer}/webhook-1`, `${layer}/webhook-1/`, "x".repeat(128)];
  for (const rest of [...told, "abc", ".env", "x".repeat(129), `${layer}/%20`, `${layer}/short`]) {
    expect(starts(rest), rest).toBe(true);
  }
  for (const rest of ["", `${layer}/webhook-1/more`]) expect(starts(rest), rest).toBe(false);
  expect(rules).toBe("null");
}, 120_000);

test("the API takes so many requests a minute from one address, not from all of them together", async () => {
  const { routes, rules } = await bundled("api");
  expect(routes.some((one) => one.test("/api/v1/data-layers"))).toBe(true);
  expect(rules).toContain('"windowLimit":600,"windowSize":60');
  expect(rules).toContain('"keys":[{"type":"ip"}]');
}, 120_000);
