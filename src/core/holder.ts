import type { Attempt, Decision } from "./document.ts";
import { apply } from "./layer/apply.ts";
import { type Layer, type LayerDocument, layerParts } from "./layer/layer.ts";
import { flush } from "./owed.ts";
import { type Site, type SiteDocument, siteParts } from "./site/site.ts";
import type { Parts, SlotDecision } from "./slot/slot.ts";

/** A document with a slot. */
export type Holder = Layer | Site;

/** What the slot of a layer or site works on: its parts, its pause and its policy. */
export const partsOf = (holder: Holder): Parts => (holder.kind === "layer" ? layerParts(holder) : siteParts(holder));

/** A decision about the slot of a layer or a site. */
export type SlotCommand<R> = (holder: Holder, attempt: Attempt) => SlotDecision<R>;

/**
 * Turns a decision about a slot into one about its document. The result is null if the document has no slot (any more).
 * The same write drops the outbox entries in `flushed`, which are in the archive.
 */
export const decideSlot = <D extends LayerDocument | SiteDocument, R>(
  document: D | null,
  command: SlotCommand<R>,
  attempt: Attempt,
  flushed: readonly string[],
): Decision<Extract<D, Holder>, R | null> => {
  const holder = holderOf(document);
  if (holder === null) return { kind: "keep", result: null };
  const { change, result } = command(holder, attempt);
  if (change === null) return { kind: "keep", result };
  return { kind: "write", document: flush(apply(holder, change), flushed), result };
};

/** Returns the document if it has a slot. */
export const holderOf = <D extends LayerDocument | SiteDocument>(document: D | null): Extract<D, Holder> | null =>
  hasSlot(document) ? document : null;

const hasSlot = <D extends LayerDocument | SiteDocument>(document: D | null): document is Extract<D, Holder> =>
  document !== null && (document.kind === "layer" || document.kind === "site");
