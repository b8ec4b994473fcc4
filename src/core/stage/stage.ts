/** Where a publish stands, in one word. */
export const STAGES = [
  "refused",
  "ignored",
  "pending",
  "syncing",
  "waiting",
  "building",
  "retrying",
  "held",
  "live",
  "failed",
  "superseded",
  "asked",
] as const;
export type Stage = (typeof STAGES)[number];

/** Where a delivery, a sync, a site's build or a layer stands. */
export interface Standing {
  readonly stage: Stage;
  /** Since when, as far as it is known (ms). */
  readonly since: number;
  /** When the stage is expected to end (ms). */
  readonly until?: number;
  /** Why, in one sentence. */
  readonly reason?: string;
  /** The site and the build that count, and the deploy that the build led to. */
  readonly siteId?: string;
  readonly buildId?: string;
  readonly deployId?: string;
}

/** Of several stages the first in this table counts. What nobody has to look after is at its end. */
const ORDER: readonly Stage[] = [
  "failed",
  "held",
  "retrying",
  "building",
  "waiting",
  "syncing",
  "pending",
  "superseded",
  "asked",
  "live",
  "ignored",
  "refused",
];

/** The standing that counts among several, such as those of a sync's sites; of live ones the last. Null: there are none. */
export const worstOf = (standings: readonly Standing[]): Standing | null => {
  const [first] = [...standings].sort((a, b) => ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage));
  if (first?.stage !== "live") return first ?? null;
  return standings.reduce((last, one) => (one.stage === "live" && one.since > last.since ? one : last), first);
};

/** A text as a sentence of its own. */
export const sentenceOf = (text: string): string => {
  const trimmed = text.trim();
  const begun = `${trimmed.slice(0, 1).toUpperCase()}${trimmed.slice(1)}`;
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
};
