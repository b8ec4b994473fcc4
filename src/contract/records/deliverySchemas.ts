import { z } from "@hono/zod-openapi";
import { pageSchema, timeSchema } from "../schemas.ts";
import { stagedFields } from "./stageSchemas.ts";
import { buildSchema, syncSchema } from "./syncSchemas.ts";

export const deliverySchema = z
  .object({
    id: z.string(),
    receivedAt: timeSchema,
    webhook: z.union([z.literal("default"), z.object({ ref: z.string(), name: z.string() })]),
    dataSource: z.string().nullable().openapi({ description: "What the sender named, as it came." }),
    outcome: z.enum(["queued", "coalesced", "refused", "ignored"]),
    code: z
      .string()
      .nullable()
      .openapi({ description: "Why it was refused or ignored: `HANDSHAKE`, `TEST` and `FILTERED` are ignored." }),
    cause: z.string().nullable().openapi({ description: "The same in words." }),
    warnings: z.array(z.string()).openapi({ description: "As in the answer to the publish." }),
    syncId: z.string().nullable().openapi({ description: "The sync that covers it." }),
    bytes: z.number().openapi({ description: "Of its body; of one that was not read to its end, at least so many." }),
    userAgent: z.string().nullable(),
    subject: z
      .object({ event: z.string().nullable(), type: z.string().nullable(), id: z.string().nullable() })
      .nullable()
      .openapi({ description: "What was published, as far as the sender is known; never content." }),
    secret: z
      .enum(["current", "previous"])
      .nullable()
      .openapi({ description: "Which of the webhook's secrets proved its sender." }),
    formerUrl: z.boolean().openapi({ description: "It came by a URL that the webhook had before." }),
    ...stagedFields,
    otherHost: z.string().nullable().openapi({
      description:
        "The host that was called, if it is not that of the webhook's URL as it is shown. Such a host may redirect one day, and a redirect loses publishes. Null: it is the same.",
    }),
    unlogged: z.number().openapi({ description: "So many refusals before it were not logged: a flood is sampled." }),
  })
  .openapi("Delivery");

export const deliveryDetailSchema = z
  .object({
    ...deliverySchema.shape,
    sync: z.union([syncSchema, z.null()]).openapi({
      description:
        "The sync that covers it; of a superseded one the sync that took over. Null: it was refused or ignored, or the record is no longer kept.",
    }),
    sites: z
      .array(
        z.object({
          siteId: z.string(),
          name: z.string(),
          build: z.union([buildSchema, z.null()]).openapi({
            description: "The build that the sync requested, with its deploy; null: its record is no longer kept.",
          }),
          liveDeployId: z.string().nullable().openapi({ description: "The deploy that visitors see." }),
        }),
      )
      .openapi({ description: "The sites that the sync requested builds of." }),
  })
  .openapi("DeliveryDetail");

export const deliveryListSchema = pageSchema(deliverySchema).openapi("DeliveryList");
