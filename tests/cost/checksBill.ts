import { HOUR } from "../../src/core/durations.ts";
import { RATES, RUNS } from "../../src/core/usage/credits.ts";

/** The credits of this many checks that found nothing new; each is an invocation of its own. */
export const checksBill = (checks: number): number =>
  ((checks * RUNS.check) / HOUR) * RATES.gigabyteHour + checks * RATES.requests;
