import { setTimeout } from "node:timers/promises";
import type { z } from "zod";
import { type Command, readCommandLine } from "./commandLine.ts";

/** Everything that a command needs from outside. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Prints a line. */
  say(line: string): void;
  /** Prints a line about the progress, which is not part of the result. */
  progress(line: string): void;
  /** Resolves after `ms` milliseconds. */
  pause(ms: number): Promise<void>;
}

/** The command failed. The message is for the person who called it. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** The command was called wrongly. The message says what is wrong and shows the usage. */
export class CallError extends CommandError {
  override name = "CallError";
}

/** Reads the values and operands of a call. For `--help` it shows the usage and returns null. Throws `CallError`. */
export const readCall = <Options extends z.ZodObject>(
  command: Command<Options>,
  args: readonly string[],
  { say }: Surroundings,
): { readonly values: z.output<Options>; readonly operands: readonly string[] } | null => {
  const given = readCommandLine(command, args);
  if (given.kind === "given") return given;
  if (given.kind === "wrong") throw new CallError(`${given.message}\n\n${given.usage}`);
  say(given.usage);
  return null;
};

/** Runs a command with the arguments of this process. Exit code 0: succeeded; 1: failed; 2: called wrongly. */
export const runCommand = async (
  command: (args: readonly string[], surroundings: Surroundings) => Promise<boolean>,
): Promise<void> => {
  const surroundings: Surroundings = {
    environment: process.env,
    fetch: (url, init) => fetch(url, init),
    say: (line) => console.log(line),
    progress: (line) => console.error(line),
    pause: (ms) => setTimeout(ms),
  };
  try {
    process.exitCode = (await command(process.argv.slice(2), surroundings)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof CallError ? 2 : 1;
  }
};
