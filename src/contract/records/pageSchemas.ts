import { z } from "@hono/zod-openapi";
import { timeSchema } from "../schemas.ts";

/** What a site's own pages show. */
export const pageSeenSchema = z
  .object({
    deployId: z.string().nullable().openapi({ description: "The deploy that the marker names; null: none." }),
    buildId: z.string().nullable().openapi({ description: "The build that the marker names; null: none." }),
    seenAt: timeSchema
      .nullable()
      .openapi({ description: "Since when the marker is seen so; null: there is no marker." }),
    lookedAt: timeSchema.openapi({ description: "When the pages were last looked at." }),
    lookedFor: z.string().openapi({ description: "The deploy that was looked for." }),
    nextLookAt: timeSchema.nullable().openapi({ description: "Null: the pages show it, or nobody looks again." }),
    rebuildAt: timeSchema.nullable().openapi({
      description: "When one more build is requested, because pages do not show what was published; null: none is.",
    }),
    reason: z.string().nullable().openapi({ description: "Why the marker does not show the deploy; null: it does." }),
  })
  .openapi("PageSeen", {
    description: "What the last look at the site's public URL has found; null: nobody has looked.",
  });
