import { z } from "@hono/zod-openapi";
import { TOKEN_LAYERS } from "../../core/limits.ts";
import { actorSchema, nameSchema, PARAM, pageSchema, plainNameSchema, timeSchema } from "../schemas.ts";

export const tokenCreateSchema = z
  .strictObject({
    name: nameSchema,
    role: plainNameSchema.max(40, "must have at most 40 characters").openapi({
      description: "Owner, Developer (or Collaborator); every other role can only read.",
    }),
    dataLayers: z
      .array(z.string().regex(PARAM, "is not the id of a data layer"))
      .min(1, "must name a data layer; leave it out for all of them")
      .max(TOKEN_LAYERS, `at most ${TOKEN_LAYERS} data layers`)
      .optional()
      .openapi({ description: "The data layers that the token can see and change. Default: all." }),
    expiresAt: z.iso
      .datetime({ error: "must be a time in UTC, as in 2030-01-31T12:00:00Z" })
      .optional()
      .openapi({ description: "When the token expires. Left out: never." }),
  })
  .openapi("TokenInput");

const shown = {
  id: z.string(),
  name: z.string(),
  role: z.string(),
  dataLayers: z.array(z.string()).nullable().openapi({ description: "Null: all." }),
  createdAt: timeSchema,
  createdBy: actorSchema,
  expiresAt: timeSchema.nullable(),
  expired: z.boolean(),
  lastUsedAt: timeSchema.nullable().openapi({ description: "Updated at most every ten minutes." }),
};

export const tokenSchema = z.object(shown).openapi("Token");
export const newTokenSchema = z
  .object({ ...shown, token: z.string().openapi({ description: "Shown only once." }) })
  .openapi("NewToken");

export const tokenListSchema = pageSchema(tokenSchema).openapi("TokenList");
