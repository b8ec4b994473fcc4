import { setTimeout } from "node:timers/promises";
import type { z } from "zod";
import { type Command, readCommandLine } from "./commandLine.ts";

/** What a command has of the outside. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Prints a line. */
  say(line: string): void;
  /** Prints a line about what goes on, which is no part of the result. */
  progress(line: string): void;
  /** Resolves after so long (ms). */
  pause(ms: number): Promise<void>;
}

/** The command cannot be done; its message is for the person who called it. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** The command was called wrongly; its message says what is wrong and how it is called. */
export class CallError extends CommandError {
  override name = "CallError";
}

/** The values and operands that were given, or null: help was asked for, and shown. Throws `CallError`. */
export const called = <Options extends z.ZodObject>(
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

/** Runs a command with the arguments of this process and ends it: 0 it went well, 1 it did not, 2 it was called wrongly. */
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
