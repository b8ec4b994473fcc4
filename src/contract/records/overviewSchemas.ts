import { z } from "@hono/zod-openapi";
import { VERDICTS } from "../../core/stage/verdict.ts";
import { layerItemSchema, layerSchema } from "../resources/layerSchemas.ts";
import { siteSchema } from "../resources/siteSchemas.ts";
import { largePageCursor, largePageQuery, timeSchema, unreadableListSchema } from "../schemas.ts";
import { deliverySchema } from "./deliverySchemas.ts";
import { buildSchema, syncSchema } from "./syncSchemas.ts";

const lastSchema = z.object({
  id: z.string(),
  status: syncSchema.shape.status,
  at: timeSchema.openapi({ description: "When it ended, or when it was requested." }),
});

/** The filter for layers that fail, are held or are tried again. */
export const ATTENTION = "attention";

export const overviewQuery = z.strictObject({
  ...largePageQuery(/^[0-4]\.\d{15}\.[A-Za-z0-9_-]{1,128}$/).shape,
  q: z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(200, "must have at most 200 characters")
    .optional()
    .openapi({ description: "Only data layers whose name, description or id has this text. Case does not count." }),
  status: z
    .enum([...VERDICTS, ATTENTION])
    .optional()
    .openapi({
      description:
        "Only data layers that stand like this: their stage if it is a trouble, `paused`, or their stage or status. `attention`: every trouble, which is `failed`, `held` or `retrying`.",
    }),
});

export const overviewSchema = z
  .object({
    dataLayers: z.array(
      // Not `extend`: the description would have two forms that refuse each other's fields.
      z.object({
        ...layerItemSchema.shape,
        siteIds: z.array(z.string()),
        lastDeliveryAt: timeSchema
          .nullable()
          .openapi({ description: "When the last accepted delivery arrived, to the second." }),
        lastSync: z.union([lastSchema, z.null()]),
      }),
    ),
    sites: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        status: siteSchema.shape.build.shape.status,
        following: siteSchema.shape.following,
        preset: siteSchema.shape.pacing.shape.preset,
        lastBuild: z.union([lastSchema, z.null()]),
        hasBuilt: z.boolean().openapi({ description: "Whether a build started in one of the counted months." }),
      }),
    ),
    unreadable: z.object({ dataLayers: unreadableListSchema, sites: unreadableListSchema }).openapi({
      description: "Items that this release cannot read and leaves unchanged. The first page has all of them.",
    }),
    left: z.number().int().openapi({
      description:
        "The number of data layers and sites that this answer leaves out, because more than 1,000 have changed since the overview was last read. Ask again for the others.",
    }),
    nextCursor: largePageCursor,
    totals: z
      .object({
        dataLayers: z.number().int(),
        matching: z.number().int().openapi({ description: "The data layers that `q` and `status` want." }),
        needAttention: z.number().int().openapi({
          description: "The data layers that fail, are held or are tried again.",
        }),
        sites: z.number().int(),
      })
      .openapi({ description: "How many there are on all pages, without those in `unreadable` and `left`." }),
  })
  .openapi("Overview");

export const activityQuery = z.strictObject({
  hours: z
    .string()
    .regex(/^(?:[1-9]|[1-9]\d|1[0-5]\d|16[0-8])$/, "must be a number from 1 to 168")
    .default("24")
    .transform(Number)
    .openapi({ description: "How far to look back.", type: "string" }),
});

export const activitySchema = z
  .object({
    layer: layerSchema,
    arrived: z
      .array(z.object({ id: z.string(), at: timeSchema }))
      .openapi({ description: "The deliveries in that time, by arrival." }),
    deliveries: z
      .array(deliverySchema)
      .openapi({ description: "The latest deliveries in full, whenever they arrived." }),
    syncs: z.array(syncSchema).openapi({ description: "The syncs in that time, and pending or running syncs." }),
    sites: z.array(z.object({ siteId: z.string(), name: z.string(), builds: z.array(buildSchema) })),
    cut: z.boolean().openapi({ description: "The oldest events of that time are left out." }),
  })
  .openapi("Activity");
