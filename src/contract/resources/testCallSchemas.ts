import { z } from "@hono/zod-openapi";
import { cmsSchema, narrowedSchema } from "./recipeSchemas.ts";

export const testSchema = z
  .strictObject({
    cms: cmsSchema.optional().openapi({
      description: "Whose request it is to be; the one of the webhook's scheme, or your own code's, if it is left out.",
    }),
    source: narrowedSchema.optional().openapi({ description: "It names this data source." }),
  })
  .openapi("WebhookTest");

export const testedSchema = z
  .object({
    request: z.object({
      method: z.string(),
      path: z.string().openapi({ description: "Without what is a secret in it." }),
      headers: z.array(z.string()).openapi({ description: "Their names." }),
      bodyBytes: z.number(),
    }),
    answer: z.object({ status: z.number(), body: z.unknown().openapi({ description: "JSON, or its text." }) }),
    syncId: z.string().nullable().openapi({ description: "The sync that it led to." }),
    took: z.number().openapi({ description: "How long the answer took, in milliseconds." }),
  })
  .openapi("WebhookTested");
