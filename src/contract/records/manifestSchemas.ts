import { z } from "@hono/zod-openapi";
import { onPageSchema } from "./liveCheckSchemas.ts";

/** What was published. */
export const subjectFields = {
  event: z.string().nullable(),
  type: z.string().nullable(),
  id: z.string().nullable(),
  title: z.string().nullable().openapi({
    description: "Null: the layer keeps no titles (`keepTitles`), the sender gives none, or its secret was replaced.",
  }),
};

/** What is in a build. */
export const manifestSchema = z
  .object({
    deliveries: z.number().openapi({ description: "The publishes in the build, as far as the log was read." }),
    subjects: z
      .array(
        z.object({
          dataLayerId: z.string(),
          deliveryId: z.string(),
          ...subjectFields,
          onPage: z.union([onPageSchema, z.null()]),
        }),
      )
      .openapi({ description: "What was published, newest first, each entry once, fifty at most." }),
    more: z.number().openapi({ description: "The publishes that `subjects` does not name." }),
  })
  .openapi("Manifest", {
    description: "A token of some data layers sees only the subjects and counts of these layers.",
  });
