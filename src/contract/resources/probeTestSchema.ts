import { z } from "@hono/zod-openapi";

/** What the URL of a probe answered to a try. */
export const probeTestedSchema = z
  .object({
    status: z.number().int().nullable().openapi({ description: "The status of the answer; null: no answer." }),
    compared: z.string().nullable().openapi({
      description:
        "The text that would be compared, at most its first 2,000 characters, with the values of headers masked; null: there is none.",
    }),
    isCut: z.boolean().openapi({ description: "Whether `compared` is only the beginning." }),
    reason: z.string().nullable().openapi({ description: "Why there is nothing to compare; null: there is." }),
    places: z.array(z.string()).openapi({
      description: "JSON Pointers to texts and numbers in the answer, for `pick`; at most 20.",
    }),
    durationMs: z.number().int(),
  })
  .openapi("ProbeTested");
