import { readFileSync } from "node:fs";

/** The name of a process and its parent, as `/proc/{pid}/stat` has them. Throws where there is no such file. */
const statOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8");

const SHELLS = ["sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"];

/**
 * The processes above this one, as far as they matter: npm, and the shell that npm may start a script in. It changes when
 * one of them dies. A signal to npm, `kill -9` most of all, reaches neither the shell nor the script; a server that outlived
 * its npm would keep port and data from its successor. Some shells make way for their last command: then npm is the parent,
 * and what started npm may end without meaning the server. Beyond Linux only the parent is seen.
 */
export const whoStarted = (parent = process.ppid, stat = statOf): string => {
  try {
    const [, name = "", above] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat(parent)) ?? [];
    return SHELLS.includes(name) ? `${parent} ${above}` : `${parent}`;
  } catch {
    return `${parent}`;
  }
};
