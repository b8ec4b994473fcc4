export type Preset = "standard" | "instant" | "balanced" | "saver";

/** The pacing of a site for which nobody chooses one. */
export const DEFAULT_PRESET: Preset = "standard";

/** The field of a new site. Nothing is sent for the default, so that nobody counts as having chosen. */
export const pacingInput = (preset: string): { readonly pacing?: { readonly preset: string } } =>
  preset === DEFAULT_PRESET ? {} : { pacing: { preset } };

/** The pacing presets, explained by their cost. A build costs 15 credits; a Free plan has 300 a month. */
export const presets: readonly { readonly value: Preset; readonly title: string; readonly text: string }[] = [
  {
    value: "standard",
    title: "Standard",
    text: "45 to 140 seconds after the last click, 10 minutes after the first at most. 15 credits for each sitting of an editor.",
  },
  {
    value: "saver",
    title: "Saver",
    text: "2 minutes after the last click, at most one an hour and 18 a month: 270 of the 300 credits of a Free plan.",
  },
  {
    value: "balanced",
    title: "Balanced",
    text: "20 seconds after the last click, 3 minutes after the first at most. Sooner live, and up to twice as many builds.",
  },
  {
    value: "instant",
    title: "Instant",
    text: "A second after a publish. Up to 15 credits for every publish: for sites whose builds cost nothing.",
  },
];
