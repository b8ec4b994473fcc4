import { MINUTE, SECOND } from "../../core/durations.ts";
import { nextLook, noteSight, withoutLook } from "../../core/proof/look.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import { servedByNetlify } from "../../core/stage/served.ts";
import type { Deps } from "../deps.ts";
import { readSite, updateSite, WORK } from "../stored/documents.ts";
import { settleOwed } from "../stored/settleOwed.ts";
import { withStoreFault } from "../storeFault.ts";
import { fetchMarker } from "./fetchMarker.ts";

/** What one look takes at most, with its write (ms). */
const LOOK_TAKES = 30 * SECOND;

/** Looks once, and records what is seen. */
const lookOnce = async (deps: Deps, site: Site): Promise<Site | null> => {
  const { publicUrl } = site;
  const deployId = servedByNetlify(site)?.deploy.id;
  const isLookedAt = publicUrl != null && deployId !== undefined;
  const sight = isLookedAt ? await fetchMarker(deps, publicUrl) : null;
  const { document } = await updateSite<null>(
    deps,
    site.id,
    (current, { now }) => {
      if (current?.kind !== "site") return { kind: "keep", result: null };
      const next =
        sight === null || !isLookedAt
          ? withoutLook(current)
          : noteSight(current, { url: publicUrl, deployId, sight, now });
      return next === current ? { kind: "keep", result: null } : { kind: "write", document: next, result: null };
    },
    WORK,
  );
  return document?.kind === "site" ? document : null;
};

/**
 * Looks at the pages of a site after a deploy went live, again after 5, 15 and 60 seconds while they show another deploy,
 * and tells the layers behind it. `left` is the time that the invocation still has (ms); what does not fit is left to the
 * drain. Never throws.
 */
export const lookAtPages = async (deps: Deps, given: Site, left: () => number): Promise<void> => {
  try {
    let site: Site | null = given;
    while (site !== null) {
      const wait: number = nextLook(site) - deps.clock.now();
      if (wait > MINUTE || left() < Math.max(wait, 0) + LOOK_TAKES) return;
      if (wait > 0) await deps.clock.sleep(wait);
      const current: SiteDocument | null = wait > 0 ? await readSite(deps, given.id) : site;
      site = current?.kind === "site" ? await lookOnce(deps, current) : null;
      if ((site?.untold ?? []).length > 0) await settleOwed(deps, { kind: "site", id: given.id });
    }
  } catch (error) {
    const where = `look at the pages of site ${given.id}`;
    deps.report({ kind: "trouble", where, error: withStoreFault("left for later", error) });
  }
};
