import { utf8Bytes } from "../bytes.ts";
import type { Attempt, Decision } from "../document.ts";
import { DOCUMENT_BYTES } from "../limits.ts";
import { hasRoom, type Owed } from "../owed.ts";
import type { Site, SiteDocument } from "../site/site.ts";
import type { Slot } from "../slot/slot.ts";
import { remember } from "../slot/slot.ts";
import type { Actor } from "../slot/sync.ts";
import { type ChangeBy, type ChangeIds, changeMark, type Layer, type LayerDocument, uidOf } from "./layer.ts";

/**
 * The outbox is full because the archive accepts no entries, so a change would have no room for its audit entry.
 */
export interface NoRoom {
  readonly kind: "no-room";
}
export const NO_ROOM: NoRoom = { kind: "no-room" };

/** The circumstances of one attempt at a person's change. */
export interface Deciding {
  readonly by: ChangeBy;
  /** Whether an earlier attempt sent a write and got no reply: its change may have been made already. */
  readonly tried: boolean;
}

/** A person's change; the same for all attempts. */
export interface PersonChange {
  readonly actor: Actor;
  readonly ids: ChangeIds;
}

/** The change would make a layer or site larger than a document may be. Nothing was changed. */
export class DocumentTooLarge extends Error {
  override name = "DocumentTooLarge";
  readonly bytes: number;
  constructor(bytes: number) {
    super(`a document of ${bytes} bytes was not written`);
    this.bytes = bytes;
  }
}

type WithOutbox = { readonly owed: readonly Owed[] };

/** Refuses a decision that would owe more entries than the outbox has room for. */
export const refuseIfFull = <D extends WithOutbox, R>(
  before: WithOutbox,
  decision: Decision<D, R>,
): Decision<D, R | NoRoom> =>
  decision.kind === "write" && !hasRoom(before, decision.document.owed.length - before.owed.length)
    ? { kind: "keep", result: NO_ROOM }
    : decision;

const bytesOf = (document: object): number => utf8Bytes(JSON.stringify(document));

/**
 * Refuses settings that grow a document beyond its limit. A document of an earlier release may exceed it already: its
 * slot and outbox are written all the same, so that its syncs come to an end.
 */
const refuseGrowth = (before: object, after: object): void => {
  const bytes = bytesOf(after);
  if (bytes <= DOCUMENT_BYTES) return;
  const settings = (document: object) => bytesOf({ ...document, slot: null, owed: null, unsent: null });
  if (settings(after) > settings(before)) throw new DocumentTooLarge(bytes);
};

const hasMark = (slot: Slot, mark: string): boolean => slot.recent.some(({ id }) => id === mark);

const slotWithMark = (slot: Slot, mark: string): Slot =>
  hasMark(slot, mark) ? slot : remember(slot, { id: mark, syncId: "", queued: false });

/**
 * Decides about a change. If an earlier attempt has made it, only its result is returned. `addMark` stores the mark of
 * the change in the document; a tombstone has no place for it.
 */
const decideOnce = <H extends WithOutbox & { readonly slot: Slot }, D extends WithOutbox, R>(
  owner: H,
  by: ChangeBy,
  decide: (holder: H, deciding: Deciding) => Decision<D, R>,
  tried: boolean,
  addMark: (document: D, mark: string) => D,
): Decision<D, R | NoRoom> => {
  const mark = changeMark(by.ids);
  const isRepeat = hasMark(owner.slot, mark);
  const answer = decide(owner, { by, tried: tried || isRepeat });
  if (isRepeat) return { kind: "keep", result: answer.result };
  const decision = refuseIfFull(owner, answer);
  if (decision.kind === "keep") return decision;
  const document = addMark(decision.document, mark);
  refuseGrowth(owner, document);
  return { ...decision, document };
};

/**
 * Decides all attempts at one person's change of a layer. `decide` must find the effect of an earlier attempt in the
 * document (by `by.ids`, or if `tried`). `whenMissing` answers for a layer that does not exist or that the person may not see.
 * Throws `DocumentTooLarge` for settings that do not fit.
 */
export const decideLayerChange = <R>(
  { actor, ids }: PersonChange,
  decide: (layer: Layer, deciding: Deciding) => Decision<LayerDocument, R>,
  whenMissing: (tried: boolean) => R,
  isSeen: (layer: Layer) => boolean = () => true,
): ((document: LayerDocument | null, attempt: Attempt) => Decision<LayerDocument, R | NoRoom>) => {
  // Identifies the layer that an earlier attempt wrote to. A layer that was created under the same id since then must
  // not be changed.
  let uid: string | null = null;
  return (document, attempt) => {
    const tried = uid !== null;
    if (document?.kind !== "layer" || !isSeen(document) || (tried && uidOf(document) !== uid)) {
      return { kind: "keep", result: whenMissing(tried) };
    }
    const by = { actor, now: attempt.now, ids, attempt };
    const decision = decideOnce(document, by, decide, tried, (next, mark) =>
      next.kind === "layer" ? { ...next, slot: slotWithMark(next.slot, mark) } : next,
    );
    if (decision.kind === "write") uid = uidOf(document);
    return decision;
  };
};

/** Decides all attempts at one person's change of a site, as `decideLayerChange` does for a layer. */
export const decideSiteChange = <R>(
  { actor, ids }: PersonChange,
  decide: (site: Site, deciding: Deciding) => Decision<SiteDocument, R>,
  whenMissing: (tried: boolean) => R,
): ((document: SiteDocument | null, attempt: Attempt) => Decision<SiteDocument, R | NoRoom>) => {
  let tried = false;
  return (document, attempt) => {
    if (document?.kind !== "site") return { kind: "keep", result: whenMissing(tried) };
    const by = { actor, now: attempt.now, ids, attempt };
    const decision = decideOnce(document, by, decide, tried, (next, mark) =>
      next.kind === "site" ? { ...next, slot: slotWithMark(next.slot, mark) } : next,
    );
    tried ||= decision.kind === "write";
    return decision;
  };
};
