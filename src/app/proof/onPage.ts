import { type Check, lookOf } from "../../core/proof/lookSchema.ts";
import type { Site } from "../../core/site/site.ts";
import type { Deps } from "../deps.ts";
import { readChecks, readSeen } from "./proofRecord.ts";

/** What the page of a publish showed. */
export interface OnPage extends Check {
  /** When it is looked at again (ms); null: not for this build, or it was seen. */
  readonly until: number | null;
}

/** What the looks that still go on have found so far. */
const foundSoFar = (site: Site): OnPage[] => {
  const content = lookOf(site)?.content;
  return (content?.found ?? []).map((check) => ({
    ...check,
    until: check.state === "seen" ? null : (content?.due ?? null),
  }));
};

/** What the pages of a build's publishes showed, or show so far; empty: nobody has looked. Throws `StoreUnavailable`. */
export const onPagesOf = async (deps: Deps, site: Site, buildId: string): Promise<readonly OnPage[]> => {
  const checks = await readChecks(deps, site.id, buildId);
  if (checks !== null) return checks.publishes.map((check) => ({ ...check, until: null }));
  return lookOf(site)?.content?.buildId === buildId ? foundSoFar(site) : [];
};

/**
 * What the page of a publish shows, after its build or one that healed it. A publish that was seen once stays seen. Null:
 * nobody has looked. Throws `StoreUnavailable`.
 */
export const onPageOf = async (deps: Deps, site: Site, buildId: string, deliveryId: string): Promise<OnPage | null> => {
  const isIts = (check: Check): boolean => check.deliveryId === deliveryId;
  const own = (await onPagesOf(deps, site, buildId)).find(isIts) ?? null;
  if (own?.state !== "missing") return own;
  const seen = await readSeen(deps, site.id, deliveryId);
  return seen === null ? (foundSoFar(site).find(isIts) ?? own) : { ...seen, until: null };
};
