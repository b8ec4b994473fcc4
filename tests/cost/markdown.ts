import type { Compared } from "./compare.ts";

/** A table of a profile for docs/cost.md. */
export const markdownOf = ({ name, rows }: Compared): string =>
  [
    `| ${name} | builds | credits | live: half of them | 19 of 20 | all | half of all publishes |`,
    "|---|---|---|---|---|---|---|",
    ...rows.map((row) => {
      const title = row.default === true ? `\`${row.name}\`, the default` : `\`${row.name}\``;
      const seconds = [row.liveP50, row.liveP95, row.liveWorst, row.publishP50].map(
        (one) => `${one.toLocaleString("en")} s`,
      );
      return `| ${title} | ${[row.builds, row.credits].map((one) => one.toLocaleString("en")).join(" | ")} | ${seconds.join(" | ")} |`;
    }),
  ].join("\n");
