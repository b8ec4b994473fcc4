import { z } from "@hono/zod-openapi";
import { WAITING_FOR } from "../../core/slot/pace.ts";
import { countedReasons } from "../../core/slot/unbuilt.ts";
import { actorSchema, timeSchema } from "../schemas.ts";
import { manifestSchema } from "./manifestSchemas.ts";
import { stagedFields, standingFields } from "./stageSchemas.ts";

const scopeSchema = z.union([z.literal("all"), z.array(z.string())]);
const statuses = ["pending", "running", "retrying", "succeeded", "failed", "cancelled", "superseded"] as const;

const triggerSchema = z
  .object({
    type: z.enum(["webhook", "manual", "configuration", "build", "schedule", "catch-up"]),
    id: z.string(),
    at: timeSchema,
    webhook: z.union([z.literal("default"), z.object({ ref: z.string(), name: z.string() })]).optional(),
    actor: actorSchema.optional(),
  })
  .openapi("Trigger");

const buildTriggerSchema = triggerSchema.partial({ id: true }).openapi("BuildTrigger", {
  description: "A token of some data layers sees only `type` and `at`, unless one of these layers requested the build.",
});

const freshnessSchema = z.enum(["confirmed", "unconfirmed"]).nullable().openapi({
  description:
    "For probes: `unconfirmed` if Layerhook built because of a webhook although the answer had not changed; null: no probe has answered.",
});

const life = {
  id: z.string(),
  status: z.enum(statuses).openapi({
    description:
      "The current state or the result. A successful sync is shown as `failed` if a site failed, and as `retrying` if a site is held or retried: see `stage` and `reason`. `finishedAt` shows whether the sync has ended.",
  }),
  trigger: triggerSchema,
  attempts: z.number(),
  queuedAt: timeSchema,
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  claimRevision: z.number().nullable().openapi({
    description:
      "The revision of the sync's claim. The sync covers every delivery whose answer has a lower `revision`.",
  }),
  error: z.string().nullable(),
  supersededBy: z.string().nullable(),
};

/** What is known of a deploy at Netlify. */
export const deploySchema = z
  .object({
    id: z.string().nullable(),
    url: z.string().nullable(),
    state: z.enum(["building", "ready", "failed", "unheard"]).openapi({
      description: "`unheard`: the deploy started, but no notification of its end arrived in time.",
    }),
    publication: z.enum(["published", "locked", "unknown"]).openapi({
      description: "`locked`: visitors are kept on another deploy.",
    }),
    startedAt: timeSchema.nullable(),
    durationSeconds: z.number().nullable(),
    error: z.string().nullable(),
    foreign: z.boolean().openapi({ description: "Started by a push to Git, or by a person at Netlify." }),
  })
  .openapi("Deploy");

export const syncSchema = z
  .object({
    ...life,
    ...stagedFields,
    scope: scopeSchema,
    deliveries: z.number().openapi({
      description:
        "How many deliveries the sync covers. A single sync also counts deliveries that merged without a write.",
    }),
    deliveriesAtLeast: z.boolean().openapi({ description: "`deliveries` is a lower limit." }),
    freshness: freshnessSchema,
    dataSources: z.array(
      z.object({
        slug: z.string(),
        status: z.enum(statuses),
        attempts: z.number(),
        durationMs: z.number().nullable(),
        error: z.string().nullable(),
        message: z.string().nullable(),
        changed: z.boolean().nullable().openapi({
          description: "What the job or its version reported; true without a report; null: no answer yet.",
        }),
        countedBecause: z.enum(countedReasons).nullable().openapi({
          description:
            "Why the source counted as changed although `changed` is false. `unbuilt-change`: no site was built since an earlier change. `unanswered-call`: an earlier call got no answer, so its effect is unknown. `unconfirmed-publish`: a webhook announced a change that the probe did not see.",
        }),
        records: z.number().nullable(),
        freshness: freshnessSchema,
      }),
    ),
    sites: z.array(
      z.object({
        siteId: z.string(),
        name: z.string(),
        buildId: z.string().nullable(),
        outcome: z.enum(["queued", "coalesced", "missing"]).openapi({
          description:
            "`missing`: the site was deleted or cannot be read. The site is not built, and the sync is `failed`.",
        }),
        error: z.string().nullable().openapi({ description: "Why the site is missing; null: it exists." }),
        ...standingFields,
        finishedAt: timeSchema.nullable().optional().openapi({
          description: "When the build ended; null: not yet. Only for a single sync.",
        }),
        deploy: z
          .union([deploySchema, z.null()])
          .optional()
          .openapi({ description: "The build's deploy, if known. Only for a single sync." }),
      }),
    ),
    purge: z
      .object({
        outcome: z
          .enum(["purged", "failed", "skipped"])
          .openapi({ description: "`skipped`: no token, as on a local machine." }),
        tags: z.number().openapi({ description: "How many." }),
        error: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: "The result of the cache purge; null: none." }),
  })
  .openapi("Sync");

