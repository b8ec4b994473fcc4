import { z } from "@hono/zod-openapi";
import { NOTIFICATIONS, PAGE_ITEMS, SITES, SOURCES, WEBHOOKS } from "../../core/limits.ts";
import { hookUrlSchema, keptIdSchema, nameSchema, pageQuery } from "../schemas.ts";
import { layerFields, notificationInput, unique } from "./layerSchemas.ts";
import { keptPacingSchema } from "./pacingSchemas.ts";
import { siteCreateSchema } from "./siteSchemas.ts";
import { signingSecretInput, sourceConfiguration } from "./sourceSchemas.ts";
import { webhookSettings } from "./webhookSchemas.ts";

/** The version of the document's format. */
export const SCHEMA_VERSION = 1;

const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true");

const { limit, cursor } = pageQuery(/^(?:sites|layers)\/[A-Za-z0-9_-]{1,128}$/).shape;

/** Without `limit` and `cursor`, the export is one document. */
export const exportQuery = z.strictObject({
  secrets: flag,
  limit: limit.openapi({
    type: "string",
    description: `Returns a page of about this many documents, from 1 to ${PAGE_ITEMS}.`,
  }),
  cursor,
});

/** A place in the order of all layers and sites, by their ids in configuration documents. */
const place = z
  .string()
  .regex(/^$|^(?:sites|layers)\/[A-Za-z0-9_-]{0,128}$/, "must be `layers/` or `sites/`, and an id or nothing")
  .default("");

const prunes = { true: "all", false: "none", webhooks: "webhooks" } as const;

export const importQuery = z
  .strictObject({
    dryRun: flag,
    prune: z
      .enum(["true", "false", "webhooks"])
      .default("false")
      .transform((text) => prunes[text])
      .openapi({
        type: "string",
        description:
          "`true`: deletes every site, layer and webhook that the document does not contain. `webhooks`: deletes only webhooks of the document's layers.",
      }),
    from: place.openapi({
      description:
        "With `prune=true`, where the layers and sites that may be deleted begin: `layers/` or `sites/`, and an id in the document. All layers come before all sites, so a long document is pruned in parts.",
    }),
    until: place.openapi({
      description: "The same for where they end: the first one that stays. Empty: to the last one.",
    }),
  })
  .refine(({ prune, from, until }) => prune === "all" || (from === "" && until === ""), {
    path: ["from"],
    message: "needs `prune=true`, as does `until`",
  });

const webhookConfiguration = z.strictObject({
  ref: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, "must have 1 to 64 of the characters A-Z a-z 0-9 _ -")
    .optional(),
  name: nameSchema,
  id: keptIdSchema
    .optional()
    .openapi({ description: "The secret in the URL of a new webhook. Default: a new secret." }),
  ...webhookSettings,
});

const siteConfiguration = z
  .strictObject({
    ...siteCreateSchema.shape,
    id: keptIdSchema,
    buildHook: hookUrlSchema.optional(),
    pacing: keptPacingSchema.optional(),
  })
  .openapi("SiteConfiguration");

const layerConfiguration = z
  .strictObject({
    ...layerFields,
    id: keptIdSchema,
    name: nameSchema,
    dataSources: z
      .array(sourceConfiguration)
      .max(SOURCES, `at most ${SOURCES} data sources`)
      .superRefine(unique("slug", ({ slug }) => slug))
      .optional(),
    connectedSites: z
      .array(z.strictObject({ siteId: keptIdSchema }))
      .max(SITES, `at most ${SITES} connected sites`)
      .superRefine(unique("siteId", ({ siteId }) => siteId))
      .optional(),
    notifications: z
      .array(z.strictObject({ ...notificationInput.shape, secret: signingSecretInput.optional() }))
      .max(NOTIFICATIONS, `at most ${NOTIFICATIONS} notifications`)
      .superRefine(unique("id", ({ id }) => id))
      .optional(),
    webhooks: z
      .array(webhookConfiguration)
      .max(WEBHOOKS, `at most ${WEBHOOKS} webhooks`)
      .superRefine(unique("ref", ({ ref }) => ref))
      .superRefine(unique("id", ({ id }) => id))
      .optional(),
  })
  .openapi("DataLayerConfiguration", { description: "Settings that are left out stay unchanged." });

// Both lists are required: with `prune`, a forgotten list would delete everything that it should have named.
export const configurationSchema = z
  .strictObject({
    schemaVersion: z.literal(SCHEMA_VERSION, `must be ${SCHEMA_VERSION}`),
    secrets: z.boolean().optional().openapi({ description: "Whether the document contains secrets." }),
    sites: z.array(siteConfiguration).superRefine(unique("id", ({ id }) => id)),
    dataLayers: z.array(layerConfiguration).superRefine(unique("id", ({ id }) => id)),
  })
  .openapi("Configuration");

/**
 * An export or a page of one. A page cannot be imported as it is, because an import refuses `nextCursor` as an unknown
 * field.
 */
export const exportedSchema = z
  .strictObject({
    ...configurationSchema.shape,
    nextCursor: z.string().nullable().optional().openapi({
      description: "Only for a page: the start of the next page; null: the last page.",
    }),
  })
  .openapi("ExportedConfiguration");

const actions = ["create", "update", "delete", "unchanged"] as const;

export const importedSchema = z
  .object({
    dryRun: z.boolean(),
    counts: z.object({ create: z.number(), update: z.number(), delete: z.number(), unchanged: z.number() }),
    changes: z.array(
      z.object({
        type: z.enum(["site", "data_layer", "webhook"]),
        id: z.string().nullable().openapi({ description: "The ref of a webhook; null: none yet." }),
        name: z.string(),
        dataLayerId: z.string().nullable(),
        action: z.enum(actions),
        fields: z.array(z.string()),
      }),
    ),
  })
  .openapi("ImportedConfiguration");
