import { defined } from "../../core/defined.ts";
import type { NoRoom } from "../../core/layer/decideOnce.ts";
import { type Some, shownOf, valuesOf, valuesWithDefaults } from "../../core/layer/settings.ts";
import { tellReleased } from "../../core/site/askForBuild.ts";
import { type HookKind, hookKindAfter, hookKindOf } from "../../core/site/hookKind.ts";
import { BUILD, type PacingGiven, pacingFrom, pacingOf, samePacing, storedPacing } from "../../core/site/pacing.ts";
import {
  configureSite,
  createSite,
  oweSiteAct,
  type Site,
  type SiteSettings,
  siteTombstone,
} from "../../core/site/site.ts";
import { siteSettings } from "../../core/site/siteSettings.ts";
import { accept } from "../../core/slot/accept.ts";
import { withCauses } from "../../core/slot/ending.ts";
import { needsWake } from "../../core/slot/nextDue.ts";
import { own, type Pending, type Slot } from "../../core/slot/slot.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { orderKey, SITE_ORDER } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { makeSeals, type Seals } from "../settings/seals.ts";
import { changeIds, MANAGE, readSite, updateSite } from "../stored/documents.ts";
import { type DocumentPage, type PageRequest, pageByOrder } from "../stored/pages.ts";
import { sealedParts } from "../stored/sealing.ts";
import { withStoreFault } from "../storeFault.ts";
import { deletedSiteDetail, newSiteDetail, siteChangeDetail } from "./auditDetail.ts";
import {
  CHANGED_SINCE,
  type ChangedSince,
  changeSite,
  DELETED,
  type Deleted,
  UNKNOWN_SITE,
  type UnknownSite,
} from "./changes.ts";
import { unshownCauses } from "./unshownCauses.ts";

export interface SiteInput extends Some<typeof siteSettings> {
  readonly name: string;
  readonly buildHook: string;
  readonly kind?: HookKind | undefined;
  readonly pacing?: PacingGiven | undefined;
  readonly netlifySiteId?: string | null | undefined;
  readonly configurationId?: string;
}

export interface SitePatch extends Some<typeof siteSettings> {
  readonly name?: string | undefined;
  readonly buildHook?: string | undefined;
  readonly kind?: HookKind | undefined;
  readonly pacing?: PacingGiven | undefined;
  readonly netlifySiteId?: string | null | undefined;
}

/** The site, or null if there is none of this id. */
export const findSite = async (deps: Deps, id: string): Promise<Site | null> => {
  const document = await readSite(deps, id);
  return document?.kind === "site" ? document : null;
};

/** One page of the sites, and those of the page that this release cannot read. */
export const listSites = (
  deps: Deps,
  request: PageRequest,
  wanted?: (id: string) => boolean,
): Promise<DocumentPage<Site>> => pageByOrder(deps, SITE_ORDER, request, (id) => findSite(deps, id), wanted);

/**
 * Creates a site. Its order marker is written first: lists skip a marker without a document, but would miss a document
 * without a marker.
 */
export const addSite = async (deps: Deps, actor: Actor, input: SiteInput): Promise<Site> => {
  const id = deps.ids.timeOrdered();
  const ids = changeIds(deps);
  const now = deps.clock.now();
  const hook = makeSeals(deps, { kind: "site", id }).url(input.buildHook, sealedParts.buildHook);
  const settings: SiteSettings = {
    name: input.name,
    buildHook: hook.sealed,
    buildHookHint: hook.hint,
    ...defined({
      ...valuesOf(siteSettings, input),
      buildHookKind: input.kind,
      pacing: input.pacing && storedPacing(pacingFrom(input.pacing)),
      netlifySiteId: input.netlifySiteId,
      configurationId: input.configurationId,
    }),
  };
  await deps.archive.write(orderKey(SITE_ORDER, now, id), "{}", null);
  const { result } = await updateSite<Site>(
    deps,
    id,
    (document, attempt) => {
      // Nobody else can create a site of this id, so it is an earlier attempt of ours whose reply was lost.
      if (document?.kind === "site") return { kind: "keep", result: document };
      const site = createSite(id, settings, { actor, now, ids, attempt }, newSiteDetail(settings));
      // Somebody has deleted the site since: it must not come back.
      if (document !== null) return { kind: "keep", result: site };
      return { kind: "write", document: site, result: site };
    },
    MANAGE,
  );
  return result;
};

export type SiteConfigured = { readonly kind: "configured"; readonly site: Site } | ChangedSince;

/** The settings of a site after a patch, and the API's names of the fields that differ. */
export const siteSettingsAfter = (
  site: Site,
  patch: SitePatch,
  seals: Seals,
): { readonly settings: SiteSettings; readonly changed: readonly string[] } => {
  const given =
    patch.buildHook === undefined ? undefined : seals.url(patch.buildHook, sealedParts.buildHook, site.buildHook);
  const hook =
    given === undefined
      ? { buildHook: site.buildHook, buildHookHint: site.buildHookHint }
      : { buildHook: given.sealed, buildHookHint: given.hint };
  const pacing = patch.pacing === undefined ? undefined : pacingFrom(patch.pacing);
  const settings: SiteSettings = {
    name: patch.name ?? site.name,
    ...hook,
    ...valuesWithDefaults(siteSettings, { ...site, ...defined(valuesOf(siteSettings, patch)) }),
    ...defined({
      buildHookKind: hookKindAfter(site, patch),
      pacing: pacing && { ...site.pacing, ...storedPacing(pacing) },
      netlifySiteId: patch.netlifySiteId,
    }),
  };
  const netlifySiteChanged =
    settings.netlifySiteId !== undefined && settings.netlifySiteId !== (site.netlifySiteId ?? null);
  const changed = [
    ...(settings.name === site.name ? [] : ["name"]),
    ...(settings.buildHook === site.buildHook ? [] : ["buildHook"]),
    ...(hookKindOf({ ...site, ...settings }) === hookKindOf(site) ? [] : ["kind"]),
    ...(pacing === undefined || samePacing(pacing, pacingOf(site)) ? [] : ["pacing"]),
    ...(netlifySiteChanged ? ["netlifySiteId"] : []),
    ...Object.entries(shownOf(siteSettings, settings)).flatMap(([field, value]) =>
      value === Reflect.get(shownOf(siteSettings, site), field) ? [] : [field],
    ),
  ];
  return { settings, changed };
};

