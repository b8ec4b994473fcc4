import { z } from "@hono/zod-openapi";
import { SECOND } from "../../core/durations.ts";
import { planNames, RATES, RUNS } from "../../core/usage/credits.ts";
import { largePageCursor, largePageQuery, timeSchema } from "../schemas.ts";

export const usageQuery = z.strictObject({
  ...largePageQuery(/^(?:sites|layers)\/[A-Za-z0-9_-]{1,128}$/).shape,
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, "must be a UTC month like 2026-11")
    .optional()
    .openapi({ description: "A UTC month: this month or one of the twelve before. Default: this month." }),
});

const deliveries = z.number().openapi({
  description: "A lower limit: a delivery that merges within a second without a write is not counted.",
});
const syncs = z.number().openapi({ description: "Syncs that started, without retries." });
const unchangedSyncs = z.number().openapi({
  description: "Syncs in which no source reported a change, so no build was requested.",
});
const builds = z.number().openapi({
  description: "Calls of build hooks, including retries, without refused calls.",
});
const buildsAvoided = z.number().openapi({
  description:
    "Publishes × the sites that they ask for − the builds made for them: how many more a bare build hook would have made. A publish counts once its build is over, and a build for no publish (by hand, by schedule, or to heal) takes nothing away, so this never falls within a month. Builds saved by unchanged syncs are not included.",
});
const creditsSaved = z
  .number()
  .openapi({ description: `What these builds would have cost at Netlify, at ${RATES.build} credits.` });

const ofDays = (what: string) =>
  z.array(z.number()).openapi({
    description: `${what} of each UTC day, from the first of the month to the last day with any. Only this month and the one before are counted by day, and from the release on that began to count.`,
  });

const publishToLive = z
  .object({
    count: z.number(),
    p50Seconds: z.number().nullable(),
    p95Seconds: z.number().nullable(),
    histogram: z.array(z.object({ upToSeconds: z.number().nullable(), count: z.number() })),
  })
  .openapi({
    description:
      "How long it took from the first publish of a sync until a build of it was live, for each site. Half, and 95 of 100, took at most `p50Seconds` and `p95Seconds`: the upper bounds of their classes. Null: there were none, or they took longer than the last bound.",
  });

const planName = z.enum(planNames);

export const planInputSchema = z
  .strictObject({
    plan: z
      .union([planName, z.int().min(1).max(99_999_999)], {
        error: "must be free, personal, pro, or the plan's credits in a month",
      })
      .nullable()
      .openapi({
        description: "The plan by its name or by its credits in a month; null: nobody says, so Free counts.",
      }),
  })
  .openapi("PlanInput");

export const planSchema = z
  .object({
    plan: planName.nullable().openapi({ description: "The plan with as many credits; null: none has." }),
    credits: z.number().openapi({ description: "Its credits in a month." }),
    source: z.enum(["variable", "setting", "default"]).openapi({
      description:
        "Who says so: `LAYERHOOK_PLAN`, which counts before what is stored here, `PUT /plan`, or nobody, so that Free counts.",
    }),
  })
  .openapi("Plan");

export const usageSchema = z
  .object({
    month: z.string(),
    from: timeSchema,
    until: timeSchema,
    deliveries,
    syncs,
    unchangedSyncs,
    builds,
    buildsAvoided,
    creditsSaved,
    deliveriesByDay: ofDays("Deliveries"),
    buildsByDay: ofDays("Builds"),
    publishToLive,
    estimatedCredits: z.object({ running: z.number(), builds: z.number(), total: z.number() }).openapi({
      description: `What that costs on Netlify's self-serve plans. Running: ${RATES.gigabyteHour} a GB-hour of our own functions, at ${RUNS.delivery / SECOND} s a delivery, ${RUNS.tick / SECOND} s a tick, ${RUNS.worker / SECOND} s a worker beside the time it waits, and 2 for 10,000 requests; the dashboard and this API are not in it. Builds: ${RATES.build} each, but none for a build that another service makes.`,
    }),
    plan: z
      .object({
        credits: z.number().openapi({ description: "The credits of the plan in a month (`GET /plan`)." }),
        isKnown: z.boolean().openapi({ description: "False: nobody said which plan, so a Free one counts." }),
      })
      .openapi({ description: "What the builds of sites without a budget of their own are shared out from." }),
    forecast: z
      .object({
        credits: z.number().openapi({ description: "What the month will have cost." }),
        goneAt: timeSchema.nullable().openapi({
          description: "When the plan's credits are used up, or the day on which they were; null: not in this month.",
        }),
        text: z.string().openapi({ description: "Both in one sentence." }),
      })
      .nullable()
      .openapi({
        description:
          "What the month costs if it continues in the same way, in whole days; null: the month has ended. Visitors are not included.",
      }),
    complete: z.boolean().openapi({
      description:
        "False: a layer or a site is missing, because it could not be read, or was left to the next request.",
    }),
    left: z.number().int().openapi({
      description:
        "The number of data layers and sites that this answer leaves out, because more than 1,000 have changed since the usage was last read. Ask again for the others.",
    }),
    nextCursor: largePageCursor,
    dataLayers: z.array(
      z.object({
        dataLayerId: z.string(),
        name: z.string().nullable().openapi({ description: "Null: deleted." }),
        deliveries,
        deliveriesByDay: ofDays("Deliveries"),
        syncs,
        unchangedSyncs,
        publishToLive,
      }),
    ),
    sites: z
      .array(
        z.object({
          siteId: z.string(),
          name: z.string().nullable().openapi({ description: "Null: deleted." }),
          asked: z.number().openapi({ description: "How often a sync or a person requested a build." }),
          builds,
          buildsByDay: ofDays("Builds"),
          buildsAvoided,
          creditsSaved,
          estimatedCredits: z.number().openapi({
            description: `Its builds, at ${RATES.build} credits; 0 if another service makes them.`,
          }),
        }),
      )
      .openapi({
        description:
          "A layer or site that was deleted more than a day ago is only in the sums. Every page has the sums of all; the sites come before the layers.",
      }),
  })
  .openapi("Usage");
