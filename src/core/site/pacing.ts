import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { SECOND } from "../durations.ts";
import {
  type Opening,
  opening,
  type Pace,
  PRESETS,
  type Preset,
  presetNames,
  type Spent,
  type Starts,
} from "../slot/pace.ts";
import type { Parts, Pending } from "../slot/slot.ts";
import { monthOf } from "../usage/calendar.ts";
import { PLANS, RATES } from "../usage/credits.ts";
import { chargedIn, monthName, type Usage } from "../usage/usage.ts";
import { type HookKind, isOtherService } from "./hookKind.ts";

/** The name of the one part of a site's slot. */
export const BUILD = "build";

const pacingShape = {
  /** The preset that these numbers make up, if any. */
  preset: z.nullable(z.enum(presetNames)),
  quietSeconds: z.number(),
  maxWaitSeconds: z.number(),
  minIntervalSeconds: z.number(),
  dailyBuilds: z.nullable(z.number()),
  monthlyBuilds: z.nullable(z.number()),
  /** Whether the quiet time follows the site's editors, and the month's builds are spread over the month; absent: not. */
  adapts: z.optional(z.boolean()),
};

/** How a site is paced, in the units that people use. The numbers count, whatever preset they were chosen by. */
export const pacingSchema = z.looseObject(pacingShape);
export type Pacing = z.infer<typeof pacingSchema>;

/** A pacing without the fields of a later release. */
const knownPacingSchema = z.object(pacingShape);
export type KnownPacing = Omit<z.infer<typeof knownPacingSchema>, "adapts"> & { adapts: boolean };

const knownOf = (pacing: Pacing): KnownPacing => {
  const known = knownPacingSchema.parse(pacing);
  return { ...known, adapts: known.adapts ?? false };
};

/** A preset in the units a person gives. */
export const presetPacing = (preset: Preset): KnownPacing => {
  const { quiet, maxWait, minInterval, daily, monthly, adapts = false }: Pace = PRESETS[preset];
  return {
    preset,
    quietSeconds: quiet / SECOND,
    maxWaitSeconds: maxWait / SECOND,
    minIntervalSeconds: minInterval / SECOND,
    dailyBuilds: daily,
    monthlyBuilds: monthly,
    adapts,
  };
};

/** The pacing that a person gives; fields that are left out follow the preset. */
export type PacingGiven = { readonly preset?: Preset | undefined } & {
  readonly [N in Exclude<keyof KnownPacing, "preset">]?: KnownPacing[N] | undefined;
};

/** The pacing of a site that nobody has chosen one for. */
export const DEFAULT: Preset = "standard";

/**
 * Fills in every number of a pacing. The pacing has the name of its preset if its numbers are the preset's. Who gives the
 * quiet time wants that time: it adapts only if that is given, too.
 */
export const pacingFrom = ({ preset = DEFAULT, ...given }: PacingGiven): KnownPacing => {
  const base = presetPacing(preset);
  const adapts = given.quietSeconds === undefined ? base.adapts : false;
  const pacing = { ...base, adapts, ...defined(given) };
  return { ...pacing, preset: samePacing(pacing, base) ? preset : null };
};

/** A pacing as it is stored: without the name of a preset that the release before does not know. */
export const storedPacing = (pacing: Pacing): Pacing =>
  pacing.preset === DEFAULT ? { ...pacing, preset: null } : pacing;

/** Whether two pacings are the same, apart from fields of a later release. */
export const samePacing = (a: Pacing, b: Pacing): boolean => JSON.stringify(knownOf(a)) === JSON.stringify(knownOf(b));

/** The share of a site in the builds that the team's credits pay in a month. */
export const allowanceSchema = z.looseObject({
  builds: z.number(),
  /** When it was last shared out (ms). */
  at: z.number(),
  /** Whether any number of builds may start, because nobody said which plan the team has, and it is not Free. */
  open: z.optional(z.boolean()),
});
export type Allowance = z.infer<typeof allowanceSchema>;

/** What a Free plan pays besides its visitors: 18 builds of 15 credits are 270 of its 300. */
const FREE_BUILDS = 18;

