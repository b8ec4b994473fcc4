import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { type Mutant, mutantSchema } from "./trialSchemas.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = fileURLToPath(new URL("node_modules/@stryker-mutator/instrumenter/dist/src/index.js", import.meta.url));

interface File {
  readonly name: string;
  readonly content: string;
}

/** What we use of the instrumenter. Its types are not there before it is installed. */
interface Instrumenter {
  instrument(files: readonly (File & { mutate: true })[], options: object): Promise<unknown>;
}
type InstrumenterClass = new (logger: object) => Instrumenter;

const moduleSchema = z.looseObject({
  Instrumenter: z.custom<InstrumenterClass>((value) => typeof value === "function"),
});
const resultSchema = z.object({
  files: z.array(z.object({ name: z.string(), content: z.string() })),
  mutants: z.array(mutantSchema),
});

const silent = () => {};
const isDisabled = () => false;
const logger = {
  ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent },
  ...{ isTraceEnabled: isDisabled, isDebugEnabled: isDisabled, isInfoEnabled: isDisabled },
  ...{ isWarnEnabled: isDisabled, isErrorEnabled: isDisabled, isFatalEnabled: isDisabled },
};

/**
 * Returns every mutant of the sources, and the sources with all mutants in them. A mutant acts while its id is
 * `__stryker__.activeMutant`. Paths are relative to the project.
 */
export const instrument = async (paths: readonly string[]): Promise<{ files: File[]; mutants: Mutant[] }> => {
  const module: unknown = await import(pathToFileURL(MAIN).href);
  const instrumenter = new (moduleSchema.parse(module).Instrumenter)(logger);
  const files = paths.map((name) => ({ name, mutate: true as const, content: readFileSync(`${root}${name}`, "utf8") }));
  return resultSchema.parse(
    await instrumenter.instrument(files, { plugins: null, excludedMutations: [], ignorers: [], noHeader: false }),
  );
};
