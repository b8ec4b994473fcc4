import type { Layer, LayerDocument } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import { isWatched, judgeLayer, type Verdict, type Watch } from "../../core/watch/judge.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { ONCE, readSite, updateLayer } from "../stored/documents.ts";

export interface Watched {
  readonly document: LayerDocument;
  /** When the layer is to be looked at again if nothing changes (ms). */
  readonly due: number;
  readonly watch: Watch | undefined;
}

const readSites = async (deps: Deps, { connectedSites }: Layer): Promise<Site[]> => {
  const found = await Promise.all(
    connectedSites.map(async ({ siteId }) => {
      try {
        const site = await readSite(deps, siteId);
        return site?.kind === "site" ? [site] : [];
      } catch (error) {
        if (unreadableReason(error) === null) throw error;
        return [];
      }
    }),
  );
  return found.flat();
};

const judged = async (
  deps: Deps,
  layer: Layer,
  watch: Watch | undefined,
  now: number,
): Promise<[Verdict, Site[] | null]> => {
  const first = judgeLayer(layer, null, watch, now);
  if (!("kind" in first)) return [first, null];
  const sites = await readSites(deps, layer);
  const second = judgeLayer(layer, sites, watch, now);
  if ("kind" in second) throw new RangeError("the sites were read");
  return [second, sites];
};

/**
 * Looks for what did not happen at a layer that a tick has just read. Reads the sites only when a publish may be overdue,
 * and writes only when an alarm begins or ends: once, because the next tick looks again. Throws `StoreUnavailable`.
 */
export const watchLayer = async (deps: Deps, layer: Layer, known: Watch | undefined, now: number): Promise<Watched> => {
  if (!isWatched(layer)) return { document: layer, due: Number.POSITIVE_INFINITY, watch: undefined };
  const [{ layer: next, due, watch }, sites] = await judged(deps, layer, known, now);
  if (next === layer) return { document: layer, due, watch };
  const seen = layer.rev;
  const { document } = await updateLayer<null>(
    deps,
    layer.id,
    (current) => {
      if (current?.kind !== "layer" || current.rev !== seen) return { kind: "keep", result: null };
      const verdict = judgeLayer(current, sites, known, now);
      return "kind" in verdict || verdict.layer === current
        ? { kind: "keep", result: null }
        : { kind: "write", document: verdict.layer, result: null };
    },
    ONCE,
  );
  return { document: document ?? layer, due: Math.min(due, now), watch };
};