export const buildSchema = z
  .object({
    ...life,
    ...standingFields,
    trigger: buildTriggerSchema,
    requests: z.number().openapi({
      description:
        "How many syncs requested the build, at least. A token of some data layers sees only the requests of these layers.",
    }),
    causes: z.array(
      z.object({
        dataLayerId: z.string(),
        name: z.string(),
        syncId: z.string(),
        again: z.boolean().openapi({
          description: "An earlier build was made for it, and the pages did not show what was published.",
        }),
      }),
    ),
    branch: z.string().nullable().openapi({
      description: "The branch that a person requested for this build; null: the site's branch.",
    }),
    clearCache: z.boolean().openapi({
      description:
        "Whether a person requested a cleared build cache for this build. False: the site's setting applies.",
    }),
    message: z.string().nullable(),
    // A `nullable` one would be described as a deploy that may be null wherever there is a deploy.
    deploy: z.union([deploySchema, z.null()]),
    waitingFor: z.enum(WAITING_FOR).nullable().openapi({
      description:
        "What a build that has not started waits for: until no one publishes (`quiet`), the shortest time between two builds (`interval`), the day's or month's budget (`budget`), a pause after builds that follow one another without one (`brake`), the running build (`build`), credits of the team at Netlify (`credits`), or until builds are activated there (`builds-stopped`).",
    }),
    waitingUntil: timeSchema.nullable().openapi({ description: "Until when, if known." }),
    because: z.string().nullable().openapi({ description: "Why it waits, with the site's own numbers." }),
    buildNow: z
      .object({ credits: z.number(), text: z.string().openapi({ description: "The same in a sentence." }) })
      .nullable()
      .openapi({
        description:
          "What the build costs if it does not wait (`POST …/builds`); null: it does not wait for its pacing.",
      }),
    nextTryAt: timeSchema.nullable().openapi({
      description: "When a failed or held build is retried; null: never.",
    }),
    manifest: z.union([manifestSchema, z.null()]).optional().openapi({
      description: "What was published for the build; null: not started, or unknown. Only for a single build.",
    }),
  })
  .openapi("Build");

export const syncRequestSchema = z
  .strictObject({
    dataSource: z.string().optional().openapi({
      description: "A slug of the layer; where it has no data sources, any label, of which 64 characters are kept.",
    }),
  })
  .openapi("SyncRequest");

/** The answer to a publish, and to a manual sync. */
export const acceptedSchema = z
  .object({
    deliveryId: z.string().openapi({
      description:
        "The delivery in the log. For a sync that a person asked for, no delivery arrived: the sync's `trigger` has this id.",
    }),
    dataLayerId: z.string(),
    outcome: z.enum(["queued", "coalesced", "ignored"]).openapi({
      description: "`ignored`: the webhook's conditions do not match, or the request is a test. Only for publishes.",
    }),
    syncId: z.string().nullable().openapi({ description: "The sync that covers the delivery; null: ignored." }),
    revision: z.number().optional().openapi({ description: "Absent if the delivery was ignored." }),
    scope: scopeSchema,
    warnings: z.array(z.string()).openapi({
      description:
        "`UNKNOWN_DATA_SOURCE`: everything is synced. `BODY_NOT_KEPT`: the body is too long to keep, so its source is synced in full. `BODY_NOT_READABLE`: the body, or the value that a condition asks for, cannot be read, so it meets every condition of its webhook.",
    }),
    message: z.string().openapi({ description: "One sentence for the editor." }),
    code: z.string().optional().openapi({ description: "Why the delivery was ignored." }),
  })
  .openapi("Accepted");
