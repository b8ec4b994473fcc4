import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folders and secrets that a dev server keeps between its runs. */
export interface DataDirectory {
  readonly blobs: string;
  readonly demo: string;
  /** A folder for files that the next start may delete. */
  readonly temporary: string;
  readonly secret: string;
  readonly ownerToken: string;
  /** Releases the lock, so that another dev server can use the directory. */
  release(): void;
}

/** Thrown when another running dev server uses the directory. */
export class DataDirectoryInUseError extends Error {
  override readonly name = "DataDirectoryInUseError";
}

interface Holder {
  readonly pid: number;
  readonly started: string;
}

/** An empty lock file younger than this is still being written; an older one was left by a process that died. */
const LOCK_WRITTEN_WITHIN_MS = 5_000;

/**
 * Locks the folder `path` (created if missing) for this process and returns its contents. The first call generates the
 * secret and the owner token. Throws `DataDirectoryInUseError` or the disk's error.
 */
export function openDataDirectory(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = join(path, "dev.lock");
  acquire(lock, path);
  makePrivate(path);
  const kept = readSecrets(join(path, "secrets.json"));
  return {
    blobs: join(path, "blobs"),
    demo: join(path, "demo"),
    temporary: join(path, "tmp"),
    ...kept,
    release: () => {
      if (readHolder(lock)?.pid === process.pid) rmSync(lock, { force: true });
    },
  };
}

/** Names that a dev server creates in its folder. */
const OWN = /^(?:blobs|demo|tmp|pages|compile-cache|secrets\.json(?:\.tmp)?|dev\.lock(?:\.\d+)?)$/;
/** Folders that hold secrets: webhook ids and signing secrets. */
const SECRET = ["blobs", "demo"];

/**
 * Lets only this user read the secret files, including those of an earlier release. The folder itself becomes private
 * only if it holds nothing else, because it may be a home folder or `/tmp`.
 */
function makePrivate(path: string): void {
  if (readdirSync(path).every((name) => OWN.test(name))) restrict(path, 0o700);
  for (const folder of SECRET.map((name) => join(path, name))) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    restrict(folder, 0o700);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile()) restrict(join(folder, entry.name), 0o600);
    }
  }
  restrict(join(path, "secrets.json"), 0o600);
}

/** Sets the permissions if possible. Some disks have none and the file may be gone; neither stops the server. */
function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch {}
}

function acquire(lock: string, directory: string): void {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      writeFileSync(lock, mine, { flag: "wx" });
      return;
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
    const holder = readHolder(lock);
    if (holder === undefined ? isFresh(lock) : isAlive(holder)) {
      const who = holder === undefined ? "" : ` (process ${holder.pid})`;
      throw new DataDirectoryInUseError(
        `Another dev server${who} uses ${directory}. Stop it, or give this one its own LAYERHOOK_DATA_DIR.`,
      );
    }
    // Rename the stale lock before deleting it. When two processes start at once, only one rename succeeds, so the
    // slower process cannot delete the new lock of the faster one.
    const stale = `${lock}.${process.pid}`;
    try {
      renameSync(lock, stale);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      continue;
    }
    const removed = readHolder(stale);
    if (removed !== undefined && isAlive(removed)) renameSync(stale, lock);
    else rmSync(stale, { force: true });
  }
  throw new DataDirectoryInUseError(`Other dev servers are starting in ${directory} right now.`);
}

function readHolder(lock: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(lock, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const pid: unknown = Reflect.get(value, "pid");
    const started: unknown = Reflect.get(value, "started");
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isFresh(lock: string): boolean {
  try {
    return Date.now() - statSync(lock).mtimeMs < LOCK_WRITTEN_WITHIN_MS;
  } catch {
    return false;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
  return startOf(holder.pid) === holder.started;
}

/** When a process started, or "" if unknown. After a restart of a container another process can have the same id. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function readSecrets(path: string): { secret: string; ownerToken: string } {
  let kept: unknown = {};
  try {
    kept = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw new Error(`${path} cannot be read. Repair or delete it.`, { cause: error });
  }
  const text = (name: string): string | undefined => {
    const value: unknown = typeof kept === "object" && kept !== null ? Reflect.get(kept, name) : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const known = { secret: text("secret"), ownerToken: text("ownerToken") };
  const secrets = { secret: known.secret ?? random(), ownerToken: known.ownerToken ?? random() };
  if (known.secret === undefined || known.ownerToken === undefined) {
    const temporary = `${path}.tmp`;
    writeFileSync(temporary, JSON.stringify(secrets), { mode: 0o600 });
    renameSync(temporary, path);
  }
  return secrets;
}

function random(): string {
  return randomBytes(32).toString("base64url");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
