import { z } from "@hono/zod-openapi";
import { SECOND } from "../../core/durations.ts";
import { RATES, RUNS } from "../../core/usage/credits.ts";
import { timeSchema } from "../schemas.ts";

export const usageQuery = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, "must be a UTC month like 2026-11")
    .optional()
    .openapi({ description: "A UTC month, of this one and the twelve before it; this one, if it is left out." }),
});

const deliveries = z.number().openapi({
  description:
    "At least so many: one that was answered from the read alone, within a second after another, is not counted.",
});
const syncs = z.number().openapi({ description: "Syncs that began, retries not counted." });
const unchangedSyncs = z.number().openapi({
  description: "Syncs in which every source said that nothing had changed: no site was asked for a build.",
});
const builds = z.number().openapi({
  description: "Calls of build hooks, tries after a failure included, without those that were answered with a refusal.",
});
const buildsAvoided = z.number().openapi({
  description:
    "How often a site was asked for a build while one was pending already, so that one build served both. What an unchanged sync saved is not in it.",
});

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
    estimatedCredits: z.object({ running: z.number(), builds: z.number(), total: z.number() }).openapi({
      description: `What that costs on Netlify's self-serve plans. Running: ${RATES.gigabyteHour} a GB-hour of our own functions, at ${RUNS.delivery / SECOND} s a delivery, ${RUNS.tick / SECOND} s a tick, ${RUNS.worker / SECOND} s a worker beside the time it waits, and 2 for 10,000 requests; the dashboard and this API are not in it. Builds: ${RATES.build} each.`,
    }),
    complete: z.boolean().openapi({ description: "False: a layer or a site could not be read, and is missing here." }),
    dataLayers: z.array(
      z.object({
        dataLayerId: z.string(),
        name: z.string().nullable().openapi({ description: "Null: it was deleted." }),
        deliveries,
        syncs,
        unchangedSyncs,
      }),
    ),
    sites: z
      .array(
        z.object({
          siteId: z.string(),
          name: z.string().nullable().openapi({ description: "Null: it was deleted." }),
          asked: z.number().openapi({ description: "How often a sync or a person asked for a build." }),
          builds,
          buildsAvoided,
          estimatedCredits: z.number().openapi({ description: `Its builds, at ${RATES.build} credits.` }),
        }),
      )
      .openapi({ description: "One that was deleted more than a day ago is in the sums alone." }),
  })
  .openapi("Usage");
