export type Preset = "instant" | "balanced" | "saver";

/** The pacing presets, explained by their cost. A build costs 15 credits; a Free plan has 300 a month. */
export const presets: readonly { readonly value: Preset; readonly title: string; readonly text: string }[] = [
  {
    value: "balanced",
    title: "Balanced",
    text: "20 seconds after the last click, 3 minutes after the first at most. 15 credits for each sitting of an editor.",
  },
  {
    value: "saver",
    title: "Saver",
    text: "2 minutes after the last click, at most one an hour and 18 a month: 270 of the 300 credits of a Free plan.",
  },
  {
    value: "instant",
    title: "Instant",
    text: "A second after a publish. Up to 15 credits for every publish: for sites whose builds cost nothing.",
  },
];
