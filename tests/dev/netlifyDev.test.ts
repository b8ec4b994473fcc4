import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listFunctions } from "@netlify/zip-it-and-ship-it";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DEFAULT_PORT, TRIES } from "../../src/dev/listen.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

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
  test("netlify dev starts what npm run dev starts, at the port where Netlify's CLI looks for it", () => {
    const { framework, command, targetPort, script } = readDev();
    expect(framework).toBe("#custom");
    expect(command).toBe(`${script} --port ${targetPort}`);
  });

  test("netlify dev uses a port for the system that neither the CLI nor npm run dev takes by itself", () => {
    const { targetPort } = readDev();
    expect(targetPort < DEFAULT_PORT || targetPort >= DEFAULT_PORT + TRIES).toBe(true);
  });

  test("netlify dev lets the CLI serve no function: its folder is one that the CLI creates, outside of the repository", async () => {
    const { functions: folder } = readDev();
    expect(readFileSync(`${root}/.gitignore`, "utf8")).toContain(`${folder.split("/")[0]}/\n`);
    expect(await listFunctions([join(root, folder)])).toEqual([]);
  });
});
