import { readFileSync } from "node:fs";
import { type Report, reportSchema } from "./figures.ts";

/** Reads a report that `npm run bench -- --json` made. Throws if it is none, or its ratios are not those of its rounds. */
export const readReport = (file: string): Report => reportSchema.parse(JSON.parse(readFileSync(file, "utf8")));
