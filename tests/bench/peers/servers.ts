import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../support/freePort.ts";
import { removeFolder, scratchFolder } from "../lab/scratchFolder.ts";
import { SECRET, SIGNATURE } from "../lab/signed.ts";

/** A server that a contestant stands on, in a folder of its own below the folder for temporary files. */
export interface Server {
  readonly port: number;
  /** Kills it as a machine that dies, and starts it again on what is on the disk. */
  restart(): Promise<void>;
  /** Kills it, and removes its folder. */
  stop(): Promise<void>;
}

const POSTGRES = "/usr/lib/postgresql";
/** PostgreSQL refuses to run as root; Debian's package makes this user. */
const POSTGRES_USER = "postgres";

/** The folders in which Debian installs PostgreSQL's programs, the newest version first. */
const postgresFolders = (): string[] =>
  existsSync(POSTGRES)
    ? readdirSync(POSTGRES)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(POSTGRES, version, "bin"))
    : [];

/** Where a program is; null: nowhere. */
export const programAt = (name: string): string | null => {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...postgresFolders(), "/usr/sbin", "/usr/bin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
};

const serves = async (port: number): Promise<boolean> => {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** Who a server runs as: an ordinary user, if we are root and there is one. */
const identity = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const of = (flag: string): number => Number(execFileSync("id", [flag, POSTGRES_USER], { encoding: "utf8" }));
  return { uid: of("-u"), gid: of("-g") };
};

const START_MS = 20_000;

const runServer = async (
  program: string,
  argsOf: (folder: string, port: number) => readonly string[],
  prepare: (folder: string, as: ReturnType<typeof identity>) => void = () => undefined,
  asUser = false,
): Promise<Server> => {
  const as = asUser ? identity() : {};
  const folder = scratchFolder();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const port = await freePort();
  prepare(folder, as);
  let running: ChildProcess | null = null;
  // A bench that fails or is stopped leaves no server behind.
  process.once("exit", () => running?.kill("SIGKILL"));
  const kill = async (): Promise<void> => {
    const server = running;
    running = null;
    if (server === null || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    const server = spawn(program, argsOf(folder, port), { ...as, cwd: folder, stdio: "ignore" });
    running = server;
    const until = Date.now() + START_MS;
    while (!(await serves(port))) {
      if (server.exitCode !== null || Date.now() > until) throw new Error(`${program} did not start`);
      await sleep(50);
    }
  };
  await start();
  return {
    port,
    async restart() {
      await kill();
      // The processes that a killed PostgreSQL leaves behind end when they notice.
      for (let tries = 0; ; tries += 1) {
        try {
          return await start();
        } catch (error) {
          if (tries === 20) throw error;
          await sleep(250);
        }
      }
    },
    async stop() {
      await kill();
      await sleep(200);
      removeFolder(folder);
    },
  };
};

/** PostgreSQL as it comes: every commit waits for the disk. */
export const startPostgres = (program: string): Promise<Server> =>
  runServer(
    program,
    (folder, port) => [
      ...["-D", join(folder, "data"), "-p", String(port), "-k", folder, "-h", "127.0.0.1"],
      ...["-c", "fsync=on", "-c", "synchronous_commit=on"],
    ],
    (folder, as) => {
      const initdb = join(program, "..", "initdb");
      const args = ["-D", join(folder, "data"), "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-sync"];
      const { status, stderr } = spawnSync(initdb, args, { ...as, cwd: folder, encoding: "utf8" });
      if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
    },
    true,
  );

/** Redis with every command in its log on the disk before it is answered. */
export const startRedis = (program: string): Promise<Server> =>
  runServer(program, (folder, port) => [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
    ...["--appendonly", "yes", "--appendfsync", "always"],
  ]);

/** The file to which each run of adnanh/webhook's command adds a line. */
export const RUNS_FILE = "runs";

/** adnanh/webhook with a hook that verifies its sender and runs a shell for each delivery. */
export const startWebhook = async (program: string): Promise<Server & { readonly runsFile: string }> => {
  let runsFile = "";
  const server = await runServer(
    program,
    (folder, port) => ["-hooks", join(folder, "hooks.json"), "-ip", "127.0.0.1", "-port", String(port)],
    (folder) => {
      runsFile = join(folder, RUNS_FILE);
      writeFileSync(join(folder, "run.sh"), `#!/bin/sh\necho run >> ${runsFile}\n`, { mode: 0o755 });
      const parameter = { source: "header", name: SIGNATURE };
      const rule = { match: { type: "payload-hmac-sha256", secret: SECRET, parameter } };
      const hook = { id: "bench", "execute-command": join(folder, "run.sh"), "trigger-rule": rule };
      writeFileSync(join(folder, "hooks.json"), JSON.stringify([hook]));
    },
  );
  return { ...server, runsFile };
};
