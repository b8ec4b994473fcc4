import { z } from "@hono/zod-openapi";
import { BRANCH_BYTES } from "../../core/limits.ts";
import { HOOK_KINDS } from "../../core/site/hookKind.ts";
import { siteSettings } from "../../core/site/siteSettings.ts";
import { pageSeenSchema } from "../records/pageSchemas.ts";
import { ownerStandingFields, ownerStatuses } from "../records/stageSchemas.ts";
import { buildSchema, deploySchema } from "../records/syncSchemas.ts";
import { actorSchema, bytes, hookUrlSchema, nameSchema, timeSchema, urlSchema } from "../schemas.ts";
import { pacingInputSchema, pacingSchema } from "./pacingSchemas.ts";
import type { Schemas } from "./sourceSchemas.ts";

const netlifySiteIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{8,64}$/, "must be the site's id at Netlify (Project configuration, Project details)")
  .nullable()
  .openapi({
    description:
      "The site's id at Netlify. With LAYERHOOK_NETLIFY_TOKEN, Layerhook starts and tracks builds with Netlify's API. Only an Owner can set or change the id. Null: none.",
  });

export const hookKindSchema = z.enum(HOOK_KINDS).openapi({
  description:
    "What the build hook is. `netlify` (the default): https://api.netlify.com/build_hooks/<id>, with a query or without. `other`: a URL of another service. A loopback URL needs no kind where such URLs are allowed.",
});

/** What Git allows in the name of a branch, and a length that fits a URL. */
const branchSchema = z
  .string()
  .regex(/^[^\s~^:?*[\\/.-][^\s~^:?*[\\]*$/, "must be the name of a Git branch, such as main or feature/search")
  .refine((branch) => !/[\p{Cc}\p{Cs}]/u.test(branch), "must not contain control characters")
  .refine(...bytes(BRANCH_BYTES));

/** The address of a site's pages: without a query, because paths are added to it. */
const publicUrlSchema = urlSchema.refine((url) => !/[?#]/.test(url), "must have no query and no fragment");

const settingsInput = {
  branch: branchSchema.nullable().optional().openapi({ description: siteSettings.branch.means }),
  clearCache: z.boolean().optional().openapi({ description: siteSettings.clearCache.means }),
  publicUrl: publicUrlSchema.nullable().optional().openapi({ description: siteSettings.publicUrl.means }),
  rebuildStale: z.boolean().optional().openapi({ description: siteSettings.rebuildStale.means }),
} satisfies Schemas<typeof siteSettings>;

export const buildInputSchema = z
  .strictObject({
    branch: branchSchema.optional().openapi({
      description:
        "The branch of this build only. If a publish joins the build before the start, the site's branch is built.",
    }),
    clearCache: z.boolean().optional().openapi({ description: "Clears the build cache for this build." }),
  })
  .openapi("BuildInput");

export const siteCreateSchema = z
  .strictObject({
    name: nameSchema,
    buildHook: hookUrlSchema,
    kind: hookKindSchema.optional(),
    pacing: pacingInputSchema.optional(),
    netlifySiteId: netlifySiteIdSchema.optional(),
    ...settingsInput,
  })
  .openapi("SiteInput");
export const sitePatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    buildHook: hookUrlSchema.optional(),
    kind: hookKindSchema.optional(),
    pacing: pacingInputSchema.optional(),
    netlifySiteId: netlifySiteIdSchema.optional(),
    ...settingsInput,
  })
  .openapi("SitePatch");

export const siteSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    buildHook: z.string().openapi({ description: "Masked: host and last four characters." }),
    kind: hookKindSchema,
    pacing: pacingSchema,
    netlifySiteId: netlifySiteIdSchema,
    ...({
      branch: z.string().nullable(),
      clearCache: z.boolean(),
      publicUrl: z.string().nullable(),
      rebuildStale: z.boolean(),
    } satisfies Schemas<typeof siteSettings>),
    page: z.union([pageSeenSchema, z.null()]),
    following: z.enum(["notifications", "token", "none"]).openapi({
      description: "How deploys are tracked. `none`: a build is marked done as soon as the build hook responds.",
    }),
    deployNotifications: z.object({
      enabled: z.boolean().openapi({ description: "Whether the site has a URL for deploy notifications." }),
      heardAt: timeSchema.nullable(),
      events: z
        .array(z.object({ event: z.string(), heardAt: timeSchema.nullable() }))
        .openapi({ description: "When each event was last received, by Netlify's names; null: never." }),
    }),
    locked: z.boolean().openapi({ description: "Visitors are kept on one deploy, and new builds are not published." }),
    liveDeployId: z.string().nullable().openapi({ description: "The deploy that visitors see, if known." }),
    deploys: z.array(deploySchema).openapi({
      description: "The latest production deploys that Netlify reported, newest report first.",
    }),
    createdAt: timeSchema,
    createdBy: actorSchema,
    updatedAt: timeSchema,
    build: z.object({
      status: z.enum(ownerStatuses).openapi({
        description: "`failed`: its last build. `held`, `retrying`: the next one, see `reason` and `until`.",
      }),
      ...ownerStandingFields,
      waitingFor: buildSchema.shape.waitingFor,
      // A `nullable` one would be described as a build that may be null wherever there is a build.
      running: z.union([buildSchema, z.null()]),
      pending: z.union([buildSchema, z.null()]),
      retrying: z.union([buildSchema, z.null()]).openapi({
        description: "The failed or held build, which is retried at `nextTryAt`.",
      }),
    }),
  })
  .openapi("Site");

