import pLimit from "p-limit";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { tellUsedUp } from "../../core/site/askForBuild.ts";
import { isOtherService } from "../../core/site/hookKind.ts";
import { isBeyondFree, pacingOf, type Share, shareIn } from "../../core/site/pacing.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import { monthOf } from "../../core/usage/calendar.ts";
import { affordableBuilds, estimateOf, PLANS } from "../../core/usage/credits.ts";
import { chargedIn, monthName } from "../../core/usage/usage.ts";
import { SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { readTokens, updateSite, WORK } from "../stored/documents.ts";
import type { CreditsNote, SpentNote } from "../stored/drainHint.ts";

/** So many shares are stored at once. */
const AT_ONCE = 50;

/**
 * What a layer or a site spent in the month of `now`, and the share that a site has now. Null: nothing, so that idle
 * documents do not lengthen the hint. Builds that another service makes cost no credits.
 */
export const creditsNoteOf = (document: LayerDocument | SiteDocument, now: number): CreditsNote | null => {
  const month = monthOf(now);
  const living = document.kind === "layer" || document.kind === "site";
  const counts = (living ? document.slot.usage : document.usage)?.[monthName(month)];
  if (counts === undefined) return null;
  // A thousandth of a credit is enough, and short.
  const running = Math.round(estimateOf(counts).running * 1000) / 1000;
  const isForeign = document.kind === "site" && isOtherService(document);
  const spent = { month, running, builds: chargedIn(counts, isForeign).builds };
  if (document.kind !== "site" || isForeign || (counts.asked ?? 0) === 0) return spent;
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

const reportShares = (deps: Deps, where: string, error: unknown): void =>
  deps.report({ kind: "trouble", where, error: error instanceof Error ? error.message : "unknown" });

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
        const built = chargedIn(site.slot.usage?.[monthName(note.month)] ?? {}, isOtherService(site)).builds;
        // What it built meanwhile is not in the sum from which this share comes. The next tick shares again.
        if (current !== note.share || built !== note.builds) return { kind: "keep", result: false };
        return { kind: "write", document: withShare(site, share, note, now), result: true };
      },
      WORK,
    );
    return result;
  } catch (error) {
    reportShares(deps, `share of ${key}`, error);
    return false;
  }
};

/** The credits of the plan in a month; null: nobody said. Throws `StoreUnavailable`. */
export const plannedCredits = async (deps: Deps): Promise<number | null> =>
  deps.monthlyCredits ?? (await readTokens(deps))?.planCredits ?? null;

/** A share to store in place of the noted one. */
interface Change {
  readonly key: string;
  readonly note: CreditsNote;
  readonly share: Share;
}

const falls = ({ note, share }: Change): boolean =>
  typeof share === "number" && note.share !== null && share <= reservedBy(note);

/**
 * The shares that rise, cut to the builds that are free. One that was cut is not stored for a site without a share:
 * until then such a site has the builds of a Free plan, and a share of what it has built would hold it back.
 */
const risesWithin = (changes: readonly Change[], free: number): { stored: readonly Change[]; isCut: boolean } => {
  let left = Math.max(free, 0);
  let isCut = false;
  const stored = changes.flatMap((change): readonly Change[] => {
    const { note, share } = change;
    if (share === "open") return [change];
    const wanted = share - reservedBy(note);
    const more = Math.min(wanted, left);
    isCut ||= more < wanted;
    if (more < wanted && note.share === null) return [];
    left -= more;
    return [{ ...change, share: reservedBy(note) + more }];
  });
  return { stored: stored.filter(({ note, share }) => note.share !== share), isCut };
};

/** What became of the shares. */
export interface Shared {
  /** The plan's credits that were shared out; null: nobody said. */
  readonly credits: number | null;
  /** Whether every site that was noted has the share that it should have. */
  readonly isDone: boolean;
}

/**
 * Gives each site its share of the builds that the plan pays. Writes only what has changed. Shares that fall are stored
 * first, and only what they free is given to others, so that all shares together are never more than the plan pays.
 * `elsewhere` is what the system spent besides the noted documents. Begins no write once `isLate`. Null: nothing was to be
 * shared, or it failed. Never throws: the next tick shares again.
 */
export const shareBuilds = async (
  deps: Deps,
  notes: ReadonlyMap<string, CreditsNote>,
  elsewhere: Spending,
  isLate: () => boolean,
): Promise<Shared | null> => {
  if (![...notes.values()].some(({ share }) => share !== undefined)) return null;
  let credits: number | null;
  try {
    credits = await plannedCredits(deps);
  } catch (error) {
    reportShares(deps, "shares", error);
    return null;
  }
  const shares = sharesOf(notes, credits ?? undefined, elsewhere);
  const here = sumNotes(notes.values());
  const paid = affordableBuilds(credits ?? PLANS.free, here.running + elsewhere.running);
  const changes = [...shares].flatMap(([key, share]): readonly Change[] => {
    const note = notes.get(key);
    return note === undefined || note.share === share ? [] : [{ key, note, share }];
  });
  const limit = pLimit(AT_ONCE);
  const store = (some: readonly Change[]): Promise<boolean[]> =>
    Promise.all(some.map(({ key, note, share }) => limit(async () => !isLate() && storeShare(deps, key, note, share))));
  const falling = changes.filter(falls);
  const fell = await store(falling);
  const freed = falling.reduce(
    (sum, { note, share }, at) => sum + (fell[at] === true && share !== "open" ? reservedBy(note) - share : 0),
    0,
  );
  const rising = changes.filter((change) => !falls(change));
  const { stored, isCut } = risesWithin(rising, paid - here.reserved - elsewhere.reserved + freed);
  const rose = await store(stored);
  return { credits, isDone: !isCut && [...fell, ...rose].every(Boolean) };
};
