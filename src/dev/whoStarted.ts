import { readFileSync } from "node:fs";

/**
 * The processes above this one, as far as they matter: the shell that npm starts a script in, and npm. It changes when one
 * of them dies. A signal to npm, `kill -9` most of all, reaches neither the shell nor the script; a server that outlived
 * its npm would keep port and data from its successor. Beyond Linux only the shell is seen.
 */
export const whoStarted = (): string => {
  const shell = process.ppid;
  try {
    const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${shell}/stat`, "utf8")) ?? [];
    return `${shell} ${parent}`;
  } catch {
    return `${shell}`;
  }
};
