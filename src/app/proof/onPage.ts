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
 * What the page of a publish shows by now: what its own build missed, one that healed it may show. A publish that was seen
 * once stays seen. Throws `StoreUnavailable`.
 */
export const sinceHealed = async (deps: Deps, site: Site, own: OnPage): Promise<OnPage> => {
  if (own.state !== "missing") return own;
  const seen = await readSeen(deps, site.id, own.deliveryId);
  if (seen !== null) return { ...seen, until: null };
  return foundSoFar(site).find(({ deliveryId }) => deliveryId === own.deliveryId) ?? own;
};
