/** What a command has of the outside. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Prints a line. */
  say(line: string): void;
}

/** The command cannot be done; its message is for the person who called it. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Runs a command with the arguments of this process and ends it: 0 it went well, 1 it did not. */
export const runCommand = async (
  command: (args: readonly string[], surroundings: Surroundings) => Promise<boolean>,
): Promise<void> => {
  const surroundings: Surroundings = {
    environment: process.env,
    fetch: (url, init) => fetch(url, init),
    say: (line) => console.log(line),
  };
  try {
    process.exitCode = (await command(process.argv.slice(2), surroundings)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
};
