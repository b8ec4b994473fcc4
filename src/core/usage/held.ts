import { z } from "zod/mini";
import { DAY, MINUTE } from "../durations.ts";

/** What holds builds back at Netlify: the team's credits are used up, or nobody may build. */
export type HeldFor = "credits" | "builds-stopped";

/** A held slot starts nothing before `until`, unless a person releases the build. Nothing is dropped meanwhile. */
export const heldSchema = z.looseObject({
  /** One of `HeldFor`, or a reason of a later release. */
  for: z.string(),
  /** When Netlify first refused for this reason (ms). */
  since: z.number(),
  /** When the next build may start (ms). */
  until: z.number(),
  /** How many builds in a row Netlify refused. */
  times: z.number(),
});
export type Held = z.infer<typeof heldSchema>;

/** The pause after the first refusal (ms). Each further pause is twice as long, up to a day. */
const HELD_FIRST = 15 * MINUTE;

/** The hold after another refusal. */
export const holdAgain = (held: Held | undefined, why: HeldFor, now: number): Held => {
  const times = (held?.times ?? 0) + 1;
  const pause = Math.min(HELD_FIRST * 2 ** (times - 1), DAY);
  const since = held?.for === why ? held.since : now;
  return { ...held, for: why, since, until: now + pause, times };
};

/** What a held slot waits for. A reason of a later release counts as stopped builds. */
export const heldFor = (held: Held): HeldFor => (held.for === "credits" ? "credits" : "builds-stopped");
