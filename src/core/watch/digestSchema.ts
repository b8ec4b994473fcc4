import { z } from "zod/mini";
import { countsSchema } from "../usage/usage.ts";

const ms = z.number();

/** The event of a digest. */
export const DIGEST = "digest.weekly";

/** What failed in a week, by event (`build.failed`): how often, and at which site or source the last time. */
const failuresSchema = z.record(z.string(), z.looseObject({ times: z.number(), last: z.string() }));
export type Failures = z.infer<typeof failuresSchema>;

/** What a layer remembers until its next digest. */
export const weekSchema = z.looseObject({
  /** Since when the next digest counts (ms). */
  since: ms,
  /** The layer's counts of that month at that time. */
  counts: countsSchema,
  /** The builds of that month of each of its sites at that time. */
  builds: z.record(z.string(), z.number()),
  /** Absent: nothing failed. */
  failures: z.optional(failuresSchema),
});
export type Week = z.infer<typeof weekSchema>;

/** What a digest says of a week. */
export const digestSchema = z.looseObject({
  /** Names the digest. */
  id: z.string(),
  since: ms,
  until: ms,
  publishes: z.number(),
  /** The builds of the layer's sites, whoever requested them. */
  builds: z.number(),
  /** The credits for the builds at Netlify and for the work of the layer. */
  credits: z.number(),
  /** The times within which half of the publishes, and 95 of 100, were live (s); absent: not known. */
  p50Seconds: z.optional(z.number()),
  p95Seconds: z.optional(z.number()),
  failures: z.optional(failuresSchema),
  /** The alarms that are not over. */
  missing: z.array(z.string()),
  /** Since when nothing was published, if that is too long (ms). */
  silentSince: z.optional(ms),
});
export type Digest = z.infer<typeof digestSchema>;

/** The events that a digest counts as failures. */
const FAILURES: readonly string[] = ["sync.failed", "build.failed", "build.held", "build.locked", "build.stale"];

/** The week with an event counted that tells of a failure; `last` names the site or the source. */
export const countFailure = (week: Week, event: string, last: string): Week => {
  if (!FAILURES.includes(event)) return week;
  const times = (week.failures?.[event]?.times ?? 0) + 1;
  return { ...week, failures: { ...week.failures, [event]: { times, last } } };
};
