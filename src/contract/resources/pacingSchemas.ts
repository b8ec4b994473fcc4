import { z } from "@hono/zod-openapi";
import { type KnownPacing, pacingFrom } from "../../core/site/pacing.ts";
import { presetNames } from "../../core/slot/pace.ts";
import { presetText } from "../presetTexts.ts";

const seconds = (most: number) => z.int().min(0).max(most);
const budget = z.int().min(1).max(10_000).nullable();
const presets = z.enum(presetNames);
/** A schema for each field of a pacing. */
type Schemas = { readonly [N in keyof KnownPacing]: z.ZodType };

const describedAs = {
  description:
    "When a site is built. `preset` (standard, if it is left out) says everything that the other fields do not. Budgets count UTC days and months; null: none.",
};

/** The pacing of a site in an import. A file may hold what an earlier release stored and exported. */
export const keptPacingSchema = z
  .strictObject({
    preset: presets.optional().openapi({
      description: presetNames.map((name) => `\`${name}\`: ${presetText(name)}`).join(" "),
    }),
    quietSeconds: seconds(3600).optional(),
    maxWaitSeconds: seconds(86_400).optional(),
    minIntervalSeconds: seconds(604_800).optional(),
    dailyBuilds: budget.optional(),
    monthlyBuilds: budget.optional(),
    adapts: z.boolean().optional(),
  } satisfies Schemas)
  .refine(
    (given) => {
      const { quietSeconds, maxWaitSeconds } = pacingFrom(given);
      return maxWaitSeconds >= quietSeconds;
    },
    { path: ["maxWaitSeconds"], message: "must not be shorter than quietSeconds" },
  )
  .openapi("KeptPacingInput", describedAs);

/** The pacing of a site as a person gives it. */
export const pacingInputSchema = keptPacingSchema
  .refine(
    (given) => {
      const { dailyBuilds, monthlyBuilds } = pacingFrom(given);
      return dailyBuilds === null || monthlyBuilds === null || dailyBuilds <= monthlyBuilds;
    },
    {
      path: ["dailyBuilds"],
      message:
        "must not be more than monthlyBuilds, because a day's builds are also a month's; the preset saver has a monthlyBuilds of 18",
    },
  )
  .openapi("PacingInput", describedAs);

/** The pacing of a site with every number. */
export const pacingSchema = z
  .object({
    preset: presets.nullable().openapi({ description: "Null: the numbers match no preset." }),
    quietSeconds: z.number(),
    maxWaitSeconds: z.number(),
    minIntervalSeconds: z.number(),
    dailyBuilds: z.number().nullable(),
    monthlyBuilds: z.number().nullable(),
    adapts: z.boolean().openapi({
      description:
        "The quiet time follows how the site's editors publish, `quietSeconds` at most, and the month's builds are spread over the month.",
    }),
  } satisfies Schemas)
  .openapi("Pacing");
