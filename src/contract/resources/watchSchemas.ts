import { z } from "@hono/zod-openapi";
import { QUIET_HOURS } from "../../core/watch/quietHours.ts";
import { watchSettings } from "../../core/watch/watchSettings.ts";
import { timeSchema } from "../schemas.ts";
import type { Schemas } from "./sourceSchemas.ts";

const { overdueMinutes, silentHours, quietHours } = watchSettings;

const whole = (least: number, most: number) =>
  z.number().int("must be a whole number").min(least, `must be at least ${least}`).max(most, `must be at most ${most}`);

/** The settings of a layer that say when something is missing, as they are given. */
export const watchInput = {
  overdueMinutes: whole(5, 1440).optional().openapi({ description: overdueMinutes.means }),
  silentHours: whole(1, 8760).nullable().optional().openapi({ description: silentHours.means }),
  quietHours: z
    .string()
    .regex(QUIET_HOURS, "must be two hours from 0 to 23 in UTC, as in 22-7")
    .refine((text) => new Set(text.split("-").map(Number)).size === 2, "must begin and end in different hours")
    .nullable()
    .optional()
    .openapi({ description: quietHours.means }),
} satisfies Schemas<typeof watchSettings>;

/** The same as they are shown. */
export const watchShown = {
  overdueMinutes: z.number(),
  silentHours: z.number().nullable(),
  quietHours: z.string().nullable(),
} satisfies Schemas<typeof watchSettings>;

/** What is missing at a layer and was told. */
export const alarmsSchema = z
  .array(z.object({ event: z.string(), since: timeSchema }))
  .openapi({ description: "What did not happen, as far as a notification announces it. The notification was sent." });
