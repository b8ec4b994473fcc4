import { layerParts } from "../../core/layer/layer.ts";
import { askCatchUp } from "../../core/slot/check.ts";
import type { Deps } from "../deps.ts";
import { type Effort, updateLayer } from "../stored/documents.ts";

/** How long one layer may take, because the tick has other layers to visit (ms). */
const BRIEF: Effort = { budget: 2000, attempts: 5, polite: false };

/**
 * Requests one check of each probe of a layer, after a silence that began at `tick`. A repeated request changes
 * nothing. Throws as `update` does.
 */
export const catchUp = async (deps: Deps, layerId: string, tick: number): Promise<void> => {
  await updateLayer<null>(
    deps,
    layerId,
    (document, { now }) => {
      if (document?.kind !== "layer" || layerParts(document).probes === undefined)
        return { kind: "keep", result: null };
      const slot = askCatchUp(document.slot, document.id, tick, now);
      return slot === document.slot
        ? { kind: "keep", result: null }
        : { kind: "write", document: { ...document, slot }, result: null };
    },
    BRIEF,
  );
};
