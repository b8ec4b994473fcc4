import { z } from "@hono/zod-openapi";
import type { layerSettings } from "../../core/layer/layer.ts";
import { notificationFormats } from "../../core/layer/notification.ts";
import { NOTIFICATIONS, PURGE_TAG_BYTES, PURGE_TAGS, SITES, SOURCES } from "../../core/limits.ts";
import { buildEvents } from "../../core/site/buildEvents.ts";
import { alarmEvents } from "../../core/watch/alarmSchema.ts";
import { DIGEST } from "../../core/watch/digestSchema.ts";
import { liveCheckInput, liveCheckSchema } from "../records/liveCheckSchemas.ts";
import { ownerStandingFields, ownerStatuses } from "../records/stageSchemas.ts";
import { syncSchema } from "../records/syncSchemas.ts";
import {
  actorSchema,
  bytes,
  descriptionSchema,
  hookUrlSchema,
  keptIdSchema,
  nameSchema,
  settingWarningsSchema,
  timeSchema,
  urlSchema,
} from "../schemas.ts";
import { pacingInputSchema } from "./pacingSchemas.ts";
import { hookKindSchema } from "./siteSchemas.ts";
import { type Schemas, sourceInput, sourceSchema } from "./sourceSchemas.ts";
import { alarmsSchema, watchInput, watchShown } from "./watchSchemas.ts";

/** The events of a notification. */
export const notificationEvents = [
  "sync.succeeded",
  "sync.failed",
  "sync.cancelled",
  "sync.superseded",
  ...buildEvents,
  ...alarmEvents,
  "budget.at-risk",
  DIGEST,
] as const;

/** Reports every item whose key an earlier item has. */
export const unique =
  <T>(field: string, keyOf: (item: T) => string | undefined) =>
  (items: readonly T[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const key = keyOf(item);
      if (key === undefined) continue;
      if (seen.has(key)) context.addIssue({ code: "custom", path: [index, field], message: "is named twice" });
      seen.add(key);
    }
  };

const siteInput = z
  .strictObject({
    siteId: keptIdSchema.optional(),
    name: nameSchema.optional(),
    buildHook: hookUrlSchema.optional(),
    kind: hookKindSchema.optional(),
    pacing: pacingInputSchema.optional(),
  })
  .openapi("ConnectedSiteInput", { description: "Either `siteId`, or `name` and `buildHook` (creates the site)." })
  .transform((input, context) => {
    const { siteId, name, buildHook, kind, pacing } = input;
    const isNew = [name, buildHook, kind, pacing].some((given) => given !== undefined);
    if (siteId !== undefined && !isNew) return { siteId };
    if (siteId === undefined && name !== undefined && buildHook !== undefined) return { name, buildHook, kind, pacing };
    context.addIssue({ code: "custom", message: "must have either siteId, or name and buildHook" });
    return z.NEVER;
  });

export const notificationInput = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, "must have 1 to 64 of the characters A-Z a-z 0-9 _ -")
      .optional(),
    name: nameSchema,
    url: urlSchema.optional().openapi({ description: "May be left out for an existing `id`, which keeps its URL." }),
    events: z.array(z.enum(notificationEvents)).min(1).max(notificationEvents.length).optional().openapi({
      description:
        "The events to send. Default: `sync.failed`, `build.failed` and `build.held`; for a layer without data sources every build event.",
    }),
    format: z.enum(notificationFormats).optional().openapi({
      description:
        "How messages are written. `standard`: JSON, signed as Standard Webhooks. `slack`, `teams` (Workflows) and `discord`: the format of the service's incoming webhook, unsigned. Default: unchanged, or `standard`.",
    }),
  })
  .openapi("NotificationInput");

/** A cache tag is part of a header, where commas separate tags and only ASCII is sure to arrive. */
const TAG = /^[\x20-\x2b\x2d-\x7e]+$/;
const tagSchema = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .refine((tag) => TAG.test(tag), "may contain only ASCII characters, and no comma")
  .refine(...bytes(PURGE_TAG_BYTES));

// The platform compares cache tags without regard to case.
const sameTags = (tags: readonly string[]): boolean => new Set(tags.map((tag) => tag.toLowerCase())).size < tags.length;

const cachePurgeInput = z.strictObject({
  tags: z
    .array(tagSchema)
    .min(1, "at least one tag")
    .max(PURGE_TAGS, `at most ${PURGE_TAGS} tags`)
    .refine((tags) => !sameTags(tags), "must not name a tag twice; upper and lower case count as equal"),
  siteId: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, "must be the id of a Netlify site")
    .optional()
    .openapi({
      description:
        "The Netlify site whose cache is purged. Default: the site that Layerhook runs on. An Owner may name any site, a Developer the `netlifySiteId` of a site that the layer is connected to.",
    }),
});

