import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBlobDirectory } from "../../src/dev/blobs/blobDirectory.ts";
import { DataDirectoryInUseError, openDataDirectory } from "../../src/dev/dataDirectory.ts";
import { createDemoNetlify } from "../../src/dev/demo/demoNetlify.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

test("secret and owner token are generated once and stay", () => {
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

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const everyPath = (path: string): string[] => [
  path,
  ...readdirSync(path, { recursive: true }).map((name) => join(path, String(name))),
];

test.runIf(process.platform !== "win32")(
  "everything a dev server keeps is its owner's alone, also what an earlier release left open",
  () => {
    const path = join(temporaryDirectory(), "data");
    for (const folder of ["blobs", "demo"]) mkdirSync(join(path, folder), { recursive: true });
    const open = ["blobs/left", "demo/netlify.json", "secrets.json"].map((name) => join(path, name));
    for (const file of open) writeFileSync(file, '{ "secret": "kept", "ownerToken": "kept" }');
    for (const old of everyPath(path)) chmodSync(old, statSync(old).isDirectory() ? 0o755 : 0o644);
    const data = openDataDirectory(path);
    openBlobDirectory(data.blobs, () => {}).put("store", "key", Buffer.from("a webhook's id"), null);
    const report = (): void => {};
    const netlify = createDemoNetlify({ directory: data.demo, base: "http://localhost:1", content: () => 1, report });
    netlify.build("demo-site", null);
    expect(data.secret).toBe("kept");
    const secret = everyPath(path).filter((one) => !one.endsWith("dev.lock"));
    expect(secret).toHaveLength(7);
    for (const one of secret) expect(modeOf(one), one).toBe(statSync(one).isDirectory() ? 0o700 : 0o600);
  },
);

test.runIf(process.platform !== "win32")(
  "a folder that holds files of somebody else keeps its rights, and the secrets in it are private all the same",
  () => {
    const path = temporaryDirectory();
    chmodSync(path, 0o755);
    writeFileSync(join(path, "thesis.txt"), "", { mode: 0o644 });
    openDataDirectory(path);
    expect([path, join(path, "thesis.txt"), join(path, "blobs")].map(modeOf)).toEqual([0o755, 0o644, 0o700]);
  },
);
