import type { Effort } from "../../src/app/stored/documents.ts";
import { apply } from "../../src/core/layer/apply.ts";
import type { Layer } from "../../src/core/layer/layer.ts";
import { layerParts } from "../../src/core/layer/layer.ts";
import { flush } from "../../src/core/owed.ts";
import { type Site, siteParts } from "../../src/core/site/site.ts";
import type { Change, Parts } from "../../src/core/slot/slot.ts";
import { StoreUnavailable } from "../../src/store/store.ts";
import {
  type Attempting,
  type Decision,
  type Step,
  type Stepped,
  type Updated,
  update,
} from "../../src/store/update.ts";
import type { Document, Documents } from "./documents.ts";
import type { Phase } from "./state.ts";

/** What follows when a loop has come to its end: the next phase, and the document whose worker is woken. */
export interface Turn {
  readonly phase: Phase;
  readonly wake?: number;
}

/** The real compare-and-swap loop; it ends in what the process does next, given the time at which that is. */
export type Loop = Generator<Step, (now: number) => Turn, Stepped>;

/** A loop over one document. `then` gets its result, `failed` is for a store that did not confirm in time. */
export function* loop<R>(
  documents: Documents,
  on: number,
  { by, effort }: { readonly by: string; readonly effort: Effort },
  decide: (document: Document | null, attempting: Attempting) => Decision<Document, R>,
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

export type Holder = Layer | Site;

/** As `partsOf` in src/app/stored/slots.ts. */
export const partsOf = (holder: Holder): Parts => (holder.kind === "layer" ? layerParts(holder) : siteParts(holder));

/** A loop over a slot, as `updateSlot` in src/app/stored/slots.ts makes it; `then` gets null if there is no slot any more. */
export const slotLoop = <R>(
  documents: Documents,
  on: number,
  options: { readonly by: string; readonly effort: Effort },
  decide: (
    holder: Holder,
    parts: Parts,
    attempting: Attempting,
  ) => { readonly change: Change | null; readonly result: R },
  then: (updated: { readonly result: R; readonly holder: Holder } | null, now: number) => Turn,
  failed: (now: number) => Turn,
  flushed: readonly string[] = [],
): Loop =>
  loop<R | null>(
    documents,
    on,
    options,
    (document, attempting) => {
      if (document?.kind !== "layer" && document?.kind !== "site") return { kind: "keep", result: null };
      const { change, result } = decide(document, partsOf(document), attempting);
      if (change === null) return { kind: "keep", result };
      return { kind: "write", document: flush(apply<Holder>(document, change), flushed), result };
    },
    ({ result, document }, now) => {
      if (result === null || (document?.kind !== "layer" && document?.kind !== "site")) return then(null, now);
      return then({ result, holder: document }, now);
    },
    failed,
  );
