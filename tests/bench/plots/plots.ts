import type { Figure, Report, Table } from "../report/figures.ts";

/** A plot of ratios: one group of bars for each row, one bar for each series. */
export interface Plot {
  /** The name of its file, without an ending. */
  readonly name: string;
  readonly part: string;
  readonly title: string;
  readonly groups: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** What ×1 is. */
  readonly against: string;
}

interface Wanted {
  readonly name: string;
  readonly part: string;
  readonly table: string;
  readonly title: string;
  /** The columns that become series; absent: all. */
  readonly columns?: readonly string[];
  /** The rows that become groups; absent: all. */
  readonly rows?: (name: string) => boolean;
}

const WANTED: readonly Wanted[] = [
  {
    ...{ name: "round-trips", part: "round-trips", table: "round-trips" },
    title: "Time to the answer, one connection",
    columns: ["covered p50", "covered p99", "written p50", "written p99"],
    rows: (name) => name.endsWith(" 1 connection"),
  },
  {
    ...{ name: "acks", part: "peers", table: "acks-against-peers" },
    title: "Acks a second of Layerhook against each peer's",
    columns: ["bullmq", "pg-boss", "graphile-worker"],
  },
  {
    ...{ name: "cold-start", part: "cold-start", table: "cold-start" },
    title: "Processor time of a cold start",
    columns: ["start and import"],
  },
  {
    ...{ name: "ticks", part: "scale", table: "ticks" },
    title: "A later tick over layers at rest",
    columns: ["requests", "processor time"],
    rows: (name) => name.endsWith("later tick"),
  },
  {
    ...{ name: "lists", part: "scale", table: "lists" },
    title: "Requests to the store for a page of a list",
    columns: ["requests"],
    rows: (name) => !name.includes("bench-layer"),
  },
  {
    ...{ name: "dashboard", part: "dashboard", table: "dashboard" },
    title: "The first view of the dashboard",
    columns: ["first content", "heading"],
  },
];

const plotOf = ({ name, part, title, columns, rows: isWanted = () => true }: Wanted, table: Table): Plot => {
  const rows = table.rows.filter((row) => isWanted(row.name) && Object.keys(row.figures).length > 0);
  const named = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
  const ratio = (figure: Figure | undefined): number | null =>
    figure === undefined ? null : Number(figure.ratio.toPrecision(3));
  return {
    ...{ name, part, title, against: table.against },
    groups: rows.map((row) => row.name),
    series: named
      .map((column) => ({ name: column, values: rows.map((row) => ratio(row.figures[column])) }))
      .filter(({ values }) => values.some((value) => value !== null)),
  };
};

/** The plots that a report has measurements for. */
export const plotsOf = ({ parts }: Report): readonly Plot[] =>
  WANTED.flatMap((wanted) => {
    const table = parts.find(({ id }) => id === wanted.part)?.tables.find(({ id }) => id === wanted.table);
    const plot = table === undefined ? null : plotOf(wanted, table);
    return plot === null || plot.series.length === 0 ? [] : [plot];
  });
