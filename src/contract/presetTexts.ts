import type { Preset } from "../core/slot/pace.ts";

/** What a month costs with a preset, and how soon the publish is live that somebody waits for. */
interface Figures {
  readonly builds: number;
  readonly credits: number;
  /** Of every second one (s). */
  readonly liveP50: number;
}

interface PresetText {
  readonly title: string;
  /** When a build starts. */
  readonly rule: string;
  /** For a blogger with 10 posts a month, and an editor with 40 publishes in 12 sittings. */
  readonly blogger: Figures;
  readonly editor: Figures;
}

/** The presets in the order in which they are offered. The figures are those of `npm run cost`; a test compares them. */
export const presetTexts: Readonly<Record<Preset, PresetText>> = {
  standard: {
    title: "Standard",
    rule: "Builds 45 to 140 seconds after the last publish, as this site's editors usually publish, and at most 10 minutes after the first. Spends at most the builds that your plan pays.",
    blogger: { builds: 11, credits: 178, liveP50: 226 },
    editor: { builds: 12, credits: 197, liveP50: 321 },
  },
  saver: {
    title: "Saver",
    rule: "Builds 2 minutes after the last publish, at most once an hour and 18 times a month.",
    blogger: { builds: 11, credits: 177, liveP50: 301 },
    editor: { builds: 14, credits: 226, liveP50: 301 },
  },
  balanced: {
    title: "Balanced",
    rule: "Builds 20 seconds after the last publish, and at most 3 minutes after the first.",
    blogger: { builds: 11, credits: 175, liveP50: 201 },
    editor: { builds: 24, credits: 371, liveP50: 271 },
  },
  instant: {
    title: "Instant",
    rule: "Builds a second after a publish. For sites whose builds cost nothing.",
    blogger: { builds: 11, credits: 174, liveP50: 182 },
    editor: { builds: 25, credits: 384, liveP50: 288 },
  },
};

const minutes = (seconds: number): string => `${Math.round(seconds / 30) / 2} minutes`;

/** A preset in one text, in credits and minutes: for the API's description and the dashboard. */
export const presetText = (preset: Preset): string => {
  const { rule, blogger, editor } = presetTexts[preset];
  return `${rule} A blogger with 10 posts a month pays ${blogger.credits} credits, and a post is live after ${minutes(blogger.liveP50)}. An editor with 40 publishes in 12 sittings pays ${editor.credits}, and the last of a sitting is live after ${minutes(editor.liveP50)}.`;
};
