import { z } from "@hono/zod-openapi";
import { pacingInputSchema, pacingSchema } from "./pacingSchemas.ts";
import { actorSchema, nameSchema, timeSchema, urlSchema } from "./schemas.ts";
import { buildSchema } from "./syncSchemas.ts";

export const siteCreateSchema = z
  .strictObject({ name: nameSchema, buildHook: urlSchema, pacing: pacingInputSchema.optional() })
  .openapi("SiteInput");
export const sitePatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    buildHook: urlSchema.optional(),
    pacing: pacingInputSchema.optional(),
  })
  .openapi("SitePatch");

export const siteSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    buildHook: z.string().openapi({ description: "Masked: host and last four characters." }),
    pacing: pacingSchema,
    createdAt: timeSchema,
    createdBy: actorSchema,
    updatedAt: timeSchema,
    build: z.object({
      status: z.enum(["idle", "pending", "running", "retrying", "paused"]),
      // A `nullable` one would be described as a build that may be null wherever there is a build.
      running: z.union([buildSchema, z.null()]),
      pending: z.union([buildSchema, z.null()]),
    }),
  })
  .openapi("Site");
