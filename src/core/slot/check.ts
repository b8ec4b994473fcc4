import { MINUTE } from "../durations.ts";
import { spread } from "../spread.ts";
import { own, type Parts, type Probe, type Slot } from "./slot.ts";
import type { Trigger } from "./sync.ts";

/** The probes of a layer are checked together, because one run costs less than several. */
export const probeOf = (layerId: string, every: number | null): Probe => ({
  every,
  phase: every === null ? 0 : spread(layerId, every),
});

/**
 * When a probe last called at `checked` is due (ms). The moments are fixed: an interval from the last call would grow
 * by the wait for each tick, and an hourly check would come every 65 minutes.
 */
export const checkDue = (checked: number | undefined, { every, phase }: Probe): number => {
  if (every === null) return Number.POSITIVE_INFINITY;
  if (checked === undefined) return 0;
  return phase + (Math.floor((checked - phase) / every) + 1) * every;
};

/** After a long silence the layers' checks are spread over this time, each at a moment of its own (ms). */
export const CATCH_UP_WITHIN = 10 * MINUTE;

/**
 * Requests one check of every probe, because publishes may have been missed. Repeating the same `tick` changes nothing.
 */
export const askCatchUp = (slot: Slot, layerId: string, tick: number, now: number): Slot =>
  (slot.catchUp?.tick ?? Number.NEGATIVE_INFINITY) >= tick
    ? slot
    : { ...slot, catchUp: { ...slot.catchUp, tick, since: now, at: now + spread(layerId, CATCH_UP_WITHIN) } };

/** The probes that were not called since the catch-up was requested. */
const behind = (slot: Slot, probes: NonNullable<Parts["probes"]>): string[] => {
  const { catchUp } = slot;
  if (catchUp === undefined) return [];
  return Object.keys(probes).filter((slug) => (own(slot.checked ?? {}, slug) ?? 0) < catchUp.since);
};

interface Check {
  readonly at: number;
  readonly slugs: readonly string[];
  readonly type: Extract<Trigger["type"], "schedule" | "catch-up">;
}

/** Every future check with its moment. A probe that waits for a retry is called by the retry. */
const checks = (slot: Slot, { probes = {} }: Pick<Parts, "probes">): Check[] => {
  const waits = (slug: string): boolean => own(slot.retry, slug) === undefined;
  const scheduled = Object.entries(probes).map(
    ([slug, probe]): Check => ({
      at: checkDue(own(slot.checked ?? {}, slug), probe),
      slugs: [slug].filter(waits),
      type: "schedule",
    }),
  );
  const late: Check = {
    at: slot.catchUp?.at ?? Number.POSITIVE_INFINITY,
    slugs: behind(slot, probes).filter(waits),
    type: "catch-up",
  };
  return [...scheduled, late].filter(({ slugs }) => slugs.length > 0);
};

/** When the next check is due (ms); infinity: there is none. */
export const nextCheck = (slot: Slot, parts: Pick<Parts, "probes">): number =>
  Math.min(...checks(slot, parts).map(({ at }) => at));

/** The probes to check now, and why; null: there are none. */
export const checkNow = (
  slot: Slot,
  parts: Pick<Parts, "probes">,
  now: number,
): { readonly slugs: readonly string[]; readonly type: Check["type"] } | null => {
  const due = checks(slot, parts).filter(({ at }) => at <= now);
  if (due.length === 0) return null;
  const slugs = [...new Set(due.flatMap((check) => check.slugs))].sort();
  return { slugs, type: due.some(({ type }) => type === "catch-up") ? "catch-up" : "schedule" };
};

/** Records which probes a claim takes, so that they are not due again at once. */
export const noteChecked = (
  slot: Slot,
  taken: readonly string[],
  { probes }: Pick<Parts, "probes">,
  now: number,
): Slot => {
  const asked = taken.filter((slug) => own(probes ?? {}, slug) !== undefined);
  if (asked.length === 0) return slot;
  return { ...slot, checked: { ...slot.checked, ...Object.fromEntries(asked.map((slug) => [slug, now])) } };
};
