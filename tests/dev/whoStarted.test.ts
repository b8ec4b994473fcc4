import { expect, test } from "vitest";
import { whoStarted } from "../../src/dev/whoStarted.ts";

/** Processes by their number: name and parent. */
const seenFrom = (parent: number, processes: Readonly<Record<number, readonly [string, number]>>): string =>
  whoStarted(parent, (pid) => {
    const [name, above] = processes[pid] ?? [];
    if (name === undefined) throw new Error("ENOENT");
    return `${pid} (${name}) S ${above} 1 1`;
  });

test("npm is watched through the shell that it started the server in", () => {
  const before = seenFrom(30, { 30: ["sh", 20] });
  expect(seenFrom(30, { 30: ["sh", 1] })).not.toBe(before);
  expect(seenFrom(1, { 1: ["init", 0] })).not.toBe(before);
});

test("a shell that started npm may end: the server goes on where the shell has made way for it", () => {
  expect(seenFrom(20, { 20: ["npm run dev", 1] })).toBe(seenFrom(20, { 20: ["npm run dev", 10] }));
});

test("a server without /proc watches its parent alone", () => {
  expect(seenFrom(30, {})).toBe("30");
});
