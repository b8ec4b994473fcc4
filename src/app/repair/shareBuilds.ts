import type { LayerDocument } from "../../core/layer/layer.ts";
import { tellUsedUp } from "../../core/site/askForBuild.ts";
import { isBeyondFree, pacingOf, type Share, shareIn } from "../../core/site/pacing.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import { monthOf } from "../../core/usage/calendar.ts";
import { affordableBuilds, estimateOf, PLANS } from "../../core/usage/credits.ts";
import { monthName } from "../../core/usage/usage.ts";
import { SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { updateSite, WORK } from "../stored/documents.ts";
import type { CreditsNote } from "../stored/drainHint.ts";

/**
 * What a layer or a site spent in the month of `now`, and the share that a site has now. Undefined: nothing, so that idle
 * documents do not lengthen the hint.
 */
export const creditsNoteOf = (document: LayerDocument | SiteDocument, now: number): CreditsNote | undefined => {
  const month = monthOf(now);
  const living = document.kind === "layer" || document.kind === "site";
  const counts = (living ? document.slot.usage : document.usage)?.[monthName(month)];
  if (counts === undefined) return undefined;
  const spent = { month, running: estimateOf(counts).running, builds: counts.builds ?? 0 };
  if (document.kind !== "site" || (counts.asked ?? 0) === 0) return spent;
  const { adapts, monthlyBuilds } = pacingOf(document);
  return adapts && monthlyBuilds === null ? { ...spent, share: shareIn(document, month) } : spent;
};

/**
 * The share of each site that needs one: the builds that it made, and an equal part of those that are left. If nobody said
 * which plan the team has (`credits` is undefined), Free counts, until the month's builds prove a larger one.
 */
export const sharesOf = (
  notes: ReadonlyMap<string, CreditsNote>,
  credits: number | undefined,
  ticking: number,
): ReadonlyMap<string, Share> => {
  const all = [...notes.values()];
  const sites = [...notes].filter(([, { share }]) => share !== undefined);
  const running = all.reduce((sum, note) => sum + note.running, ticking);
  const built = all.reduce((sum, { builds }) => sum + builds, 0);
  if (credits === undefined && isBeyondFree(built)) return new Map(sites.map(([key]) => [key, "open"]));
  const left = affordableBuilds(credits ?? PLANS.free, running) - built;
  // While a single build is left, nobody waits for it until the next month.
  const part = left <= 0 ? 0 : Math.max(Math.floor(left / sites.length), 1);
  return new Map(sites.map(([key, { builds }]) => [key, builds + part]));
};

/** The site with its share. If the month's builds are made with it, the layers behind a waiting build are told. */
const withShare = (site: Site, share: Share, { builds }: CreditsNote, at: number): Site => {
  const { open: _open, ...allowance } = site.allowance ?? {};
  const shared = share === "open" ? { builds, open: true } : { builds: share };
  return tellUsedUp({ ...site, allowance: { ...allowance, ...shared, at } }, at);
};

/**
 * Gives each site its share of the builds that the plan pays. Writes only what has changed. `ticking`: the credits of the
 * month's ticks. Never throws: the next tick shares again.
 */
export const shareBuilds = async (
  deps: Deps,
  notes: ReadonlyMap<string, CreditsNote>,
  ticking: number,
): Promise<void> => {
  const shares = sharesOf(notes, deps.monthlyCredits, ticking);
  await Promise.all(
    [...shares].map(async ([key, share]) => {
      const note = notes.get(key);
      if (note === undefined || note.share === share) return;
      try {
        await updateSite<null>(
          deps,
          key.slice(SITES.length),
          (site, { now }) =>
            site?.kind === "site" && note.month === monthOf(now) && shareIn(site, note.month) !== share
              ? { kind: "write", document: withShare(site, share, note, now), result: null }
              : { kind: "keep", result: null },
          WORK,
        );
      } catch (error) {
        deps.report({ kind: "trouble", where: `share of ${key}`, error: error instanceof Error ? error.message : "" });
      }
    }),
  );
};
