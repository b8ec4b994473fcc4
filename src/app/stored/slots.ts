import { decideSlot, type Holder, holderOf, type SlotCommand } from "../../core/holder.ts";
import type { Deps, Target } from "../deps.ts";
import { type Effort, updateLayer, updateSite } from "./documents.ts";

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
  command: SlotCommand<R>,
  effort: Effort,
  flushed: readonly string[] = [],
): Promise<SlotUpdated<R> | null> => {
  const { result, document } =
    target.kind === "layer"
      ? await updateLayer<R | null>(
          deps,
          target.id,
          (doc, attempt) => decideSlot(doc, command, attempt, flushed),
          effort,
        )
      : await updateSite<R | null>(
          deps,
          target.id,
          (doc, attempt) => decideSlot(doc, command, attempt, flushed),
          effort,
        );
  const holder = holderOf(document);
  return result === null || holder === null ? null : { result, holder };
};
