import type { Layer } from "../../core/layer/layer.ts";
import { awaitsLook } from "../../core/proof/look.ts";
import type { Site } from "../../core/site/site.ts";
import { type OnPages, onPages } from "../../core/stage/onPages.ts";
import type { Deps } from "../deps.ts";
import { type OnPage, onPageOf, onPagesOf, sinceHealed } from "../proof/onPage.ts";
import { readProof } from "../proof/proofRecord.ts";
import { stateId } from "../stored/records.ts";
import type { StagedDelivery } from "./stages.ts";

/** What the page of a delivery shows on each site of its builds, by the site. Throws `StoreUnavailable`. */
export const pagesOfDelivery = async (
  deps: Deps,
  { live }: Layer,
  { sync, delivery }: StagedDelivery,
): Promise<ReadonlyMap<string, OnPage | null>> => {
  const builds = live == null ? [] : (sync?.sites ?? []);
  const found = builds.map(async ({ request: { siteId }, site, build }): Promise<[string, OnPage | null]> => {
    const isKnown = site !== null && build !== null;
    return [siteId, isKnown ? await onPageOf(deps, site, stateId(build), delivery.id) : null];
  });
  return new Map(await Promise.all(found));
};

/** What is known of the pages of a delivery whose deploys are live. Throws `StoreUnavailable`. */
export const onPagesOfDelivery = async (deps: Deps, layer: Layer, staged: StagedDelivery): Promise<OnPages | null> => {
  const found = await pagesOfDelivery(deps, layer, staged);
  const isAwaited = (staged.sync?.sites ?? []).some(
    ({ site, build }) => layer.live != null && site !== null && build !== null && awaitsLook(site, stateId(build)),
  );
  return onPages([...found.values()], isAwaited);
};

/** What is known of the pages of a layer's publishes in a build that is live. Throws `StoreUnavailable`. */
export const onPagesOfBuild = async (
  deps: Deps,
  { id, live }: Layer,
  site: Site,
  buildId: string,
): Promise<OnPages | null> => {
  if (live == null) return null;
  const checks = await onPagesOf(deps, site, buildId);
  const proof = checks.length === 0 ? null : await readProof(deps, site.id, buildId);
  const publishes = [...(proof?.subjects ?? []), ...(proof?.unnamed ?? [])];
  const own = publishes.filter(({ layerId }) => layerId === id).map(({ deliveryId }) => deliveryId);
  const found: OnPage[] = [];
  for (const check of checks.filter(({ deliveryId }) => own.includes(deliveryId))) {
    const onPage = await sinceHealed(deps, site, check);
    found.push(onPage);
    // It outweighs the others, so their records need not be read.
    if (onPage.state === "missing") break;
  }
  return onPages(found, awaitsLook(site, buildId));
};
