import { execFile } from "node:child_process";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Runs a file in a process of its own; gives what it printed. Young garbage is most of what a simulation makes. */
export const runNode = async (file: string, args: readonly string[], cwd?: string): Promise<string> => {
  const options = { encoding: "utf8", maxBuffer: 256 * 1024 * 1024, ...(cwd === undefined ? {} : { cwd }) } as const;
  const { stdout } = await exec(process.execPath, ["--max-semi-space-size=64", file, ...args], options);
  return stdout;
};
