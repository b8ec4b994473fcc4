import { utf8Bytes } from "../../core/bytes.ts";
import type { Decision } from "../../core/document.ts";
import { type ChangeBy, changeMark, type Layer, type LayerDocument, uidOf } from "../../core/layer/layer.ts";
import { layerToTell } from "../../core/layer/messages.ts";
import { DOCUMENT_BYTES } from "../../core/limits.ts";
import { hasRoom, type Owed } from "../../core/owed.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import { remember } from "../../core/slot/remember.ts";
import type { Actor, Slot } from "../../core/slot/slot.ts";
import type { Deps, Target } from "../deps.ts";
import { changeIds, isSeen, MANAGE, updateLayer, updateSite } from "../stored/documents.ts";
import { type Debtor, settleOwed } from "../stored/settleOwed.ts";

export interface UnknownLayer {
  readonly kind: "unknown-layer";
}
export interface UnknownSite {
  readonly kind: "unknown-site";
}
/** The archive has not taken what earlier changes owe; another change would have nowhere to put its own entry. */
export interface NoRoom {
  readonly kind: "no-room";
}

export const UNKNOWN_LAYER: UnknownLayer = { kind: "unknown-layer" };
export const UNKNOWN_SITE: UnknownSite = { kind: "unknown-site" };
export const NO_ROOM: NoRoom = { kind: "no-room" };

/** The circumstances of one attempt at a person's change. */
export interface Deciding {
  readonly by: ChangeBy;
  /** An earlier attempt sent its write and was not told that it landed: what it wanted may stand already. */
  readonly tried: boolean;
}

const isMade = ({ slot }: { readonly slot: Slot }, mark: string): boolean => slot.recent.some(({ id }) => id === mark);

const remembered = (slot: Slot, mark: string): Slot =>
  isMade({ slot }, mark) ? slot : remember(slot, { id: mark, syncId: "", queued: false });

type Owing = { readonly owed: readonly Owed[] };

/** A decision that would owe more than there is room for is no change. */
export const roomy = <D extends Owing, R>(before: Owing, decision: Decision<D, R>): Decision<D, R | NoRoom> =>
  decision.kind === "write" && !hasRoom(before, decision.document.owed.length - before.owed.length)
    ? { kind: "keep", result: NO_ROOM }
    : decision;

/** A change would make a layer or site larger than a document may be. Nothing was changed. */
export class DocumentTooLarge extends Error {
  override name = "DocumentTooLarge";
  readonly bytes: number;
  constructor(bytes: number) {
    super(`a document of ${bytes} bytes was not written`);
    this.bytes = bytes;
  }
}

const bytesOf = (document: object): number => utf8Bytes(JSON.stringify(document));

/**
 * Refuses settings that grow a document beyond its bound. The bounds of the schemas keep new documents below it; one of an
 * earlier release may be larger. What its slot and its archive need is written all the same: syncs must come to their end.
 */
const refuseGrowth = (before: object, after: object): void => {
  const bytes = bytesOf(after);
  if (bytes <= DOCUMENT_BYTES) return;
  const settings = (document: object) => bytesOf({ ...document, slot: null, owed: null, unsent: null });
  if (settings(after) > settings(before)) throw new DocumentTooLarge(bytes);
};

/**
 * Decides about a change that may have been made by an earlier attempt: then it is not made again, and only its result is
 * told. `marked` puts the mark into a document that has a place for it.
 */
const decideOnce = <H extends Owing & { readonly slot: Slot }, D extends Owing, R>(
  holder: H,
  by: ChangeBy,
  decide: (holder: H, deciding: Deciding) => Decision<D, R>,
  tried: boolean,
  marked: (document: D, mark: string) => D,
): Decision<D, R | NoRoom> => {
  const mark = changeMark(by.ids);
  const made = isMade(holder, mark);
  const decided = decide(holder, { by, tried: tried || made });
  if (made) return { kind: "keep", result: decided.result };
  const decision = roomy(holder, decided);
  if (decision.kind === "keep") return decision;
  const document = marked(decision.document, mark);
  refuseGrowth(holder, document);
  return { ...decision, document };
};

/** Tries a change; if there was no room for its audit entry, makes some and tries once more. */
export const withRoom = async <R>(
  deps: Deps,
  target: Debtor,
  change: () => Promise<R | NoRoom>,
): Promise<R | NoRoom> => {
  const first = await change();
  if (first !== NO_ROOM) return first;
  await settleOwed(deps, target);
  return change();
};

/**
 * A person's change to a layer that exists. `decide` must find its own earlier effect in the document (`by.ids`, or
 * `tried`); `gone` answers for a layer that is not there (any more). Throws `StoreUnavailable`, and
 * `DocumentTooLarge` for settings that do not fit.
 */
export const changeLayer = <R>(
  deps: Deps,
  actor: Actor,
  id: string,
  decide: (layer: Layer, deciding: Deciding) => Decision<LayerDocument, R>,
  gone: (tried: boolean) => R | UnknownLayer = () => UNKNOWN_LAYER,
): Promise<R | UnknownLayer | NoRoom> => {
  const ids = changeIds(deps);
  // The layer that a write was sent for. Deleted and made anew under its id before the next attempt, another one stands
  // there, which nobody asked to change.
  let meant: string | null = null;
  return withRoom(deps, { kind: "layer", id }, async () => {
    const { result } = await updateLayer<R | UnknownLayer | NoRoom>(
      deps,
      id,
      (document, attempt) => {
        const tried = meant !== null;
        if (document?.kind !== "layer" || !isSeen(deps, document) || (tried && uidOf(document) !== meant)) {
          return { kind: "keep", result: gone(tried) };
        }
        const by = { actor, now: attempt.now, ids, attempt };
        const decision = decideOnce(document, by, decide, tried, (next, mark) =>
          next.kind === "layer" ? { ...next, slot: remembered(next.slot, mark) } : next,
        );
        if (decision.kind === "write") meant = uidOf(document);
        return decision;
      },
      MANAGE,
    );
    return result;
  });
};

/** A person's change to a site that exists, as `changeLayer` is to a layer. */
export const changeSite = <R>(
  deps: Deps,
  actor: Actor,
  id: string,
  decide: (site: Site, deciding: Deciding) => Decision<SiteDocument, R>,
  gone: (tried: boolean) => R | UnknownSite = () => UNKNOWN_SITE,
): Promise<R | UnknownSite | NoRoom> => {
  const ids = changeIds(deps);
  let tried = false;
  return withRoom(deps, { kind: "site", id }, async () => {
    const { result } = await updateSite<R | UnknownSite | NoRoom>(
      deps,
      id,
      (document, attempt) => {
        if (document?.kind !== "site") return { kind: "keep", result: gone(tried) };
        const by = { actor, now: attempt.now, ids, attempt };
        const decision = decideOnce(document, by, decide, tried, (next, mark) =>
          next.kind === "site" ? { ...next, slot: remembered(next.slot, mark) } : next,
        );
        tried ||= decision.kind === "write";
        return decision;
      },
      MANAGE,
    );
    return result;
  });
};

/** What follows a committed change, after its answer: its entries go to the archive, a worker to what it started. */
export const finishChange = async (deps: Deps, target: Target, wake: boolean): Promise<void> => {
  const [document] = await Promise.all([settleOwed(deps, target), ...(wake ? [deps.wake(target)] : [])]);
  // A sync that a person ended is told of as any other: by a worker, which nothing else may have called.
  if (!wake && layerToTell(document ?? null, deps.clock.now()) !== null) await deps.wake(target);
};
