import type { Decision } from "../../core/document.ts";
import {
  type Deciding,
  decideLayerChange,
  decideSiteChange,
  NO_ROOM,
  type NoRoom,
} from "../../core/layer/decideOnce.ts";
import type { Layer, LayerDocument } from "../../core/layer/layer.ts";
import { layerWithDueMessage } from "../../core/layer/messages.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps, Target } from "../deps.ts";
import { changeIds, isSeen, MANAGE, updateLayer, updateSite } from "../stored/documents.ts";
import { type Debtor, settleOwed } from "../stored/settleOwed.ts";

export interface UnknownLayer {
  readonly kind: "unknown-layer";
}
export interface UnknownSite {
  readonly kind: "unknown-site";
}
/** The document changed since the caller read it; nothing was written. */
export interface ChangedSince {
  readonly kind: "changed-since";
}
export interface Deleted {
  readonly kind: "deleted";
}
export const UNKNOWN_LAYER: UnknownLayer = { kind: "unknown-layer" };
export const UNKNOWN_SITE: UnknownSite = { kind: "unknown-site" };
export const CHANGED_SINCE: ChangedSince = { kind: "changed-since" };
export const DELETED: Deleted = { kind: "deleted" };

/**
 * Attempts a change. If the outbox has no room for its audit entry, empties the outbox and attempts the change once more.
 */
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
 * A person's change of an existing layer. `decide` must find the effect of an earlier attempt in the document (by
 * `by.ids`, or if `tried`). `whenMissing` answers for a layer that does not exist (any more). Throws `StoreUnavailable`, and
 * `DocumentTooLarge` for settings that do not fit.
 */
export const changeLayer = <R>(
  deps: Deps,
  actor: Actor,
  id: string,
  decide: (layer: Layer, deciding: Deciding) => Decision<LayerDocument, R>,
  whenMissing: (tried: boolean) => R | UnknownLayer = () => UNKNOWN_LAYER,
): Promise<R | UnknownLayer | NoRoom> => {
  const change = { actor, ids: changeIds(deps) };
  const decision = decideLayerChange<R | UnknownLayer>(change, decide, whenMissing, (layer) => isSeen(deps, layer));
  return withRoom(deps, { kind: "layer", id }, async () => {
    const { result } = await updateLayer<R | UnknownLayer | NoRoom>(deps, id, decision, MANAGE);
    return result;
  });
};

/** A person's change of an existing site, like `changeLayer`. */
export const changeSite = <R>(
  deps: Deps,
  actor: Actor,
  id: string,
  decide: (site: Site, deciding: Deciding) => Decision<SiteDocument, R>,
  whenMissing: (tried: boolean) => R | UnknownSite = () => UNKNOWN_SITE,
): Promise<R | UnknownSite | NoRoom> => {
  const decision = decideSiteChange<R | UnknownSite>({ actor, ids: changeIds(deps) }, decide, whenMissing);
  return withRoom(deps, { kind: "site", id }, async () => {
    const { result } = await updateSite<R | UnknownSite | NoRoom>(deps, id, decision, MANAGE);
    return result;
  });
};

/**
 * The work after the answer to a committed change: appends its entries to the archive, and wakes a worker for what it
 * started.
 */
export const finishChange = async (deps: Deps, target: Target, wake: boolean): Promise<void> => {
  const [document] = await Promise.all([settleOwed(deps, target), ...(wake ? [deps.wake(target)] : [])]);
  // A cancelled sync may owe a notification, which only a worker sends.
  if (!wake && layerWithDueMessage(document ?? null, deps.clock.now()) !== null) await deps.wake(target);
};
