import type { Deps, Target } from "../deps.ts";
import { readLayer } from "../stored/documents.ts";
import { driveWorker, type Shift } from "./driveWorker.ts";

/** The sites of a layer. None if the store does not answer: the tick finds what is due there. */
const sitesOf = async (deps: Deps, { kind, id }: Target): Promise<readonly string[]> => {
  if (kind === "site") return [];
  const layer = await readLayer(deps, id).catch(() => null);
  return layer?.kind === "layer" ? layer.connectedSites.map(({ siteId }) => siteId) : [];
};

/**
 * Works a slot until nothing is due, and then the sites that it filled. Takes `length` ms at most, and wakes a
 * successor if work is left. Never throws: what a failing store leaves is taken over.
 *
 * `isRunAgain`: an earlier worker of this call died. It may have been at work for a site, so the layer's sites are worked
 * at once, too.
 */
export const work = async (deps: Deps, target: Target, length: number, isRunAgain = false): Promise<void> => {
  const flushed = new Map<string, string[]>();
  const under = new Map<string, Promise<void>>();
  const name = ({ kind, id }: Target) => `${kind}/${id}`;
  const shift: Shift = {
    until: deps.clock.elapsed() + length,
    flushed(of) {
      const ids = flushed.get(name(of)) ?? [];
      flushed.set(name(of), ids);
      return ids;
    },
    follow(other) {
      // A slot has one worker at a time here. A second request may come when the first worker has just found nothing
      // more to do.
      const before = under.get(name(other)) ?? Promise.resolve();
      under.set(
        name(other),
        before.then(() => driveWorker(deps, other, shift)),
      );
    },
  };
  if (isRunAgain) deps.report({ kind: "run.again", target });
  const sites = isRunAgain ? await sitesOf(deps, target) : [];
  for (const id of sites) shift.follow({ kind: "site", id });
  await driveWorker(deps, target, shift);
  await Promise.all(under.values());
};