export const layerFields = {
  description: descriptionSchema.optional(),
  dataSources: z
    .array(sourceInput)
    .max(SOURCES, `at most ${SOURCES} data sources`)
    .superRefine(unique("slug", ({ slug }) => slug))
    .optional(),
  connectedSites: z
    .array(siteInput)
    .max(SITES, `at most ${SITES} connected sites`)
    .superRefine(unique("siteId", (site) => ("siteId" in site ? site.siteId : undefined)))
    .optional(),
  notifications: z
    .array(notificationInput)
    .max(NOTIFICATIONS, `at most ${NOTIFICATIONS} notifications`)
    .superRefine(unique("id", ({ id }) => id))
    .optional(),
  cachePurge: cachePurgeInput.nullable().optional().openapi({
    description:
      "Cache tags to purge after each sync in which something changed. Replaced as a whole; null removes them.",
  }),
  defaultWebhook: z
    .enum(["on", "off"])
    .optional()
    .openapi({ description: "`off` switches the default webhook off permanently." }),
  ...({
    ...watchInput,
    buildAfterConfiguration: z.boolean().optional(),
    keepTitles: z.boolean().optional().openapi({
      description:
        "Keeps the titles of what is published in the log of deliveries, encrypted, and hands them to builds. The names in a subject are kept anyway.",
    }),
    live: liveCheckInput.nullable().optional().openapi({
      description:
        "How a publish is recognised on its page. Looked for after each deploy of a site with a `publicUrl`. Replaced as a whole; null takes it away.",
    }),
  } satisfies Schemas<typeof layerSettings>),
  paused: z.boolean().optional(),
};

export const layerCreateSchema = z
  .strictObject({
    name: nameSchema,
    id: keptIdSchema.optional().openapi({ description: "Owner only." }),
    ...layerFields,
  })
  .openapi("DataLayerInput");

export const layerPatchSchema = z
  .strictObject({ name: nameSchema.optional(), ...layerFields })
  .openapi("DataLayerPatch");

const statusSchema = z.enum(ownerStatuses).openapi({
  description:
    "`failed`: its last sync or one of its sites. `held`, `retrying`: one of its sites. An idle layer has nothing to do and no such site.",
});

export const layerItemSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    status: statusSchema,
    ...ownerStandingFields,
    counts: z.object({
      webhooks: z.number(),
      dataSources: z.number(),
      connectedSites: z.number(),
      notifications: z.number(),
    }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .openapi("DataLayerItem");

const secretSchema = z
  .string()
  .nullable()
  .optional()
  .openapi({ description: "Owner and Developer; null: encrypted with a key that Layerhook no longer has." });

/** The flag of a webhook whose deliveries met a site's brake. */
export const brakeSchema = z.union([
  z.object({
    siteId: z.string(),
    since: timeSchema,
    until: timeSchema.openapi({ description: "When the flag goes if no delivery comes until then." }),
  }),
  z.null(),
]);

export const defaultWebhookSchema = z
  .object({
    url: z.string().openapi({ description: "Visible to every member, because it contains only the data layer's id." }),
    enabled: z.boolean(),
    setting: z.enum(["on", "off"]).openapi({ description: "`off`: permanently off." }),
    keptUntil: timeSchema
      .nullable()
      .openapi({ description: "Until when the default webhook, which is switched off, still works." }),
    lastDeliveryAt: timeSchema.nullable().openapi({
      description: "Its last delivery while it still works (updated at most every ten minutes).",
    }),
    brake: brakeSchema.optional().openapi({ description: "As in a webhook." }),
    warnings: settingWarningsSchema,
  })
  .openapi("DefaultWebhook");

export const layerSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    status: statusSchema,
    ...ownerStandingFields,
    dataSources: z.array(sourceSchema),
    connectedSites: z.array(
      z.object({
        siteId: z.string(),
        name: z.string().optional(),
        missing: z
          .literal(true)
          .optional()
          .openapi({ description: "The site was deleted. Syncs with a change fail until the site is disconnected." }),
      }),
    ),
    notifications: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        url: z.string().openapi({ description: "Masked: host and last four characters." }),
        events: z.array(z.string()),
        format: z.enum(notificationFormats),
        lastTry: z
          .object({
            at: timeSchema,
            event: z.string(),
            syncId: z.string(),
            buildId: z.string().nullable().openapi({ description: "The build that the message was about, if any." }),
            outcome: z.enum(["sent", "failed"]),
            error: z.string().nullable(),
          })
          .nullable()
          .openapi({ description: "The result of the last attempt; null: none." }),
        waiting: z.number().int().openapi({ description: "Messages that wait to be sent or retried." }),
        secret: secretSchema,
      }),
    ),
    cachePurge: z.object({ tags: z.array(z.string()), siteId: z.string().nullable() }).nullable(),
    defaultWebhook: defaultWebhookSchema,
    alarms: alarmsSchema,
    ...({
      ...watchShown,
      buildAfterConfiguration: z.boolean(),
      keepTitles: z.boolean(),
      live: z.union([liveCheckSchema, z.null()]),
    } satisfies Schemas<typeof layerSettings>),
    paused: z.boolean(),
    createdAt: timeSchema,
    createdBy: actorSchema,
    updatedAt: timeSchema,
    sync: z.object({
      status: statusSchema,
      // A `nullable` one would be described as a sync that may be null wherever there is a sync.
      running: z.union([syncSchema, z.null()]),
      pending: z.union([syncSchema, z.null()]),
      retrying: z.array(
        z.object({
          slug: z.string(),
          syncId: z.string(),
          attempts: z.number(),
          due: timeSchema,
          error: z.string(),
        }),
      ),
    }),
  })
  .openapi("DataLayer");

export const rotatedSchema = z
  .object({ secret: z.string(), previousSecretExpiresAt: timeSchema })
  .openapi("RotatedSecret");
