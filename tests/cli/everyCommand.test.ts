import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { temporaryDirectory } from "../dev/temporaryDirectory.ts";
import { compileCache } from "../support/cache.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
/** The commands that are ours; the others are tools with a help of their own. npm runs "postinstall" by itself. */
const commands = Object.entries(scripts).flatMap(([name, script]) => {
  const [, file] = /^node (\S+)$/.exec(script) ?? [];
  return file === undefined || name === "postinstall" ? [] : [{ name, file }];
});
const PATIENCE = 30_000;

/** Runs a command where it can leave something behind, and says what it left. A long one is ended, and fails. */
const run = (file: string, ...args: string[]) => {
  const folder = temporaryDirectory();
  const own = { TMPDIR: folder, LAYERHOOK_DATA_DIR: join(folder, "data"), PORT: "0" };
  const env = { ...process.env, ...compileCache, ...own };
  const options = { cwd: root, env, encoding: "utf8", timeout: PATIENCE, killSignal: "SIGKILL" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], options);
  return { status, stdout, stderr, left: readdirSync(folder) };
};

test("every script that runs a file of this project is looked at", () => {
  const own = Object.entries(scripts).filter(
    ([, script]) => /\.[cm]?[jt]s\b/.test(script) && script.startsWith("node"),
  );
  expect(commands.map(({ name }) => name)).toEqual(own.map(([name]) => name).filter((name) => name !== "postinstall"));
  expect(commands.length).toBeGreaterThanOrEqual(10);
});

test.each(commands)(
  "npm run $name -- --help shows how it is called and starts nothing",
  { timeout: 2 * PATIENCE },
  ({ name, file }) => {
    const { stdout, ...rest } = run(file, "--help");
    expect(rest).toEqual({ status: 0, stderr: "", left: [] });
    expect(stdout).toMatch(new RegExp(`^npm run ${name}\\b`));
    expect(stdout).toMatch(/^ {2}--help +shows this text$/m);
    // A variable that the help leaves to a page is in that page.
    const [, page] = /see the table in (\S+)\.$/m.exec(stdout) ?? [];
    if (page !== undefined) expect(readFileSync(join(root, page), "utf8")).toMatch(/^\| `LAYERHOOK_/m);
  },
);

test.each(commands)(
  "npm run $name with an unknown option or argument says so, starts nothing and ends with 2",
  { timeout: 4 * PATIENCE },
  ({ name, file }) => {
    for (const args of [["--no-such-option"], ["a", "b", "c"]]) {
      const { stderr, ...rest } = run(file, ...args);
      expect(rest, args.join(" ")).toEqual({ status: 2, stdout: "", left: [] });
      expect(stderr).toMatch(/^Unknown option --no-such-option\.$|^Unexpected argument "[abc]"\./m);
      expect(stderr).toMatch(new RegExp(`^npm run ${name}\\b`, "m"));
      expect(stderr).not.toMatch(/^ +at /m);
    }
  },
);
