import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { bundleAsDeployed } from "./bundleAsDeployed.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the bundles that all laws share. */
    bundles: string;
  }
}

export default async (project: TestProject): Promise<() => void> => {
  const directory = mkdtempSync(join(tmpdir(), "layerhook-bundles-"));
  await bundleAsDeployed(fileURLToPath(new URL("../../..", import.meta.url)), directory);
  project.provide("bundles", directory);
  return () => rmSync(directory, { recursive: true, force: true });
};
