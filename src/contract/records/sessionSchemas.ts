import { z } from "@hono/zod-openapi";
import { actorSchema, timeSchema } from "../schemas.ts";

const shown = {
  actor: actorSchema,
  role: z.string(),
  via: z.string().openapi({ description: "How the caller signed in." }),
  dataLayers: z
    .array(z.string())
    .nullable()
    .openapi({ description: "The data layers that the caller sees. Null: all." }),
};
export const sessionSchema = z.object(shown).openapi("Session");
export const newSessionSchema = z.object({ ...shown, expiresAt: timeSchema }).openapi("NewSession");
