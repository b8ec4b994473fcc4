import type { Mutant, Verdict } from "./trialSchemas.ts";

/** A mutant with its room and the verdict on it. */
export interface Judged {
  readonly mutant: Mutant;
  readonly room: string;
  readonly verdict: Verdict;
}

const NOTICED: readonly Verdict[] = ["noticed", "timeout"];
const HEADS = ["room", "mutants", "noticed", "timeouts", "survived", "untested", "static", "score"];

/** The share of the mutants that a test notices, in percent. Static mutants do not count. */
export const scoreOf = (judged: readonly Judged[]): number => {
  const counted = judged.filter(({ verdict }) => verdict !== "static");
  const noticed = counted.filter(({ verdict }) => NOTICED.includes(verdict));
  return counted.length === 0 ? 100 : (100 * noticed.length) / counted.length;
};

const cellsOf = (name: string, judged: readonly Judged[]): string[] => {
  const count = (verdict: Verdict): number => judged.filter((one) => one.verdict === verdict).length;
  const counts = [judged.length, count("noticed") + count("timeout"), count("timeout"), count("survived")];
  return [name, ...[...counts, count("untested"), count("static")].map(String), `${scoreOf(judged).toFixed(1)} %`];
};

/** A line for each room, and one for all of them. */
export const tableOf = (judged: readonly Judged[]): string => {
  const rooms = [...new Set(judged.map(({ room }) => room))].sort();
  const rows = rooms.map((name) =>
    cellsOf(
      name,
      judged.filter(({ room }) => room === name),
    ),
  );
  const lines = [HEADS, ...rows, cellsOf("all", judged)];
  return lines
    .map(([name = "", ...cells]) => name.padEnd(14) + cells.map((cell) => cell.padStart(10)).join(""))
    .join("\n");
};

const oneLine = (code: string): string => code.replaceAll(/\s+/g, " ").slice(0, 100);

/** A line for each mutant that no test notices, or that could not be tried: where it is, and what it changes. */
export const survivorsOf = (judged: readonly Judged[], sourceOf: (path: string) => string): string[] =>
  judged.flatMap(({ mutant: { fileName, location, mutatorName, replacement }, verdict }) => {
    if (NOTICED.includes(verdict)) return [];
    const { start, end } = location;
    const lines = sourceOf(fileName)
      .split("\n")
      .slice(start.line, end.line + 1);
    const last = lines.at(-1)?.slice(0, end.column) ?? "";
    const code = [...lines.slice(0, -1), last].join("\n").slice(start.column);
    const place = `${fileName}:${start.line + 1}:${start.column + 1}`;
    return [`${verdict.padEnd(9)}${place} ${mutatorName}: ${oneLine(code)} => ${oneLine(replacement)}`];
  });
