import { plotsOf } from "../plots/plots.ts";
import type { Part, Report, Table } from "./figures.ts";
import { cellsOf, headline } from "./readable.ts";

/** Where the plots are, seen from the page. */
export const IMAGES = "images/benchmarks";

const escaped = (cell: string): string => cell.replaceAll("|", "\\|");

const markdownTable = (table: Table): string[] => {
  const [head = [], ...rows] = cellsOf(table);
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)];
};

const partSection = (report: Report, part: Part): string[] => [
  `## ${part.title}`,
  "",
  part.method,
  "",
  ...plotsOf(report)
    .filter((plot) => plot.part === part.id)
    .flatMap(({ name, title }) => [`![${title}](${IMAGES}/${name}.svg)`, ""]),
  ...part.tables.flatMap((table) => [
    `**${table.title}** (× against ${table.against})`,
    "",
    ...markdownTable(table),
    "",
  ]),
  ...part.absent.flatMap(({ name, reason }) => [`Not measured: ${name}, because ${reason}.`, ""]),
];

const goalsSection = ({ parts }: Report): string[] => {
  const goals = parts.flatMap((part) => part.goals);
  const unmet = goals.filter(({ met }) => !met);
  return [
    "## Goals",
    "",
    "| goal | measured | met |",
    "|---|---|---|",
    ...goals.map(
      ({ goal, measured, met }) => `| ${escaped(goal)} | ${escaped(measured)} | ${met ? "yes" : "**no**"} |`,
    ),
    "",
    ...(unmet.length === 0 ? [] : ["Why some are not met:", ""]),
    ...unmet.map(({ goal, because }) => `- ${goal}: ${because === "" ? "no physical reason is known." : because}`),
    ...(unmet.length === 0 ? [] : [""]),
  ];
};

const INTRODUCTION = `# Benchmarks

This page is made by \`npm run bench -- --docs\`, from [benchmarks.json](benchmarks.json) of one run. To repeat it:

    apt-get install postgresql redis-server webhook chromium   # what is missing is named and left out
    npm ci
    npm run bench -- --docs

The run takes a quarter of an hour on a quiet machine and writes this page, its plots and the JSON. \`npm run bench -- --quick\` takes two
minutes and prints a table; \`npm run bench -- --help\` names the parts. The peers and the plotting library are pinned in
workspaces of their own, which the first run installs: \`npm ci\` does not.

**How to read it.** Absolute figures are those of one machine at one time. The figure to trust is the ratio in brackets: it
compares with something that was measured in the same run, in turns, and is the median of the rounds' ratios. Processor time moves least
with what else the machine does. Nothing here was measured on Netlify: the distance to its store, its cold starts and its limits
are not in these figures.`;

/** Makes docs/benchmarks.md of a report. */
export const pageOf = (report: Report): string =>
  [
    INTRODUCTION,
    "",
    `The run: ${headline(report)}.`,
    "",
    ...goalsSection(report),
    ...report.parts.flatMap((part) => partSection(report, part)),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
