import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipFunction } from "@netlify/zip-it-and-ship-it";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MEBIBYTE = 1024 * 1024;

/** The local platform runs the sources as they are; that they also bundle is shown here, by the bundler of a deploy. */
test("the worker, which needs every package, is bundled as a deploy does it and stays small", async () => {
  const out = mkdtempSync(join(tmpdir(), "layerhook-"));
  const bundled = await zipFunction(`${root}/netlify/functions/run-sync.ts`, out, { basePath: root });
  const { size } = statSync(bundled?.path ?? "");
  rmSync(out, { recursive: true, force: true });
  expect(bundled?.invocationMode).toBe("background");
  expect(size).toBeGreaterThan(100_000);
  expect(size).toBeLessThan(4 * MEBIBYTE);
}, 120_000);
