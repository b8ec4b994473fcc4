import { z } from "zod/mini";
import type { Settings } from "../layer/settings.ts";

/** The plain settings of a layer that say when something is missing. */
export const watchSettings = {
  overdueMinutes: {
    stored: z.optional(z.number()),
    absent: 60,
    means:
      "A publish that is not live after so many minutes is overdue. What the site's pacing lets it wait does not count.",
  },
  silentHours: {
    stored: z.optional(z.nullable(z.number())),
    absent: null,
    means:
      "Without a publish for so many hours the layer is silent; null learns its rhythm from two months of publishes.",
  },
  quietHours: {
    stored: z.optional(z.nullable(z.string())),
    absent: null,
    means:
      "The hours of the day, in UTC, at whose end alarms of that time are sent, as in `22-7`; null sends them at once.",
  },
} satisfies Settings;
