import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { SECOND } from "../durations.ts";
import { type Pace, PRESETS, type Preset, presetNames } from "../slot/pace.ts";
import type { Parts } from "../slot/slot.ts";

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
};

/** How a site is paced, in the units that people use. The numbers count, whatever preset they were chosen by. */
export const pacingSchema = z.looseObject(pacingShape);
export type Pacing = z.infer<typeof pacingSchema>;

/** A pacing without the fields of a later release. */
const knownPacingSchema = z.object(pacingShape);
export type KnownPacing = z.infer<typeof knownPacingSchema>;

/** A preset in the units a person gives. */
export const presetPacing = (preset: Preset): KnownPacing => {
  const { quiet, maxWait, minInterval, daily, monthly } = PRESETS[preset];
  return {
    preset,
    quietSeconds: quiet / SECOND,
    maxWaitSeconds: maxWait / SECOND,
    minIntervalSeconds: minInterval / SECOND,
    dailyBuilds: daily,
    monthlyBuilds: monthly,
  };
};

/** The pacing that a person gives; fields that are left out follow the preset. */
export type PacingGiven = { readonly preset?: Preset | undefined } & {
  readonly [N in Exclude<keyof KnownPacing, "preset">]?: KnownPacing[N] | undefined;
};

/** The pacing of a site that nobody has chosen one for. */
export const DEFAULT: Preset = "standard";

/** Fills in every number of a pacing. The pacing has the name of its preset if its numbers are the preset's. */
export const pacingFrom = ({ preset = DEFAULT, ...given }: PacingGiven): KnownPacing => {
  const base = presetPacing(preset);
  const pacing = { ...base, ...defined(given) };
  return { ...pacing, preset: samePacing(pacing, base) ? preset : null };
};

/** A pacing as it is stored: without the name of a preset that the release before does not know. */
export const storedPacing = (pacing: Pacing): Pacing =>
  pacing.preset === DEFAULT ? { ...pacing, preset: null } : pacing;

/** Whether two pacings are the same, apart from fields of a later release. */
export const samePacing = (a: Pacing, b: Pacing): boolean =>
  JSON.stringify(knownPacingSchema.parse(a)) === JSON.stringify(knownPacingSchema.parse(b));

interface Paced {
  readonly pacing?: Pacing | undefined;
}

/** The pacing of a site, as the API, an export and the audit log show it; the default if nobody has chosen. */
export const pacingOf = ({ pacing }: Paced): KnownPacing => {
  if (pacing === undefined) return presetPacing(DEFAULT);
  const known = knownPacingSchema.parse(pacing);
  return known.preset === null ? pacingFrom({ ...known, preset: DEFAULT }) : known;
};

const paceOf = (site: Paced): Pace => {
  const { quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds } = pacingOf(site);
  return {
    quiet: quietSeconds * SECOND,
    maxWait: maxWaitSeconds * SECOND,
    minInterval: minIntervalSeconds * SECOND,
    daily: dailyBuilds,
    monthly: monthlyBuilds,
  };
};

/** The policy of a site's slot: one part, no sites to build after it, and a pace, because each start costs credits. */
export const siteParts = (site: Paced): Parts => ({
  known: [BUILD],
  buildOnly: false,
  sites: false,
  pace: paceOf(site),
  acceptedIsOver: true,
});
