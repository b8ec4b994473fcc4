import { apply } from "../../core/layer/apply.ts";
import { type Layer, layerParts } from "../../core/layer/layer.ts";
import { flush } from "../../core/owed.ts";
import { type Site, siteParts } from "../../core/site/site.ts";
import type { Change, Parts } from "../../core/slot/slot.ts";
import type { Attempting, Decision } from "../../store/update.ts";
import type { Deps, Target } from "../deps.ts";
import { type Effort, updateLayer, updateSite } from "./documents.ts";

/** A document with a slot. */
export type Holder = Layer | Site;

/** What the holder's slot works on today. */
export const partsOf = (holder: Holder): Parts => (holder.kind === "layer" ? layerParts(holder) : siteParts(holder));

/** A command's effect on a slot (null: nothing to write) and what the caller is told. */
export interface SlotDecision<R> {
  readonly change: Change | null;
  readonly result: R;
}

/** The result, and the document it was decided on or written as. */
export interface SlotUpdated<R> {
  readonly result: R;
  readonly holder: Holder;
}

/**
 * Decides about a slot, whoever holds it; null if its document is gone. Records known to stand in the archive
 * (`flushed`) leave the document on the same write.
 */
export const updateSlot = async <R>(
  deps: Deps,
  target: Target,
  decide: (holder: Holder, parts: Parts, attempting: Attempting) => SlotDecision<R>,
  effort: Effort,
  flushed: readonly string[] = [],
): Promise<SlotUpdated<R> | null> => {
  const on = <D extends Holder>(holder: D, attempting: Attempting): Decision<D, R | null> => {
    const { change, result } = decide(holder, partsOf(holder), attempting);
    if (change === null) return { kind: "keep", result };
    return { kind: "write", document: flush(apply<D>(holder, change), flushed), result };
  };
  const gone = { kind: "keep", result: null } as const;
  const { result, document } =
    target.kind === "layer"
      ? await updateLayer<R | null>(deps, target.id, (doc, at) => (doc?.kind === "layer" ? on(doc, at) : gone), effort)
      : await updateSite<R | null>(deps, target.id, (doc, at) => (doc?.kind === "site" ? on(doc, at) : gone), effort);
  if (result === null || document === null) return null;
  return document.kind === "layer" || document.kind === "site" ? { result, holder: document } : null;
};
