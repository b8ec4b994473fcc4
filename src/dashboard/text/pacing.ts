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
    text: "Builds 45 to 140 seconds after the last publish, and at most 10 minutes after the first. About 15 credits for each editing session.",
  },
  {
    value: "saver",
    title: "Saver",
    text: "Builds 2 minutes after the last publish, at most once an hour and 18 times a month: 270 of the 300 credits of a Free plan.",
  },
  {
    value: "balanced",
    title: "Balanced",
    text: "Builds 20 seconds after the last publish, and at most 3 minutes after the first. Goes live sooner, with up to twice as many builds.",
  },
  {
    value: "instant",
    title: "Instant",
    text: "Builds a second after a publish, at up to 15 credits for each publish. For sites whose builds cost nothing.",
  },
];
