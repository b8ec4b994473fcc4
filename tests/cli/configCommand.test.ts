import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError, type Surroundings } from "../../src/cli/cli.ts";
import { configCommand } from "../../src/cli/configCommand.ts";
import { apiApp } from "../../src/edge/api/app.ts";
import { ApiWorld, tokens } from "../api/world.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerhook-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The command line, with the API of a world at its end. */
const at = (world: ApiWorld, token: string | undefined = tokens.Owner) => {
  const said: string[] = [];
  const surroundings: Surroundings = {
    environment: { LAYERHOOK_URL: "https://hooks.example.com/", LAYERHOOK_OWNER_TOKEN: token },
    fetch: async (url, init) => {
      const { deps, config } = world;
      const app = apiApp({ deps, config, afterwards: () => undefined, checkUrl: () => null, accounts: null });
      return app.request(url, init);
    },
    say: (line) => {
      said.push(line);
    },
  };
  return { said, run: (...args: string[]) => configCommand(args, surroundings) };
};

describe("npm run config", () => {
  it("pulls a file, plans it elsewhere and applies it there", async () => {
    const here = new ApiWorld();
    await here.layer({
      connectedSites: [{ name: "Web", buildHook: "https://api.netlify.com/build_hooks/0123456789" }],
    });
    const file = join(folder, "layerhook.json");
    expect(await at(here).run("pull", file, "--secrets")).toBe(true);
    expect((await stat(file)).mode & 0o077).toBe(0);
    const there = new ApiWorld();
    const plan = at(there);
    await plan.run("plan", file);
    expect(plan.said.at(-1)).toBe("To do: 2 created, 0 updated, 0 deleted, 0 unchanged.");
    expect(plan.said[0]).toContain('+ site "Web"');
    expect((await there.get("/data-layers")).listAt("items")).toEqual([]);
    await at(there).run("apply", file);
    const again = at(there);
    await again.run("apply", file, "--prune");
    expect(again.said).toEqual(["Done: 0 created, 0 updated, 0 deleted, 2 unchanged."]);
    const second = join(folder, "second.json");
    await at(there).run("pull", second, "--secrets");
    expect(await readFile(second, "utf8")).toBe(await readFile(file, "utf8"));
  });

  it("says in words what is wrong: no token, a wrong one, a file that is none, a document that is refused", async () => {
    const world = new ApiWorld();
    const file = join(folder, "layerhook.json");
    await expect(at(world, "").run("pull", file)).rejects.toThrow(/LAYERHOOK_OWNER_TOKEN is not set/);
    await expect(at(world, "not-a-token").run("pull", file)).rejects.toThrow(CommandError);
    await expect(at(world).run("plan", file)).rejects.toThrow(/cannot be read/);
    await writeFile(
      file,
      JSON.stringify({ schemaVersion: 1, sites: [{ id: "web-site", name: "Web" }], dataLayers: [] }),
    );
    await expect(at(world).run("plan", file)).rejects.toThrow(/sites\.0\.buildHook: is needed/);
  });

  it("called wrongly shows how it is called and does nothing", async () => {
    const world = new ApiWorld();
    for (const args of [
      [],
      ["pull"],
      ["push", "x"],
      ["pull", "x", "--prune"],
      ["apply", "x", "--secrets"],
      ["plan", "x", "--no"],
    ]) {
      const { said, run } = at(world);
      expect(await run(...args)).toBe(false);
      expect(said[0]).toContain("npm run config -- pull");
    }
  });
});
