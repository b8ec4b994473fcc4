import { presetText, presetTexts } from "../../contract/presetTexts.ts";
import type { Preset } from "../../core/slot/pace.ts";

/** The pacing of a site for which nobody chooses one. */
export const DEFAULT_PRESET: Preset = "standard";

/** The field of a new site. Nothing is sent for the default, so that nobody counts as having chosen. */
export const pacingInput = (preset: string): { readonly pacing?: { readonly preset: string } } =>
  preset === DEFAULT_PRESET ? {} : { pacing: { preset } };

const offered = ["standard", "saver", "balanced", "instant"] as const satisfies readonly Preset[];

/** The pacing presets, explained by their cost. */
export const presets: readonly { readonly value: Preset; readonly title: string; readonly text: string }[] =
  offered.map((value) => ({ value, title: presetTexts[value].title, text: presetText(value) }));