export interface Paced {
  readonly buildHookKind?: HookKind | undefined;
  readonly buildHookHint?: string | undefined;
  readonly pacing?: Pacing | undefined;
  readonly allowance?: Allowance | undefined;
  readonly slot?: { readonly spent?: Spent | undefined; readonly usage?: Usage | undefined };
}

/** The pacing of a site, as the API, an export and the audit log show it; the default if nobody has chosen. */
export const pacingOf = ({ pacing }: Paced): KnownPacing => {
  if (pacing === undefined) return presetPacing(DEFAULT);
  const known = knownOf(pacing);
  return known.preset === null ? pacingFrom({ ...known, preset: DEFAULT }) : known;
};

/** A share in the builds of a month that cost credits; `open`: any number. */
export type Share = number | "open";

/** The share of a site in a month's builds; null: none was shared out in that month. */
export const shareIn = ({ allowance }: Paced, month: number): Share | null => {
  if (allowance === undefined || monthOf(allowance.at) !== month) return null;
  return allowance.open === true ? "open" : allowance.builds;
};

/** Whether a month's builds prove that the team has a larger plan than Free: they cost more than Free has. */
export const isBeyondFree = (builds: number): boolean => builds * RATES.build > PLANS.free;

/**
 * The budget of a site that has none of its own, for the month of its last start; null: no limit. A build that another
 * service makes costs the plan nothing.
 */
const planBudget = (site: Paced): number | null => {
  const { allowance, slot: { spent, usage } = {} } = site;
  if (isOtherService(site)) return null;
  const month = spent?.month ?? (allowance && monthOf(allowance.at));
  const share = month === undefined ? null : shareIn(site, month);
  const counts = month === undefined ? undefined : usage?.[monthName(month)];
  // Another service made these before the site came to Netlify.
  const unpaid = counts === undefined ? 0 : (counts.builds ?? 0) - chargedIn(counts, false).builds;
  if (share === "open" || (share === null && isBeyondFree((spent?.thisMonth ?? 0) - unpaid))) return null;
  return (share ?? FREE_BUILDS) + unpaid;
};

/** The pace of a site, in milliseconds. Without a choice of its own, its monthly budget is its share of the plan's. */
export const paceOf = (site: Paced): Pace => {
  const { quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds, adapts } = pacingOf(site);
  return {
    quiet: quietSeconds * SECOND,
    maxWait: maxWaitSeconds * SECOND,
    minInterval: minIntervalSeconds * SECOND,
    daily: dailyBuilds,
    monthly: monthlyBuilds ?? (adapts ? planBudget(site) : null),
    ...(adapts ? { adapts } : {}),
    // Whoever wants no quiet time wants no brake: the site is built as by a bare build hook.
    ...(quietSeconds === 0 ? {} : { brakes: true }),
  };
};

/**
 * When a pending build may start of which the team is told by `build.held`: Netlify makes none, the brake delays it, or the
 * builds that its month pays are made. Null: it only waits, as its pacing says.
 */
export const heldOpening = (
  site: Paced & { readonly slot: Starts },
  pending: Pick<Pending, "at" | "filledAt" | "notBefore" | "released">,
): Opening | null => {
  const pace = paceOf(site);
  const start = opening(pending, site.slot, pace);
  switch (start.waitingFor) {
    case "credits":
    case "builds-stopped":
    case "brake":
      return start;
    case "budget":
      return pace.monthly !== null && (site.slot.spent?.thisMonth ?? 0) >= pace.monthly ? start : null;
    default:
      return null;
  }
};

/**
 * Whether the pending build waits for the running one. The brake may end before that does; a hold at Netlify and a used-up
 * month do not.
 */
export const waitsForRunning = (
  site: Paced & { readonly slot: Starts & { readonly running: unknown } },
  pending: Parameters<typeof heldOpening>[1],
): boolean => {
  if (site.slot.running === null) return false;
  const held = heldOpening(site, pending);
  return held === null || held.waitingFor === "brake";
};

/** The policy of a site's slot: one part, no sites to build after it, and a pace, because each start costs credits. */
export const siteParts = (site: Paced): Parts => ({
  known: [BUILD],
  buildOnly: false,
  sites: false,
  pace: paceOf(site),
  acceptedIsOver: true,
});
