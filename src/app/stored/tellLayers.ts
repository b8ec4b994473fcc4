import { oweBuildMessages } from "../../core/layer/buildMessages.ts";
import type { BuildEvent } from "../../core/site/buildEvents.ts";
import type { Site } from "../../core/site/site.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { withStoreFault } from "../storeFault.ts";
import { updateLayer, WORK } from "./documents.ts";

/** Tells one layer. False: the layer could not be reached. */
const tellLayer = async (deps: Deps, site: Site, layerId: string, event: BuildEvent): Promise<boolean> => {
  try {
    const { result } = await updateLayer(deps, layerId, (layer) => oweBuildMessages(layer, site, event), WORK);
    if (result) await deps.wake({ kind: "layer", id: layerId });
    return true;
  } catch (error) {
    const where = `build events for layer ${layerId}`;
    deps.report({ kind: "trouble", where, error: withStoreFault("left for later", error) });
    // A damaged layer must not keep the others from being told again and again. One that a newer release wrote is told by
    // that release.
    return unreadableReason(error) === "corrupt";
  }
};

/**
 * Owes messages about a site's builds to the layers behind them, and wakes a worker for each layer that has some to
 * send. Returns the ids of the events of which all layers were told. Never throws.
 */
export const tellLayers = async (deps: Deps, site: Site): Promise<readonly string[]> => {
  const told = await Promise.all(
    (site.untold ?? []).map(async (event) => {
      const layerIds = [...new Set(event.causes.map(({ dataLayerId }) => dataLayerId))];
      const reached = await Promise.all(layerIds.map((id) => tellLayer(deps, site, id, event)));
      return reached.every((was) => was) ? [event.id] : [];
    }),
  );
  return told.flat();
};
