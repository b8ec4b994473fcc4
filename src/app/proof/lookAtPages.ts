import { MINUTE, SECOND } from "../../core/durations.ts";
import { heal, noteContent, withEarlier } from "../../core/proof/heal.ts";
import { nextLook, noteSight, withoutLook } from "../../core/proof/look.ts";
import { type Check, lookOf } from "../../core/proof/lookSchema.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import type { Cause } from "../../core/slot/sync.ts";
import { servedByNetlify } from "../../core/stage/served.ts";
import type { Deps } from "../deps.ts";
import { readSite, updateSite, WORK } from "../stored/documents.ts";
import { findState } from "../stored/records.ts";
import { settleOwed } from "../stored/settleOwed.ts";
import { withStoreFault } from "../storeFault.ts";
import { checkPage, publishesToCheck } from "./checkContent.ts";
import { fetchMarker } from "./fetchMarker.ts";
import { ifReadable } from "./ifReadable.ts";
import { type Checks, keepChecks, keepSeen } from "./proofRecord.ts";

/** What one look takes at most, with its write (ms). */
const LOOK_TAKES = 30 * SECOND;

type Change = (site: Site, attempt: { readonly now: number; readonly rev: number; readonly firstRev: number }) => Site;

const change = async (deps: Deps, siteId: string, next: Change): Promise<Site | null> => {
  const { document } = await updateSite<null>(
    deps,
    siteId,
    (current, attempt) => {
      if (current?.kind !== "site") return { kind: "keep", result: null };
      const changed = next(current, attempt);
      return changed === current ? { kind: "keep", result: null } : { kind: "write", document: changed, result: null };
    },
    WORK,
  );
  return document?.kind === "site" ? document : null;
};

/** Keeps what the looks at a build's publishes found. What the page shows that a build was to heal stays seen. */
const keepFound = async (deps: Deps, { id, healed = [] }: Site, checks: Checks): Promise<void> => {
  const shown = checks.publishes.filter(({ deliveryId, state }) => state === "seen" && healed.includes(deliveryId));
  await Promise.all([keepChecks(deps, id, checks), ...shown.map((check) => keepSeen(deps, id, check))]);
};

/** Keeps what was seen before another deploy ended the looks. Of the others nobody can say what the next one shows. */
const keepCutShort = async (deps: Deps, site: Site): Promise<void> => {
  const { buildId = "", found = [] } = lookOf(site)?.content ?? {};
  const publishes: Check[] = found.filter(({ state }) => state === "seen");
  if (publishes.length > 0) await keepFound(deps, site, { buildId, publishes });
};

/** Looks for the marker once. */
const lookForMarker = async (deps: Deps, site: Site): Promise<Site | null> => {
  const { publicUrl } = site;
  const served = servedByNetlify(site)?.deploy;
  const deployId = served?.id;
  if (publicUrl == null || deployId === undefined) return change(deps, site.id, withoutLook);
  await keepCutShort(deps, site);
  const sight = await fetchMarker(deps, publicUrl);
  const buildId = served?.buildId ?? (sight.kind === "marker" ? (sight.buildId ?? undefined) : undefined);
  const publishes = buildId === undefined ? [] : await publishesToCheck(deps, site.id, buildId);
  const contentOf = publishes.length > 0 ? buildId : undefined;
  return change(deps, site.id, (current, { now }) =>
    noteSight(current, { url: publicUrl, deployId, sight, contentOf, now }),
  );
};

const causesOf = async (deps: Deps, site: Site, buildId: string): Promise<readonly Cause[]> => {
  const state = await ifReadable(() => findState(deps, site, buildId));
  return state?.kind === "claimed" ? (state.sync.causes ?? []) : [];
};

/** Looks once at the pages of what was published for a build. */
const lookForContent = async (deps: Deps, site: Site, buildId: string): Promise<Site | null> => {
  const publishes = await publishesToCheck(deps, site.id, buildId);
  const found = await Promise.all(
    publishes.map(async ({ layerId, deliveryId, page }) => {
      const { state, reason } = await checkPage(deps, page);
      return { layerId, deliveryId, state, reason, at: deps.clock.now() };
    }),
  );
  const checks = withEarlier(found, site, buildId);
  const settleSeconds = Math.max(0, ...publishes.map(({ settleSeconds: seconds }) => seconds));
  const causes = checks.some(({ state }) => state === "missing") ? await causesOf(deps, site, buildId) : [];
  const seen = { buildId, publishes: checks, settleSeconds, causes };
  const next = noteContent(site, { ...seen, now: deps.clock.now() });
  // Kept before the site's document says that nobody looks again: what fails in between is looked at again.
  if (lookOf(next)?.content === undefined) {
    await keepFound(deps, next, { buildId, publishes: checks.map(({ layerId: _id, ...kept }) => kept) });
  }
  return change(deps, site.id, (current, { now }) => noteContent(current, { ...seen, now }));
};

/** Requests the build that heals. */
const rebuild = async (deps: Deps, site: Site, buildId: string): Promise<Site | null> => {
  const causes = await causesOf(deps, site, buildId);
  const id = deps.ids.timeOrdered();
  const healing = await change(deps, site.id, (current, attempt) => heal(current, { causes, id }, attempt));
  await deps.wake({ kind: "site", id: site.id });
  return healing;
};

/** Does what is due of a site's pages. */
const lookOnce = (deps: Deps, site: Site): Promise<Site | null> => {
  const look = lookOf(site);
  const isSameDeploy = look !== undefined && look.deployId === servedByNetlify(site)?.deploy.id;
  if (!isSameDeploy || look.due !== undefined) return lookForMarker(deps, site);
  if (look.content !== undefined) return lookForContent(deps, site, look.content.buildId);
  return look.heal === undefined ? lookForMarker(deps, site) : rebuild(deps, site, look.heal.buildId);
};

/**
 * Looks at the pages of a site after a deploy went live: for its marker, and then for what was published. Looks again
 * after 5, 15 and 60 seconds while they are old, tells the layers behind, and requests one more build if a page stays old.
 * `left` is the time that the invocation still has (ms); what does not fit is left to the drain. Never throws.
 */
export const lookAtPages = async (deps: Deps, given: Site, left: () => number): Promise<void> => {
  try {
    let site: Site | null = given;
    while (site !== null) {
      const wait: number = nextLook(site) - deps.clock.now();
      if (wait > MINUTE || left() < Math.max(wait, 0) + LOOK_TAKES) return;
      if (wait > 0) await deps.clock.sleep(wait);
      const read: SiteDocument | null = wait > 0 ? await readSite(deps, given.id) : site;
      const current: Site | null = read?.kind === "site" ? read : null;
      // Another worker may have looked meanwhile.
      site = current !== null && nextLook(current) <= deps.clock.now() ? await lookOnce(deps, current) : current;
      if ((site?.untold ?? []).length > 0) await settleOwed(deps, { kind: "site", id: given.id });
    }
  } catch (error) {
    const where = `look at the pages of site ${given.id}`;
    deps.report({ kind: "trouble", where, error: withStoreFault("left for later", error) });
  }
};
