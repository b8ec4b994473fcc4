import { readFileSync } from "node:fs";

/** Reads `/proc/{pid}/stat`, which holds a process's name and parent. Throws if the file does not exist. */
const statOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8");

const SHELLS = ["sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"];

/**
 * Returns the ids of the processes that started this one: npm, and the shell that npm may start a script in. The text
 * changes when one of them dies. A signal to npm, above all `kill -9`, does not reach the shell or the script, and a
 * server that outlived npm would keep its port and data from the next one. Some shells replace themselves with their
 * last command, so that npm is the parent; the process that started npm does not count, because it may end first.
 * Outside Linux only the parent is known.
 */
export const whoStarted = (parent = process.ppid, stat = statOf): string => {
  try {
    const [, name = "", above] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat(parent)) ?? [];
    return SHELLS.includes(name) ? `${parent} ${above}` : `${parent}`;
  } catch {
    return `${parent}`;
  }
};
