import type { Effort } from "../../../src/app/stored/documents.ts";
import type { Attempt, Decision } from "../../../src/core/document.ts";
import { decideSlot, type SlotCommand, type SlotOwner, slotOwnerOf } from "../../../src/core/slotOwner.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import { type Step, type Stepped, type Updated, update } from "../../../src/store/update.ts";
import type { Document, Documents } from "../documents.ts";
import type { Phase } from "../state.ts";

/** What follows when a loop has come to its end: the next phase, and the documents whose workers are woken. */
export interface Turn {
  readonly phase: Phase;
  readonly wakes: readonly number[];
}

/** The real compare-and-swap loop; it ends in what the process does next, given the time at which that is. */
export type Loop = Generator<Step, (now: number) => Turn, Stepped>;

/** A loop over one document. `then` gets its result, `failed` is for a store that did not confirm in time. */
export function* loop<R>(
  documents: Documents,
  on: number,
  { by, effort }: { readonly by: string; readonly effort: Effort },
  decide: (document: Document | null, attempt: Attempt) => Decision<Document, R>,
  then: (updated: Updated<Document, R>, now: number) => Turn,
  failed: (now: number) => Turn,
): Loop {
  try {
    const updated = yield* update<Document, R>(documents.key(on), documents.codec, decide, { by, ...effort });
    return (now) => then(updated, now);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return failed;
  }
}

/** A loop over a slot, as `updateSlot` in src/app/stored/slots.ts makes it; `then` gets null if there is no slot any more. */
export const slotLoop = <R>(
  documents: Documents,
  on: number,
  options: { readonly by: string; readonly effort: Effort },
  command: SlotCommand<R>,
  then: (updated: { readonly result: R; readonly owner: SlotOwner } | null, now: number) => Turn,
  failed: (now: number) => Turn,
  flushed: readonly string[] = [],
): Loop =>
  loop<R | null>(
    documents,
    on,
    options,
    (document, attempt) => decideSlot(document, command, attempt, flushed),
    ({ result, document }, now) => {
      const owner = slotOwnerOf(document);
      return then(result === null || owner === null ? null : { result, owner }, now);
    },
    failed,
  );
