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
  description:
    "A token of some data layers sees `type` and `at` alone, unless one of these layers asked for the build.",
});

const freshnessSchema = z.enum(["confirmed", "unconfirmed"]).nullable().openapi({
  description:
    "Of probes: `unconfirmed` if a webhook was believed although the answer had not changed; null: no probe has answered.",
});

const life = {
  id: z.string(),
  status: z.enum(statuses).openapi({
    description:
      "How it goes, or how it ended. One that ended well is shown as `failed` if a site failed, and as `retrying` if a site is held or tried again: `stage` and `reason` say more. `finishedAt` says whether it ended.",
  }),
  trigger: triggerSchema,
  attempts: z.number(),
  queuedAt: timeSchema,
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  claimRevision: z.number().nullable().openapi({
    description: "The revision of its claim. It covers every delivery whose answer has a lower `revision`.",
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
      description: "`locked`: it was built, and visitors are kept on another deploy.",
    }),
    startedAt: timeSchema.nullable(),
    durationSeconds: z.number().nullable(),
    error: z.string().nullable(),
    foreign: z
      .boolean()
      .openapi({ description: "It was begun elsewhere: by a push to Git, or by a person at Netlify." }),
  })
  .openapi("Deploy");

export const syncSchema = z
  .object({
    ...life,
    ...stagedFields,
    scope: scopeSchema,
    deliveries: z.number().openapi({
      description: "How many deliveries it covers. A single sync counts those of the log, also what merged unwritten.",
    }),
    deliveriesAtLeast: z.boolean().openapi({ description: "There may have been more deliveries than that." }),
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
          description: "What the job said, or what its version showed. Without both it is true; null: no answer yet.",
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
          description: "`missing`: the site was deleted or cannot be read. It is not built, and the sync is `failed`.",
        }),
        error: z.string().nullable().openapi({ description: "Why the site is missing; null: it is not." }),
        ...standingFields,
        finishedAt: timeSchema.nullable().optional().openapi({
          description: "When its build ended; null: it has not. Of a single sync alone.",
        }),
        deploy: z
          .union([deploySchema, z.null()])
          .optional()
          .openapi({ description: "The build's deploy, as far as it is known. Of a single sync alone." }),
      }),
    ),
    purge: z
      .object({
        outcome: z
          .enum(["purged", "failed", "skipped"])
          .openapi({ description: "`skipped`: locally, without a token." }),
        tags: z.number().openapi({ description: "How many." }),
        error: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: "What became of the layer's cache tags; null: they were not purged." }),
  })
  .openapi("Sync");

export const buildSchema = z
  .object({
    ...life,
    ...standingFields,
    trigger: buildTriggerSchema,
    requests: z.number().openapi({
      description:
        "How many syncs asked for it, at least. A token of some data layers sees how many of these layers did.",
    }),
    causes: z.array(z.object({ dataLayerId: z.string(), name: z.string(), syncId: z.string() })),
    branch: z.string().nullable().openapi({
      description: "The branch that a person asked for with this build; null: the site's own.",
    }),
    clearCache: z.boolean().openapi({
      description: "A person asked for a cleared build cache with this build. False: the site's own setting decides.",
    }),
    message: z.string().nullable(),
    // A `nullable` one would be described as a deploy that may be null wherever there is a deploy.
    deploy: z.union([deploySchema, z.null()]),
    waitingFor: z.enum(WAITING_FOR).nullable().openapi({
      description:
        "What a build that has not started waits for: until no one publishes (`quiet`), the shortest time between two builds (`interval`), the day's or month's budget (`budget`), a pause after builds that follow one another without one (`brake`), the running build (`build`), credits of the team at Netlify (`credits`), or until builds are activated there (`builds-stopped`).",
    }),
    waitingUntil: timeSchema.nullable().openapi({ description: "Until when, as far as it is known." }),
    nextTryAt: timeSchema.nullable().openapi({
      description: "When a failed or held build is tried again; null if it is not.",
    }),
    manifest: z.union([manifestSchema, z.null()]).optional().openapi({
      description: "What was published for it; null: it has not begun, or that is not known. Of a single build alone.",
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
    deliveryId: z.string(),
    dataLayerId: z.string(),
    outcome: z.enum(["queued", "coalesced", "ignored"]).openapi({
      description: "`ignored`: it is not what the webhook is for, or a test. Of publishes alone.",
    }),
    syncId: z.string().nullable().openapi({ description: "The sync that covers it; null: it was ignored." }),
    revision: z.number().optional().openapi({ description: "Absent if it was ignored." }),
    scope: scopeSchema,
    warnings: z.array(z.string()).openapi({
      description:
        "`UNKNOWN_DATA_SOURCE`: everything is synced. `BODY_NOT_KEPT`: the body is too long to keep, so its source is synced in full. `BODY_NOT_READABLE`: the body, or the value that a condition asks for, cannot be read, so it meets every condition of its webhook.",
    }),
    message: z.string().openapi({ description: "One sentence that an editor may read." }),
    code: z.string().optional().openapi({ description: "Why it was ignored." }),
  })
  .openapi("Accepted");
