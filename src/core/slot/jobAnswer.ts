import { z } from "zod/mini";
import type { Outcome } from "./slot.ts";

const optional = <S extends z.ZodMiniType>(schema: S) => z.catch(z.optional(schema), undefined);

/**
 * JSON can be read at any depth, but not written. An error that is nested too deeply to be written is a failure all the
 * same.
 */
const errorText = (error: unknown): string => {
  try {
    return JSON.stringify(error);
  } catch {
    return "an error that is nested too deeply to show";
  }
};

/** A job's answer. Every field is optional, and a field of the wrong type counts as absent. */
export const jobAnswerSchema = z.looseObject({
  changed: optional(z.boolean()),
  version: optional(z.union([z.string(), z.pipe(z.number(), z.transform(String))])),
  message: optional(z.string()),
  records: optional(z.number()),
  /** The error in any form. Only absent, null, false and "" mean success. */
  error: z.optional(
    z.transform((error: unknown) => {
      if (error === undefined || error === null || error === false || error === "") return undefined;
      return typeof error === "string" ? error : errorText(error);
    }),
  ),
});

/** Reads a job's JSON answer. Any other text counts as an empty answer. */
export const readJobAnswer = (text: string): z.infer<typeof jobAnswerSchema> => {
  try {
    return z.catch(jobAnswerSchema, {}).parse(JSON.parse(text));
  } catch {
    return {};
  }
};

/** A job's success as an outcome. */
export const okOutcome = (text: string, durationMs: number): Outcome => {
  const { changed, version, message, records } = readJobAnswer(text);
  return {
    kind: "ok",
    durationMs,
    ...(changed === undefined ? {} : { changed }),
    ...(version === undefined ? {} : { version }),
    ...(message === undefined ? {} : { message }),
    ...(records === undefined ? {} : { records }),
  };
};
