import { decideSlot, type SlotCommand, type SlotOwner, slotOwnerOf } from "../../core/slotOwner.ts";
import type { Deps, Target } from "../deps.ts";
import { type Effort, updateLayer, updateSite } from "./documents.ts";

/** The result, and the document that was read or written. */
export interface SlotUpdated<R> {
  readonly result: R;
  readonly owner: SlotOwner;
}

/**
 * Decides about the slot of a layer or site; null if the document is gone. The same write drops the outbox entries in
 * `flushed`, which are in the archive.
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
  const owner = slotOwnerOf(document);
  return result === null || owner === null ? null : { result, owner };
};
