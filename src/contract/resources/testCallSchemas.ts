import { z } from "@hono/zod-openapi";
import { cmsSchema, narrowedSchema } from "./recipeSchemas.ts";

export const testSchema = z
  .strictObject({
    cms: cmsSchema.optional().openapi({
      description: "The CMS whose request is sent. Default: the CMS of the webhook's scheme, or your own code.",
    }),
    source: narrowedSchema.optional().openapi({
      description: "The request names this data source, by its slug. For a layer without data sources: any label.",
    }),
  })
  .openapi("WebhookTest");

export const testedSchema = z
  .object({
    request: z.object({
      method: z.string(),
      path: z.string().openapi({ description: "Without its secrets." }),
      headers: z.array(z.string()).openapi({ description: "The names of the headers." }),
      bodyBytes: z.number(),
    }),
    answer: z.object({ status: z.number(), body: z.unknown().openapi({ description: "JSON, or its text." }) }),
    syncId: z.string().nullable().openapi({ description: "The sync that the test started." }),
    took: z.number().openapi({ description: "How long the answer took, in milliseconds." }),
  })
  .openapi("WebhookTested");
