import { layerKey } from "../../../../src/store/keys.ts";
import type { World } from "../../world/world.ts";
import { buildPromises, toldChanges } from "./builds.ts";

/** The tag that a layer of a simulated world purges. */
export const tagOf = (layer: number): string => `layer-${layer}`;

/** At rest: every change that a source has told of was followed by a purge of its layer's tags. */
export const purgeLaws = (world: World): void => {
  const { ledger, fail } = world.oracle;
  for (const { id, number } of world.layers) {
    const layer = ledger.latest(layerKey(id));
    if (layer?.kind !== "layer" || (layer.cachePurge ?? null) === null) continue;
    const asked = world.purges.asked.get(tagOf(number)) ?? [];
    for (const { arrived } of buildPromises(world).filter(({ layerId }) => layerId === id)) {
      if (!asked.some((at) => at > arrived))
        fail("every change is purged after it", `the delivery of ${arrived} to ${id}`);
    }
    for (const { url } of layer.sources) {
      const job = world.jobAt(url);
      if (job === undefined) continue;
      for (const { edition, stamp } of toldChanges(world, id, job)) {
        if (asked.some((at) => at > stamp)) continue;
        fail("every change is purged after it", `edition ${edition} of ${job.name} is still served from the cache`);
      }
    }
  }
};
