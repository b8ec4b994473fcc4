import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** Removes a folder. A process that was killed in it may still write for a moment. */
export const removeFolder = (folder: string): void => {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
};

process.once("exit", () => {
  for (const folder of folders) removeFolder(folder);
});

/** Makes a folder for temporary files, which is removed at the end of the process at the latest. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "layerhook-bench-"));
  folders.add(folder);
  return folder;
};
