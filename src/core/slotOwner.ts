import type { Attempt, Decision } from "./document.ts";
import { apply } from "./layer/apply.ts";
import { type Layer, type LayerDocument, layerParts } from "./layer/layer.ts";
import { flush } from "./owed.ts";
import { siteParts } from "./site/pacing.ts";
import type { Site, SiteDocument } from "./site/site.ts";
import type { Parts, SlotDecision } from "./slot/slot.ts";

/** A layer or a site: a document with a slot. */
export type SlotOwner = Layer | Site;

/** What an owner lays down for its slot: its parts, its pace, and whether sites follow. */
export const partsOf = (owner: SlotOwner): Parts => (owner.kind === "layer" ? layerParts(owner) : siteParts(owner));

/** A decision about the slot of a layer or a site. */
export type SlotCommand<R> = (owner: SlotOwner, attempt: Attempt) => SlotDecision<R>;

/**
 * Turns a decision about a slot into one about its document. The result is null if the document has no slot (any more).
 * The same write drops the outbox entries in `flushed`, which are in the archive.
 */
export const decideSlot = <D extends LayerDocument | SiteDocument, R>(
  document: D | null,
  command: SlotCommand<R>,
  attempt: Attempt,
  flushed: readonly string[],
): Decision<Extract<D, SlotOwner>, R | null> => {
  const owner = slotOwnerOf(document);
  if (owner === null) return { kind: "keep", result: null };
  const { change, result } = command(owner, attempt);
  if (change === null) return { kind: "keep", result };
  return { kind: "write", document: flush(apply(owner, change), flushed), result };
};

/** Returns the document if it has a slot. */
export const slotOwnerOf = <D extends LayerDocument | SiteDocument>(
  document: D | null,
): Extract<D, SlotOwner> | null => (hasSlot(document) ? document : null);

const hasSlot = <D extends LayerDocument | SiteDocument>(document: D | null): document is Extract<D, SlotOwner> =>
  document !== null && (document.kind === "layer" || document.kind === "site");
