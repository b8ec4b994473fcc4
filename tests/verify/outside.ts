import type { Surroundings } from "../../src/cli/cli.ts";

/** How another program ended. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** All that the command has of the world around it. A test plays the network and moves the clock. */
export interface Outside extends Surroundings {
  now(): number;
  /** Asks the person at the terminal; null: there is no terminal. */
  confirm(question: string): Promise<boolean | null>;
  /** Runs another program to its end. */
  run(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran>;
  /** Writes a file, with its folders. */
  write(path: string, text: string): void;
  /** Random hexadecimal digits of so many bytes. */
  random(bytes: number): string;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Ctrl-C was pressed. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** Throws `Interrupted` once Ctrl-C was pressed. */
export const goOn = ({ interrupted }: Pick<Outside, "interrupted">): void => {
  if (interrupted.aborted) throw new Interrupted("Interrupted.");
};

/** Waits for so long (ms). Throws `Interrupted`, at once. */
export const wait = async (outside: Outside, ms: number): Promise<void> => {
  goOn(outside);
  const { interrupted } = outside;
  await new Promise<void>((resolve) => {
    interrupted.addEventListener("abort", () => resolve(), { once: true });
    void outside.pause(ms).then(resolve);
  });
  goOn(outside);
};
