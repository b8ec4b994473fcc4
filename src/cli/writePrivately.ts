import { randomBytes } from "node:crypto";
import { lstat, open, rename, rm } from "node:fs/promises";
import { CommandError } from "./cli.ts";

/**
 * Replaces a file with a new one of the given `mode`. Writing in place would keep the old permissions. Readers see the old
 * text or the new one, never a half. Throws `CommandError` where a link, a folder or a device stands: a link may lead into
 * a file of somebody else.
 */
export const writePrivately = async (file: string, content: string, mode: number): Promise<void> => {
  const standing = await lstat(file).catch(() => undefined);
  if (standing !== undefined && !standing.isFile()) {
    const what = standing.isSymbolicLink() ? "a link" : standing.isDirectory() ? "a folder" : "no ordinary file";
    throw new CommandError(`${file} is ${what} and was left as it is. Name a file that is none, or a new one.`);
  }
  const beside = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(beside, "wx", mode);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch {
    await rm(beside, { force: true });
    throw new CommandError(`${file} cannot be written. Is its folder there, and may you write to it?`);
  }
};
