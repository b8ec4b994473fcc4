import { z } from "zod";

/** One small change of a source file, as the instrumenter describes it. Lines and columns begin at 0. */
export const mutantSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  mutatorName: z.string(),
  replacement: z.string(),
  location: z.object({
    start: z.object({ line: z.number(), column: z.number() }),
    end: z.object({ line: z.number(), column: z.number() }),
  }),
});
export type Mutant = z.infer<typeof mutantSchema>;

/** The work of one process: these tests judge these mutants. `passed` names the tests that a mutant has survived before. */
export const trialSchema = z.object({
  /** The folder with the instrumented sources. */
  instrumented: z.string(),
  tests: z.array(z.string()),
  mutants: z.array(z.object({ id: z.string(), fileName: z.string(), passed: z.array(z.string()) })),
});
export type Trial = z.infer<typeof trialSchema>;

/**
 * How a mutant fared. `timeout`: its test, or the process, did not end. `untested`: no test reaches it. `static`: it is
 * reached only while its module loads, which one process does once, so it cannot be tried.
 */
export const verdictSchema = z.enum(["noticed", "timeout", "survived", "untested", "static"]);
export type Verdict = z.infer<typeof verdictSchema>;

/** A line of a trial's record. */
export const verdictLineSchema = z.tuple([z.string(), verdictSchema]);

/** What a trial's process does now. `mutant` is absent while the tests run on the code as it is. */
export const nowSchema = z.object({ pid: z.number(), mutant: z.string().optional() });
