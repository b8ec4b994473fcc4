import pLimit from "p-limit";
import type { Layer } from "../../core/layer/layer.ts";
import { awaitsLook } from "../../core/proof/look.ts";
import type { Site } from "../../core/site/site.ts";
import { type OnPages, onPages, withPages } from "../../core/stage/onPages.ts";
import type { Deps } from "../deps.ts";
import { type OnPage, onPagesOf, sinceHealed } from "../proof/onPage.ts";
import { readProof } from "../proof/proofRecord.ts";
import type { LoggedDelivery } from "../stored/deliveryLog.ts";
import { stateId } from "../stored/records.ts";
import { once, type StagedDelivery, type Stages } from "./stages.ts";

/** Reads what the pages of a build showed. */
type ReadPages = (site: Site, buildId: string) => Promise<readonly OnPage[]>;

/** What the page of a delivery shows on each site of its builds, by the site. Throws `StoreUnavailable`. */
export const pagesOfDelivery = async (
  deps: Deps,
  { live }: Layer,
  { sync, delivery }: StagedDelivery,
  readPages: ReadPages = (site, buildId) => onPagesOf(deps, site, buildId),
): Promise<ReadonlyMap<string, OnPage | null>> => {
  const builds = live == null ? [] : (sync?.sites ?? []);
  const found = builds.map(async ({ request: { siteId }, site, build }): Promise<[string, OnPage | null]> => {
    if (site === null || build === null) return [siteId, null];
    const own = (await readPages(site, stateId(build))).find(({ deliveryId }) => deliveryId === delivery.id);
    return [siteId, own === undefined ? null : await sinceHealed(deps, site, own)];
  });
  return new Map(await Promise.all(found));
};

const READ_AT_ONCE = 50;

/**
 * Where a layer's deliveries stand, as each of them says alone: with the reason if it is live and its page does not show
 * it. Reads what the pages of a build showed once. Throws `StoreUnavailable`.
 */
export const deliveriesWithPages = async (
  deps: Deps,
  layer: Layer,
  stages: Stages,
  deliveries: readonly LoggedDelivery[],
): Promise<StagedDelivery[]> => {
  const known = new Map<string, Promise<readonly OnPage[]>>();
  const readPages: ReadPages = (site, buildId) =>
    once(known, `${site.id}/${buildId}`, () => onPagesOf(deps, site, buildId));
  // Only a record says which build took over another.
  const withRecords = layer.live != null;
  const limit = pLimit(READ_AT_ONCE);
  const staged = deliveries.map((delivery) =>
    limit(async () => {
      const one = await stages.ofDelivery(layer, delivery, withRecords);
      if (one.standing.stage !== "live") return one;
      const found = await pagesOfDelivery(deps, layer, one, readPages);
      return { ...one, standing: withPages(one.standing, onPages([...found.values()], false)) };
    }),
  );
  return Promise.all(staged);
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
