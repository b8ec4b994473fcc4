import type { Figure, Report, Row, Table } from "./figures.ts";

/** A number as people read it: three digits, and thousands apart. */
export const digits = (value: number): string => {
  if (value === 0) return "0";
  const shown = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return shown.toLocaleString("en-US", { maximumFractionDigits: 4 });
};

/** A figure with its unit and its ratio. */
export const shown = ({ value, unit, ratio }: Figure): string =>
  `${digits(value)}${unit === "" ? "" : ` ${unit}`} (×${digits(ratio)})`;

const columnsOf = (rows: readonly Row[], of: "figures" | "facts"): string[] => [
  ...new Set(rows.flatMap((row) => Object.keys(row[of]))),
];

/** A table as texts, its head first. */
export const cellsOf = ({ rows }: Table): string[][] => {
  const figures = columnsOf(rows, "figures");
  const facts = columnsOf(rows, "facts");
  const body = rows.map((row) => [
    row.name,
    ...figures.map((name) => {
      const found = row.figures[name];
      return found === undefined ? "–" : shown(found);
    }),
    ...facts.map((name) => row.facts[name] ?? "–"),
  ]);
  return [["", ...figures, ...facts], ...body];
};

const aligned = (cells: readonly (readonly string[])[]): string[] => {
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => (row[at] ?? "").length)));
  return cells.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd());
};

/** The machine and the run in one line. */
export const headline = ({ machine, at, commit, seconds, quick }: Report): string =>
  `${at.slice(0, 10)}, commit ${commit}${quick ? ", a quick run" : ""}: ${machine.cores} × ${machine.cpu}, ${machine.memoryGB} GB, Node ${machine.node}, load ${machine.load} at the start, ${Math.round(seconds)} s`;

/** The report for a terminal. */
export const readable = (report: Report): string => {
  const lines = [headline(report), "× is the ratio to what the table names, measured in the same run.", ""];
  for (const part of report.parts) {
    lines.push(`${part.title.toUpperCase()} (${Math.round(part.seconds)} s)`, part.method, "");
    for (const table of part.tables) {
      lines.push(`  ${table.title} (× against ${table.against})`, ...aligned(cellsOf(table)), "");
    }
    for (const { name, reason } of part.absent) lines.push(`  not measured: ${name}: ${reason}`);
    for (const { goal, measured, met, because } of part.goals) {
      lines.push(`  ${met ? "met    " : "NOT MET"} ${goal}: ${measured}${met || because === "" ? "" : `. ${because}`}`);
    }
    lines.push("");
  }
  return lines.join("\n");
};
