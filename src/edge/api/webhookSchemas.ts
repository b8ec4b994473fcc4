import { z } from "@hono/zod-openapi";
import { defaultWebhookSchema } from "./layerSchemas.ts";
import { actorSchema, keptIdSchema, nameSchema, pageSchema, timeSchema } from "./schemas.ts";
import { verificationInputSchema, verificationViewSchema } from "./verificationSchemas.ts";

const verification = verificationInputSchema
  .nullable()
  .optional()
  .openapi({ description: "How its senders prove who they are; null: by the secret in its URL alone." });

export const webhookCreateSchema = z
  .strictObject({ name: nameSchema, id: keptIdSchema.optional(), verification })
  .openapi("WebhookInput");
export const webhookPatchSchema = z.strictObject({ name: nameSchema.optional(), verification }).openapi("WebhookPatch");

export const webhookSchema = z
  .object({
    id: z.string().optional().openapi({ description: "The secret in the URL. Owner and Developer." }),
    ref: z.string().openapi({ description: "The public name, by which logs and the audit log speak of it." }),
    name: z.string(),
    url: z.string().optional().openapi({ description: "Owner and Developer." }),
    createdAt: timeSchema,
    createdBy: actorSchema,
    // A `nullable` one would be described as a verification that may be null wherever there is one.
    verification: z.union([verificationViewSchema, z.null()]),
  })
  .openapi("Webhook");

export const webhookListSchema = pageSchema(webhookSchema)
  .extend({
    defaultWebhook: defaultWebhookSchema,
    calledInVain: z
      .array(
        z.object({
          webhook: z.union([z.literal("default"), z.object({ ref: z.string(), name: z.string() })]),
          deletedAt: timeSchema.nullable(),
          since: timeSchema,
          lastAt: timeSchema,
          userAgent: z.string().nullable(),
        }),
      )
      .openapi({
        description:
          "Who still calls a deleted webhook, or the default one while it is off. Noted at most once in ten minutes.",
      }),
  })
  .openapi("WebhookList");