/** What a build hook answered to a test. */
export const hookTestedSchema = z
  .object({
    buildId: z.string().openapi({ description: "The build that records the test." }),
    accepted: z
      .boolean()
      .openapi({ description: "Whether the build hook accepted the request, so that a build starts." }),
    status: z.number().int().nullable().openapi({ description: "The status of the answer; null: no answer." }),
    answer: z.string().openapi({ description: "The first 200 characters of the answer, without the hook's id." }),
    durationMs: z.number().int(),
    meaning: z.string().openapi({ description: "What the answer means, and what to do." }),
  })
  .openapi("HookTested");

const remainingSchema = z
  .array(z.object({ event: z.string(), id: z.string(), error: z.string() }))
  .openapi({ description: "Notifications that remain at Netlify, by their ids. Delete them by hand." });

/** The notifications at Netlify that could not be removed. */
export const remainingHooksSchema = z.object({ remaining: remainingSchema }).openapi("RemainingDeployNotifications");

/** A file for the site that is built, which reports its deploys instead of Netlify's forms. */
export const deployFunctionSchema = z
  .object({
    path: z.string().openapi({ description: "The path of the file in the site's repository." }),
    source: z.string(),
    environment: z
      .record(z.string(), z.string())
      .openapi({ description: "The environment variables of the built site. They contain secrets." }),
  })
  .openapi("DeployFunction");

/** The URL for a site's deploy notifications, shown once. */
export const receiverSchema = z
  .object({
    url: z.string().openapi({ description: "The URL to notify, which contains a secret." }),
    signingSecret: z.string().openapi({ description: "The JWS secret token." }),
    events: z.array(z.string()).openapi({ description: "The events that need a notification." }),
    previousUntil: timeSchema
      .nullable()
      .openapi({ description: "Until when the old URL also works; null: there was none." }),
    registered: z
      .array(z.object({ event: z.string(), error: z.string().nullable() }))
      .nullable()
      .openapi({
        description:
          "With `register=true`: each event, and why its notification could not be created at Netlify; null: it was created. Create a missing notification by hand.",
      }),
    remaining: remainingSchema,
    function: deployFunctionSchema,
  })
  .openapi("DeployNotificationsAddress");
