import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DataDirectoryInUseError, openDataDirectory } from "../../src/dev/dataDirectory.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

test("secret and owner token are made up once and stay", () => {
  const path = temporaryDirectory();
  const first = openDataDirectory(path);
  first.release();
  const second = openDataDirectory(path);
  expect(second).toMatchObject({ secret: first.secret, ownerToken: first.ownerToken });
  expect(first.secret.length).toBeGreaterThanOrEqual(40);
  expect(first.secret).not.toBe(first.ownerToken);
  if (process.platform !== "win32") expect(statSync(join(path, "secrets.json")).mode & 0o077).toBe(0);
});

test("a second dev server is refused while the first one lives, and told which process it is", () => {
  const path = temporaryDirectory();
  const first = openDataDirectory(path);
  expect(() => openDataDirectory(path)).toThrow(DataDirectoryInUseError);
  expect(() => openDataDirectory(path)).toThrow(`process ${process.pid}`);
  first.release();
  openDataDirectory(path);
});

test("the lock of a killed dev server is taken over", () => {
  const path = temporaryDirectory();
  writeFileSync(join(path, "dev.lock"), JSON.stringify({ pid: deadPid(), started: "1" }));
  openDataDirectory(path);
  expect(readFileSync(join(path, "dev.lock"), "utf8")).toContain(String(process.pid));
});

test.runIf(process.platform === "linux")(
  "a later process with the number of the killed one does not hold its lock",
  () => {
    const path = temporaryDirectory();
    writeFileSync(join(path, "dev.lock"), JSON.stringify({ pid: process.pid, started: "1" }));
    openDataDirectory(path);
  },
);

test("a secrets file that cannot be read is an error and is not replaced", () => {
  const path = temporaryDirectory();
  writeFileSync(join(path, "secrets.json"), "{");
  expect(() => openDataDirectory(path)).toThrow("secrets.json cannot be read");
  expect(readFileSync(join(path, "secrets.json"), "utf8")).toBe("{");
});
