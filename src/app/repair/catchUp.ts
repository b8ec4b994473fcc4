import { type Layer, type LayerDocument, layerParts } from "../../core/layer/layer.ts";
import { askCatchUp } from "../../core/slot/check.ts";
import { layerKey } from "../../store/keys.ts";
import type { Store, Stored } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { type Effort, updateLayer } from "../stored/documents.ts";

/** How long one layer may take, because the tick has other layers to visit (ms). */
const BRIEF: Effort = { budget: 2000, attempts: 5, polite: false };

/** A store whose first read of a key was done already. */
const afterRead = (store: Store, key: string, found: Stored): Store => {
  let isNext = true;
  return {
    read(asked) {
      const first = isNext && asked === key;
      isNext &&= !first;
      return first ? Promise.resolve(found) : store.read(asked);
    },
    write: (asked, text, expected) => store.write(asked, text, expected),
    list: (prefix, enough) => store.list(prefix, enough),
  };
};

/**
 * Requests one check of each probe of a layer that was just read, after a silence that began at `tick`. A repeated request
 * changes nothing. Returns the layer as it is then. Throws as `update` does.
 */
export const catchUp = async (
  deps: Deps,
  found: Stored,
  { id }: Layer,
  tick: number,
): Promise<LayerDocument | null> => {
  const updated = await updateLayer<null>(
    { ...deps, store: afterRead(deps.store, layerKey(id), found) },
    id,
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
  return updated.document;
};
