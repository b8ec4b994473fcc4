import { z } from "@hono/zod-openapi";
import { actorSchema, keptIdSchema, nameSchema, pageSchema, settingWarningsSchema, timeSchema } from "../schemas.ts";
import { conditionsSchema, conditionViewSchema } from "./conditionSchemas.ts";
import { brakeSchema, defaultWebhookSchema } from "./layerSchemas.ts";
import { verificationInputSchema, verificationViewSchema } from "./verificationSchemas.ts";

const verification = verificationInputSchema
  .nullable()
  .optional()
  .openapi({ description: "How senders are verified; null: only by the secret in the URL." });

/** The settings of a webhook besides its name. */
export const webhookSettings = {
  verification,
  only: conditionsSchema.optional(),
  strict: z.boolean().optional().openapi({
    description: "An unknown data source gets 422, and a body that is too long to store 413, instead of a warning.",
  }),
  keepRequests: z.boolean().optional().openapi({
    description:
      "Whether the log keeps the requests of deliveries from now on, encrypted: for sending them again, for `test-conditions`, and for checks of live pages. Default: true.",
  }),
};

const keepDefaultUntil = z.iso.datetime("must be a time in ISO 8601, as 2026-01-31T12:00:00Z").optional().openapi({
  description:
    "For the first webhook, which switches the default webhook off: until when the default webhook still works, at most seven days ahead.",
});

export const webhookCreateSchema = z
  .strictObject({ name: nameSchema, id: keptIdSchema.optional(), keepDefaultUntil, ...webhookSettings })
  .openapi("WebhookInput");
export const webhookPatchSchema = z
  .strictObject({ name: nameSchema.optional(), ...webhookSettings })
  .openapi("WebhookPatch");

export const webhookSchema = z
  .object({
    id: z.string().optional().openapi({ description: "The secret in the URL. Owner and Developer." }),
    ref: z.string().openapi({ description: "The public name, which logs and the audit log show." }),
    name: z.string(),
    url: z.string().optional().openapi({ description: "Owner and Developer." }),
    // A reader who may not see the URL does not learn that it can be guessed.
    warnings: settingWarningsSchema.optional(),
    createdAt: timeSchema,
    createdBy: actorSchema,
    // A `nullable` one would be described as a verification that may be null wherever there is one.
    verification: z.union([verificationViewSchema, z.null()]),
    only: z.array(conditionViewSchema),
    strict: z.boolean(),
    keepRequests: z.boolean(),
    filtered: z
      .union([z.object({ deliveries: z.number(), since: timeSchema }), z.null()])
      .optional()
      .openapi({
        description:
          "The webhook's last deliveries, if its conditions left out at least ten in a row: then they may be wrong, and `test-conditions` tells. At most the newest 50 lines of the log are looked at. Absent in the answer to a change.",
      }),
    brake: brakeSchema.optional().openapi({
      description:
        "Builds followed one another without a pause, so the brake of a site holds back what this webhook's deliveries want: for which site, and since when. It is so until the webhook has no delivery for 15 minutes, or a person builds the site now. Null: not so.",
    }),
    previous: z.union([z.object({ until: timeSchema, lastDeliveryAt: timeSchema.nullable() }), z.null()]).openapi({
      description:
        "The old URL while it still works: until when, and its last delivery (updated at most every ten minutes).",
    }),
  })
  .openapi("Webhook");

/** A week, for admins who have to find all senders first; 0 for a URL that has leaked. */
const KEEP_OLD_AT_MOST = 604_800;

export const rotateSchema = z
  .strictObject({
    keepOldForSeconds: z
      .number()
      .int("must be a whole number")
      .min(0, "must be at least 0")
      .max(KEEP_OLD_AT_MOST, `must be at most ${KEEP_OLD_AT_MOST}, which is seven days`)
      .default(86_400)
      .openapi({
        description: "How long the old URL works; 0: all old URLs stop working at once.",
      }),
  })
  .openapi("WebhookRotation");

export const webhookListSchema = pageSchema(webhookSchema)
  .extend({
    defaultWebhook: defaultWebhookSchema,
    restorable: z
      .array(
        z.object({
          id: z.string().optional().openapi({ description: "Owner and Developer." }),
          ref: z.string(),
          name: z.string(),
          createdAt: timeSchema,
          deletedAt: timeSchema,
          restorableUntil: timeSchema,
        }),
      )
      .openapi({ description: "Deleted webhooks that can be restored, newest first." }),
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
          "Senders that still call a deleted webhook, or the default webhook while it is off. Updated at most every ten minutes.",
      }),
  })
  .openapi("WebhookList");
