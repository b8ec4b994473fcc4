import type { Layer, LayerDocument } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import { isWatched, judgeLayer, type Known, type Watch } from "../../core/watch/judge.ts";
import type { PublicAccess } from "../../core/watch/publicAccess.ts";
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

/** Looks at a layer, and reads what the look needs. */
const judged = async (deps: Deps, layer: Layer, begun: Known, look: () => Promise<PublicAccess>) => {
  let known = begun;
  for (;;) {
    const verdict: ReturnType<typeof judgeLayer> = judgeLayer(layer, known);
    if (!("kind" in verdict)) return { verdict, known };
    const isKnown = verdict.kind === "sites-needed" ? known.sites !== null : known.access !== null;
    if (isKnown) throw new RangeError(`${verdict.kind}, and they were read`);
    known =
      verdict.kind === "sites-needed"
        ? { ...known, sites: await readSites(deps, layer) }
        : { ...known, access: await look() };
  }
};

/**
 * Looks for what did not happen at a layer that a tick has just read, and for a digest that is due. Reads the sites only when
 * a publish may be overdue or a digest is due, and writes only when an alarm begins or ends or a digest is owed: once,
 * because the next tick looks again. `look` says whether senders get through to us. Throws `StoreUnavailable`.
 */
export const watchLayer = async (
  deps: Deps,
  layer: Layer,
  { watch, now }: { readonly watch: Watch | undefined; readonly now: number },
  look: () => Promise<PublicAccess>,
): Promise<Watched> => {
  if (!isWatched(layer)) return { document: layer, due: Number.POSITIVE_INFINITY, watch: undefined };
  const { verdict, known } = await judged(deps, layer, { sites: null, access: null, watch, now }, look);
  if (verdict.layer === layer) return { document: layer, due: verdict.due, watch: verdict.watch };
  const seen = layer.rev;
  const { document } = await updateLayer<null>(
    deps,
    layer.id,
    (current) => {
      if (current?.kind !== "layer" || current.rev !== seen) return { kind: "keep", result: null };
      const again = judgeLayer(current, known);
      return "kind" in again || again.layer === current
        ? { kind: "keep", result: null }
        : { kind: "write", document: again.layer, result: null };
    },
    ONCE,
  );
  return { document: document ?? layer, due: Math.min(verdict.due, now), watch: verdict.watch };
};
