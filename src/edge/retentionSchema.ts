import { z } from "zod/mini";
import { RETENTION } from "../core/retention.ts";
import { jsonText } from "./jsonText.ts";

const FORM =
  'must be JSON such as { "syncs": { "days": 400, "count": 10000 }, "deliveries": { "days": 30, "count": 1000 }, "auditDays": 400 }';

const between = (least: number, most: number, standard: number) =>
  z._default(
    z
      .int(`must be a whole number from ${least} to ${most}`)
      .check(z.minimum(least, `must be at least ${least}`), z.maximum(most, `must be at most ${most}`)),
    standard,
  );

const { syncs, deliveries, auditDays } = RETENTION;

/**
 * Makes the schema of `LAYERHOOK_KEEP`, which says how long records are kept. Missing parts have their default. It is
 * made only if the variable is set, to save time at a cold start.
 */
export const retentionSchema = () =>
  z.pipe(
    jsonText(FORM),
    z.strictObject({
      syncs: z._default(
        z.strictObject({ days: between(30, 3650, syncs.days), count: between(100, 100_000, syncs.count) }),
        syncs,
      ),
      deliveries: z._default(
        z.strictObject({ days: between(1, 400, deliveries.days), count: between(100, 10_000, deliveries.count) }),
        deliveries,
      ),
      auditDays: between(30, 3650, auditDays),
    }),
  );