/**
 * Changes a site's settings. A build hook that is not given stays. `matches` judges the current version of the site.
 */
export const reconfigureSite = (
  deps: Deps,
  actor: Actor,
  siteId: string,
  patch: SitePatch,
  matches: (site: Site) => boolean,
): Promise<SiteConfigured | UnknownSite | NoRoom> => {
  const seals = makeSeals(deps, { kind: "site", id: siteId });
  return changeSite<SiteConfigured>(deps, actor, siteId, (site, { by, tried }) => {
    const { settings, changed } = siteSettingsAfter(site, patch, seals);
    const done = tried && changed.length === 0;
    if (!done && !matches(site)) return { kind: "keep", result: CHANGED_SINCE };
    if (changed.length === 0) return { kind: "keep", result: { kind: "configured", site } };
    const next = configureSite(site, settings, changed, by, siteChangeDetail(site, settings));
    return { kind: "write", document: next, result: { kind: "configured", site: next } };
  });
};

/**
 * Deletes a site that `matches`. Layers that still connect it show it as missing. Its order marker goes with its
 * tombstone, a day later.
 */
export const deleteSite = (
  deps: Deps,
  actor: Actor,
  siteId: string,
  matches: (site: Site) => boolean = () => true,
): Promise<Deleted | ChangedSince | UnknownSite | NoRoom> =>
  changeSite<Deleted | ChangedSince>(
    deps,
    actor,
    siteId,
    (site, { by }) =>
      matches(site)
        ? { kind: "write", document: siteTombstone(site, by, deletedSiteDetail(site)), result: DELETED }
        : { kind: "keep", result: CHANGED_SINCE },
    (tried) => (tried ? DELETED : UNKNOWN_SITE),
  );

/**
 * Drops the order marker of a deleted document. A failure only costs an extra read, because lists skip such markers.
 */
export const dropMarker = async (deps: Deps, marker: string): Promise<void> => {
  try {
    await deps.archive.remove(marker);
  } catch (error) {
    deps.report({ kind: "trouble", where: "an order marker", error: withStoreFault("not removed", error) });
  }
};

export interface BuildRequested {
  readonly kind: "requested";
  readonly site: Site;
  readonly buildId: string;
  readonly wake: boolean;
}

/** What a person asks of one build. */
export interface BuildByHand {
  readonly branch?: string | undefined;
  readonly clearCache?: boolean | undefined;
}

/** Publishes wait for the next build, and a build of another branch would not show them. */
export interface BranchRefused {
  readonly kind: "branch-refused";
}

const isByHandAlone = ({ trigger, causes = [] }: Pending): boolean => trigger.type === "manual" && causes.length === 0;

/** Whether the next build is owed to publishes, or to a build by hand of another branch that is tried again. */
const owesOtherBranch = ({ pending, retry }: Slot, branch: string): boolean => {
  const owed = own(retry, BUILD);
  return (pending !== null && !isByHandAlone(pending)) || (owed !== undefined && owed.ask.branch !== branch);
};

/**
 * Builds a site now. A pending build is released from all waits except for a running build; without one, a new build
 * starts. The build counts against interval and budgets like any other.
 */
export const buildNow = async (
  deps: Deps,
  actor: Actor,
  siteId: string,
  options: BuildByHand = {},
): Promise<BuildRequested | BranchRefused | UnknownSite | NoRoom> => {
  const receivedAt = deps.clock.now();
  const causes = await unshownCauses(deps, siteId);
  return changeSite<BuildRequested | BranchRefused>(deps, actor, siteId, (site, { by }) => {
    const asked = defined({ ...options, branch: options.branch === site.branch ? undefined : options.branch });
    if (asked.branch !== undefined && owesOtherBranch(site.slot, asked.branch)) {
      return { kind: "keep", result: { kind: "branch-refused" } };
    }
    const id = by.ids.requestId;
    const request = {
      id,
      receivedAt,
      all: true,
      slugs: [],
      full: true,
      trigger: { type: "manual", id, at: receivedAt, actor },
      build: false,
      released: true,
      written: true,
      ...asked,
    } as const;
    const accepted = accept(site.slot, request, by.attempt, by.ids.syncId);
    const resultOf = (next: Site): BuildRequested => ({
      kind: "requested",
      site: next,
      buildId: accepted.syncId,
      wake: needsWake(next.slot, by.now, true),
    });
    if (accepted.slot === null) return { kind: "keep", result: resultOf(site) };
    const detail = { buildId: accepted.syncId, ...asked };
    const slot = withCauses(accepted.slot, causes);
    const document = oweSiteAct(tellReleased({ ...site, slot }, by.now), by, "build.requested", detail);
    return { kind: "write", document, result: resultOf(document) };
  });
};
