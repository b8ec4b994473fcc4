import { randomBytes } from "node:crypto";
import { lstat, open, rename, rm } from "node:fs/promises";
import { CommandError } from "./cli.ts";

/**
 * Replaces a file with a new one of the given `mode`, because writing in place would keep the old permissions. Readers
 * see the old text or the new one, never a part. Throws `CommandError` for a link, a folder or a device: a link may lead
 * to somebody else's file.
 */
export const writePrivately = async (file: string, content: string, mode: number): Promise<void> => {
  const existing = await lstat(file).catch(() => undefined);
  if (existing !== undefined && !existing.isFile()) {
    const what = existing.isSymbolicLink() ? "a link" : existing.isDirectory() ? "a folder" : "no ordinary file";
    throw new CommandError(`${file} is ${what} and was left as it is. Name a file that is none, or a new one.`);
  }
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true });
    throw new CommandError(`${file} cannot be written. Is its folder there, and may you write to it?`);
  }
};
