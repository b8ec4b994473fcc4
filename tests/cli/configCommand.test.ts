import { chmod, mkdtemp, open as openFile, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { CallError, CommandError, type Surroundings } from "../../src/cli/cli.ts";
import { configCommand } from "../../src/cli/configCommand.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import { ApiWorld, tokens } from "../api/world.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerhook-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The command line, with the API of a world at its end. */
const at = (world: ApiWorld, token: string | undefined = tokens.Owner, url = "https://hooks.example.com/") => {
  const said: string[] = [];
  const sent: string[] = [];
  const surroundings: Surroundings = {
    environment: { LAYERHOOK_URL: url, LAYERHOOK_OWNER_TOKEN: token },
    fetch: async (url, init) => {
      sent.push(url);
      const { deps, config } = world;
      const options = { deps, config, afterwards: () => undefined, checkUrl: () => null, accounts: null };
      return answerApi(new Request(url, init), options);
    },
    say: (line) => {
      said.push(line);
    },
    progress: () => undefined,
    pause: async () => undefined,
  };
  return { said, sent, run: (...args: string[]) => configCommand(args, surroundings) };
};

describe("npm run config", () => {
  it("npm run config pulls a file, plans it elsewhere and applies it there", async () => {
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
    expect(plan.said.at(-1)).toBe("Planned: 2 created, 0 updated, 0 deleted, 0 unchanged.");
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

  it("npm run config says in words what is wrong: no token, a wrong one, a missing file, a document that is refused", async () => {
    const world = new ApiWorld();
    const file = join(folder, "layerhook.json");
    await expect(at(world, "").run("pull", file)).rejects.toThrow(/LAYERHOOK_OWNER_TOKEN is not set/);
    await expect(at(world, "not-a-token").run("pull", file)).rejects.toThrow(CommandError);
    await expect(at(world).run("plan", file)).rejects.toThrow(/Cannot read/);
    await writeFile(
      file,
      JSON.stringify({ schemaVersion: 1, sites: [{ id: "web-site", name: "Web" }], dataLayers: [] }),
    );
    await expect(at(world).run("plan", file)).rejects.toThrow(/sites\.0\.buildHook: is required/);
  });

  it("npm run config says which of its settings is wrong, or what answers in front of Layerhook", async () => {
    const file = join(folder, "layerhook.json");
    const world = new ApiWorld();
    await expect(at(world, "not-a-token-of-this").run("pull", file)).rejects.toThrow(
      /LAYERHOOK_OWNER_TOKEN is a token of this site/,
    );
    await expect(at(world, tokens.Developer).run("pull", file, "--secrets")).rejects.toThrow(/token of an Owner/);
    const answering = (environment: Record<string, string>, answer: () => Promise<Response>) => {
      const surroundings: Surroundings = {
        environment: { LAYERHOOK_OWNER_TOKEN: tokens.Owner, ...environment },
        fetch: answer,
        say: () => undefined,
        progress: () => undefined,
        pause: async () => undefined,
      };
      return configCommand(["pull", file], surroundings);
    };
    const nobody = () => Promise.reject(new TypeError("no connection"));
    await expect(answering({}, nobody)).rejects.toThrow(/localhost:8888 does not answer. LAYERHOOK_URL is not set/);
    const url = { LAYERHOOK_URL: "https://site.example.com" };
    await expect(answering(url, nobody)).rejects.toThrow(/site.example.com does not answer. Check LAYERHOOK_URL/);
    for (const [status, words] of [
      [401, /the project is private/],
      [404, /Check that LAYERHOOK_URL/],
      [413, /longer than/],
      [502, /npm run doctor/],
    ] as const) {
      await expect(answering(url, async () => new Response("<html>", { status }))).rejects.toThrow(words);
    }
  });

  it("npm run config called wrongly says what is wrong, shows its usage and does nothing", async () => {
    const world = new ApiWorld();
    for (const [args, what] of [
      [[], "Give a command"],
      [["pull"], "Give a file"],
      [["push", "x"], 'Unknown command "push"'],
      [["pull", "x", "--prune"], "--prune works only with plan and apply"],
      [["apply", "x", "--secrets"], "--secrets works only with pull"],
      [["plan", "x", "--no"], "Unknown option --no"],
      [["plan", "x", "y"], 'Unexpected argument "y"'],
    ] satisfies [string[], string][]) {
      const { said, run } = at(world);
      const failure = await run(...args).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CallError);
      expect(String(failure)).toContain(what);
      expect(String(failure)).toContain("npm run config -- pull");
      expect(said).toEqual([]);
    }
  });

  it.runIf(process.platform !== "win32")(
    "a file with secrets is its owner's alone, whatever stood at its place before",
    async () => {
      const world = new ApiWorld();
      await world.layer();
      const file = join(folder, "layerhook.json");
      await writeFile(file, "of everybody", { mode: 0o644 });
      await chmod(file, 0o644);
      const open = await openFile(file, "r");
      onTestFinished(() => open.close());
      await at(world).run("pull", file, "--secrets");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, "utf8")).toContain("whsec_");
      // Who had the former file open reads that one.
      expect(await open.readFile("utf8")).toBe("of everybody");
      expect(await readdir(folder)).toEqual(["layerhook.json"]);
    },
  );

  it.runIf(process.platform !== "win32")(
    "a link, a folder or a device in the place of the file is left as it is, and where it leads too",
    async () => {
      const world = new ApiWorld();
      await world.layer();
      const elsewhere = join(folder, "elsewhere.json");
      await writeFile(elsewhere, "of somebody else");
      await symlink(elsewhere, join(folder, "link.json"));
      await symlink(join(folder, "nowhere"), join(folder, "dangling.json"));
      for (const [name, what] of [
        ["link.json", "a link"],
        ["dangling.json", "a link"],
        [".", "a folder"],
        ["../../../../dev/null", "no ordinary file"],
      ] satisfies [string, string][]) {
        const failure = at(world).run("pull", join(folder, name), "--secrets");
        await expect(failure, name).rejects.toThrow(what);
      }
      await expect(at(world).run("pull", join(folder, "no", "such.json"))).rejects.toThrow("cannot be written");
      expect(await readFile(elsewhere, "utf8")).toBe("of somebody else");
      expect((await readdir(folder)).sort()).toEqual(["dangling.json", "elsewhere.json", "link.json"]);
    },
  );

  it.each(["http://hooks.example.com", "http://localhost.example.com", "hooks.example.com", "ftp://localhost"])(
    "a token is not sent to %s, where others could read it",
    async (url) => {
      const { run, sent } = at(new ApiWorld(), tokens.Owner, url);
      await expect(run("pull", join(folder, "x"))).rejects.toThrow("LAYERHOOK_URL must begin with https://");
      expect(sent).toEqual([]);
    },
  );

  it.each(["http://localhost:8888", "http://127.0.0.1:1/", "http://[::1]:8888"])(
    "a token is sent to this machine by plain http: %s",
    async (url) => {
      const { run, sent } = at(new ApiWorld(), tokens.Owner, url);
      await run("pull", join(folder, "x"));
      expect(sent).toHaveLength(1);
    },
  );
});
