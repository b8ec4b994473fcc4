import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import type { FirstRequest } from "./firstRequests.ts";

const run = promisify(execFile);
const recorder = fileURLToPath(new URL("recordLoading.ts", import.meta.url));

const rangeSchema = z.object({ startOffset: z.number(), endOffset: z.number(), count: z.number() });
type Range = z.infer<typeof rangeSchema>;
const scriptsSchema = z.array(
  z.object({ url: z.string(), functions: z.array(z.object({ ranges: z.array(rangeSchema) })) }),
);
const recordSchema = z.object({ status: z.number().nullable(), loading: scriptsSchema, answering: scriptsSchema });

/** What a function loads, by the names of packages; of zod by its parts, which cost very differently. */
export interface PackagesThatRan {
  /** The status of the first answer; null: a function that gives none. */
  readonly status: number | null;
  /** Those whose code runs while the function is imported. */
  readonly atImport: readonly string[];
  /** Those whose code runs only then, until the first answer. */
  readonly untilAnswer: readonly string[];
  /** Files beside the function's own that Node loads. */
  readonly otherFiles: readonly string[];
}

const sizeOf = ({ startOffset, endOffset }: Range): number => endOffset - startOffset;

/** The package of each line that ran. A line ran if the narrowest range around its first character did. */
const packagesIn = (text: string, map: SourceMap, ranges: readonly Range[]): Set<string> => {
  const narrowestFirst = ranges.toSorted((a, b) => sizeOf(a) - sizeOf(b));
  const packages = new Set<string>();
  let offset = 0;
  for (const [number, line] of text.split("\n").entries()) {
    const column = line.search(/\S/);
    const at = offset + column;
    offset += line.length + 1;
    const around = narrowestFirst.find(({ startOffset, endOffset }) => startOffset <= at && at < endOffset);
    if (column < 0 || around === undefined || around.count === 0) continue;
    const origin = map.findEntry(number, column);
    // Node gives the nearest entry before, which may be of a line that did not run.
    if (!("originalSource" in origin) || origin.generatedLine !== number) continue;
    const name = /.*node_modules\/(zod\/v4\/[^/]+|(?:@[^/]+\/)?[^/]+)/.exec(origin.originalSource)?.[1];
    if (name !== undefined) packages.add(name);
  }
  return packages;
};

/**
 * Runs a built function in a fresh process and tells which packages' code ran, by what V8 counted and the source map
 * beside `file`.
 */
export const packagesThatRan = async (
  file: string,
  request: FirstRequest,
  env: NodeJS.ProcessEnv,
): Promise<PackagesThatRan> => {
  const { stdout } = await run(process.execPath, [recorder, file, JSON.stringify(request)], {
    env,
    maxBuffer: 256 * 1024 * 1024,
  });
  const { status, loading, answering } = recordSchema.parse(JSON.parse(stdout));
  const own = pathToFileURL(file).href;
  const text = readFileSync(file, "utf8");
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
  const rangesOf = (scripts: typeof loading): Range[] =>
    scripts.filter(({ url }) => url === own).flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
  const atImport = packagesIn(text, map, rangesOf(loading));
  const untilAnswer = packagesIn(text, map, rangesOf(answering));
  const known = [own, pathToFileURL(recorder).href];
  return {
    status,
    atImport: [...atImport].sort(),
    untilAnswer: [...untilAnswer].filter((name) => !atImport.has(name)).sort(),
    otherFiles: [...loading, ...answering].map(({ url }) => url).filter((url) => !known.includes(url)),
  };
};
