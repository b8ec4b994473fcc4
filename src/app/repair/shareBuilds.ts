import type { LayerDocument } from "../../core/layer/layer.ts";
import { tellUsedUp } from "../../core/site/askForBuild.ts";
import { isBeyondFree, pacingOf, type Share, shareIn } from "../../core/site/pacing.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import { monthOf } from "../../core/usage/calendar.ts";
import { affordableBuilds, estimateOf, PLANS } from "../../core/usage/credits.ts";
import { monthName } from "../../core/usage/usage.ts";
import { SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { readTokens, updateSite, WORK } from "../stored/documents.ts";
import type { CreditsNote, SpentNote } from "../stored/drainHint.ts";

/**
 * What a layer or a site spent in the month of `now`, and the share that a site has now. Undefined: nothing, so that idle
 * documents do not lengthen the hint.
 */
export const creditsNoteOf = (document: LayerDocument | SiteDocument, now: number): CreditsNote | undefined => {
  const month = monthOf(now);
  const living = document.kind === "layer" || document.kind === "site";
  const counts = (living ? document.slot.usage : document.usage)?.[monthName(month)];
  if (counts === undefined) return undefined;
  // A thousandth of a credit is enough, and short.
  const running = Math.round(estimateOf(counts).running * 1000) / 1000;
  const spent = { month, running, builds: counts.builds ?? 0 };
  if (document.kind !== "site" || (counts.asked ?? 0) === 0) return spent;
  const { adapts, monthlyBuilds } = pacingOf(document);
  if (!adapts || monthlyBuilds !== null) return spent;
  const waits = document.slot.pending === null ? {} : { waits: true };
  return { ...spent, share: shareIn(document, month), ...waits };
};

/** The builds that a site has made or may still make. */
const reservedBy = ({ builds, share }: CreditsNote): number =>
  typeof share === "number" ? Math.max(share, builds) : builds;

/** What some documents, or what is not noted one by one, spent in a month. */
export type Spending = Pick<SpentNote, "running" | "builds" | "reserved" | "sites">;

/** The sum of what was noted of documents in one month. */
export const sumNotes = (notes: Iterable<CreditsNote>): Spending => {
  const sum = { running: 0, builds: 0, reserved: 0, sites: 0 };
  for (const note of notes) {
    sum.running = Math.round((sum.running + note.running) * 1000) / 1000;
    sum.builds += note.builds;
    sum.reserved += reservedBy(note);
    sum.sites += note.share === undefined ? 0 : 1;
  }
  return sum;
};

/** Those first that wait for a build, and of these the site with the fewest. */
const neediestFirst = ([a, one]: readonly [string, CreditsNote], [b, other]: readonly [string, CreditsNote]): number =>
  Number(other.waits ?? false) - Number(one.waits ?? false) || one.builds - other.builds || (a < b ? -1 : 1);

/**
 * The share of each site that needs one: the builds that it made, and an equal part of those that are left. The last ones,
 * too few for all, go to sites that wait. If nobody said which plan the team has (`credits` is undefined), Free counts,
 * until the month's builds prove a larger one.
 */
export const sharesOf = (
  notes: ReadonlyMap<string, CreditsNote>,
  credits: number | undefined,
  elsewhere: Spending,
): ReadonlyMap<string, Share> => {
  const here = sumNotes(notes.values());
  const sites = [...notes].filter(([, { share }]) => share !== undefined).sort(neediestFirst);
  const built = here.builds + elsewhere.builds;
  if (credits === undefined && isBeyondFree(built)) return new Map(sites.map(([key]) => [key, "open"]));
  const left = Math.max(affordableBuilds(credits ?? PLANS.free, here.running + elsewhere.running) - built, 0);
  const count = sites.length + elsewhere.sites;
  const part = Math.floor(left / Math.max(count, 1));
  const over = left - part * count;
  return new Map(sites.map(([key, { builds }], index) => [key, builds + part + (index < over ? 1 : 0)]));
};

/** The site with its share. If the month's builds are made with it, the layers behind a waiting build are told. */
const withShare = (site: Site, share: Share, { builds }: CreditsNote, at: number): Site => {
  const { open: _open, ...allowance } = site.allowance ?? {};
  const shared = share === "open" ? { builds, open: true } : { builds: share };
  return tellUsedUp({ ...site, allowance: { ...allowance, ...shared, at } }, at);
};

/** Stores a site's share, if the site is as it was noted. Resolves to whether it has the share now. Never throws. */
const storeShare = async (deps: Deps, key: string, note: CreditsNote, share: Share): Promise<boolean> => {
  try {
    const { result } = await updateSite<boolean>(
      deps,
      key.slice(SITES.length),
      (site, { now }) => {
        if (site?.kind !== "site" || note.month !== monthOf(now)) return { kind: "keep", result: false };
        const current = shareIn(site, note.month);
        if (current === share) return { kind: "keep", result: true };
        const built = site.slot.usage?.[monthName(note.month)]?.builds ?? 0;
        // What it built meanwhile is not in the sum from which this share comes. The next tick shares again.
        if (current !== note.share || built !== note.builds) return { kind: "keep", result: false };
        return { kind: "write", document: withShare(site, share, note, now), result: true };
      },
      WORK,
    );
    return result;
  } catch (error) {
    deps.report({ kind: "trouble", where: `share of ${key}`, error: error instanceof Error ? error.message : "" });
    return false;
  }
};

/**
 * Gives each site its share of the builds that the plan pays. Writes only what has changed. Shares that fall are stored
 * first, and only what they free is given to others, so that all shares together are never more than the plan pays. `elsewhere` is what the system spent besides the noted
 * documents. Never throws: the next tick shares again.
 */
export const shareBuilds = async (
  deps: Deps,
  notes: ReadonlyMap<string, CreditsNote>,
  elsewhere: Spending,
): Promise<void> => {
  if (![...notes.values()].some(({ share }) => share !== undefined)) return;
  const credits = deps.monthlyCredits ?? (await readTokens(deps))?.planCredits;
  const shares = sharesOf(notes, credits, elsewhere);
  const here = sumNotes(notes.values());
  const paid = affordableBuilds(credits ?? PLANS.free, here.running + elsewhere.running);
  let free = paid - here.reserved - elsewhere.reserved;
  const changes = [...shares].flatMap(([key, share]) => {
    const note = notes.get(key);
    return note === undefined || note.share === share ? [] : [{ key, note, share }];
  });
  const falls = ({ note, share }: (typeof changes)[number]): boolean =>
    typeof share === "number" && note.share !== null && share <= reservedBy(note);
  await Promise.all(
    changes.filter(falls).map(async ({ key, note, share }) => {
      if (!(await storeShare(deps, key, note, share)) || share === "open") return;
      free += reservedBy(note) - share;
    }),
  );
  const rises = changes
    .filter((change) => !falls(change))
    .map(({ key, note, share }) => {
      if (share === "open") return { key, note, share };
      const more = Math.min(share - reservedBy(note), Math.max(free, 0));
      free -= more;
      return { key, note, share: reservedBy(note) + more };
    });
  await Promise.all(
    rises
      .filter(({ note, share }) => note.share !== share)
      .map(({ key, note, share }) => storeShare(deps, key, note, share)),
  );
};
