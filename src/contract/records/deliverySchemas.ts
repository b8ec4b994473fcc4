import { z } from "@hono/zod-openapi";
import { STAGES } from "../../core/stage/stage.ts";
import { pageQuery, pageSchema, timeSchema } from "../schemas.ts";
import { onPageSchema } from "./liveCheckSchemas.ts";
import { subjectFields } from "./manifestSchemas.ts";
import { pageSeenSchema } from "./pageSchemas.ts";
import { stagedFields } from "./stageSchemas.ts";
import { buildSchema, syncSchema } from "./syncSchemas.ts";

const OUTCOMES = ["queued", "coalesced", "refused", "ignored"] as const;

const orNull = <T>(value: T | undefined): T | null => value ?? null;
const timeOrNull = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));
const oneOf = (values: readonly string[]) => ({ error: `must be one of ${values.join(", ")}` });

/** Positions in a list of deliveries. That of a filtered list ends in the fingerprint of its filters. */
const DELIVERY_POSITION = /^[A-Za-z0-9_-]{8,128}(?:~[A-Za-z0-9_-]{8})?$/;

const deliveryFilters = z.object({
  q: z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(200, "must have at most 200 characters")
    .optional()
    .transform(orNull)
    .openapi({
      type: "string",
      description: "A part of the event, type or id of what was published, as `subject` has them, in any case.",
    }),
  outcome: z.enum(OUTCOMES, oneOf(OUTCOMES)).optional().transform(orNull),
  webhook: z
    .string()
    .regex(/^(?:default|wh_[A-Za-z0-9]{1,32})$/, "must be `default` or the `ref` of a webhook (`wh_…`), not its id")
    .optional()
    .transform(orNull)
    .openapi({ type: "string", description: "The `ref` of a webhook, also of a deleted one, or `default`." }),
  source: z
    .string()
    .trim()
    .regex(/^[^,]*$/, "must be one name, without a comma")
    .min(1, "must not be empty")
    .max(200, "must have at most 200 characters")
    .optional()
    .transform(orNull)
    .openapi({
      type: "string",
      description:
        "A name that the sender gave: the slug of a data source, or any label of a layer without data sources.",
    }),
  stage: z.enum(STAGES, oneOf(STAGES)).optional().transform(orNull),
  from: timeSchema
    .optional()
    .transform(timeOrNull)
    .openapi({ type: "string", description: "Received at or after this time." }),
  until: timeSchema
    .optional()
    .transform(timeOrNull)
    .openapi({ type: "string", description: "Received before this time." }),
});

/** The query of a list of deliveries: its page and its filters. */
export const deliveriesQuery = z
  .object({ ...pageQuery(DELIVERY_POSITION).shape, ...deliveryFilters.shape })
  .refine(({ from, until }) => from === null || until === null || from < until, {
    path: ["until"],
    message: "must be later than `from`",
  });

export const deliverySchema = z
  .object({
    id: z.string(),
    receivedAt: timeSchema,
    webhook: z.union([z.literal("default"), z.object({ ref: z.string(), name: z.string() })]),
    dataSource: z.string().nullable().openapi({ description: "The source that the sender named, unchanged." }),
    outcome: z.enum(OUTCOMES),
    code: z.string().nullable().openapi({
      description:
        "Why the delivery was refused or ignored. `HANDSHAKE`, `TEST` and `FILTERED` are ignored. `REPEATED`: the sender sent it twice. `RESENT`: a person sent an earlier delivery again.",
    }),
    cause: z.string().nullable().openapi({ description: "The reason in words." }),
    hint: z.string().nullable().openapi({
      description:
        "Other webhook settings with which the refused signature would match. Owner and Developer; null for others.",
    }),
    handshake: z.union([z.object({ token: z.string(), until: timeSchema }), z.null()]).openapi({
      description:
        "The token of a handshake that a person must enter, such as Notion's. Shown for an hour to Owner and Developer; null for others.",
    }),
    warnings: z.array(z.string()).openapi({ description: "As in the answer to the publish." }),
    syncId: z.string().nullable().openapi({ description: "The sync that covers the delivery." }),
    bytes: z
      .number()
      .openapi({ description: "The length of the body; a lower limit if the body was not read completely." }),
    userAgent: z.string().nullable(),
    subject: z
      .object({ ...subjectFields })
      .nullable()
      .openapi({ description: "What was published, if Layerhook knows the sender's format." }),
    secret: z
      .enum(["current", "previous"])
      .nullable()
      .openapi({ description: "Which of the webhook's secrets verified the sender." }),
    formerUrl: z.boolean().openapi({ description: "The delivery used an old URL of the webhook." }),
    ...stagedFields,
    otherHost: z.string().nullable().openapi({
      description:
        "The host that was called, if it differs from the host of the webhook's URL. Such a host may redirect one day, and a redirect loses publishes. Null: the same host.",
    }),
    unlogged: z
      .number()
      .openapi({ description: "How many earlier refusals were not logged, because a flood is sampled." }),
  })
  .openapi("Delivery");

export const deliveryDetailSchema = z
  .object({
    ...deliverySchema.shape,
    sync: z.union([syncSchema, z.null()]).openapi({
      description:
        "The sync that covers it; of a superseded one the sync that took over. Null: the delivery was refused or ignored, or the record is no longer kept.",
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
          page: z.union([pageSeenSchema, z.null()]),
          onPage: z.union([onPageSchema, z.null()]),
        }),
      )
      .openapi({ description: "The sites that the sync requested builds of." }),
    pageUrl: z.string().nullable().openapi({
      description:
        "The page that is looked at for it, by the layer's `live` of now. Owner and Developer; null for others, without `live`, and where a value is missing.",
    }),
  })
  .openapi("DeliveryDetail");

export const deliveryListSchema = pageSchema(deliverySchema).openapi("DeliveryList");
