import { isEndKnown, noteEnded } from "../../core/lastEnded.ts";
import type { SlotOwner } from "../../core/slotOwner.ts";
import type { Deps } from "../deps.ts";
import { lastDelivery } from "../stored/deliveryLog.ts";
import { ONCE, updateLayer, updateSite } from "../stored/documents.ts";
import { newestEnded } from "../stored/records.ts";

const isKnown = (owner: SlotOwner): boolean =>
  isEndKnown(owner) && (owner.kind === "site" || owner.lastDeliveryAt !== undefined);

/**
 * Notes in a document of the release before what its records say: which sync ended last, and when the last delivery
 * arrived. Then an overview reads no records for it. Tries once; a document that changes meanwhile is noted at a later
 * tick. Throws `StoreUnavailable`.
 */
export const noteLast = async (deps: Deps, owner: SlotOwner): Promise<void> => {
  if (isKnown(owner)) return;
  const ended = isEndKnown(owner) ? null : await newestEnded(deps, owner);
  const seen = owner.rev;
  if (owner.kind === "site") {
    await updateSite(
      deps,
      owner.id,
      (site) =>
        site?.kind === "site" && site.rev === seen
          ? { kind: "write", document: noteEnded(site, ended), result: null }
          : { kind: "keep", result: null },
      ONCE,
    );
    return;
  }
  const lastDeliveryAt = await lastDelivery(deps, owner);
  await updateLayer(
    deps,
    owner.id,
    (layer) =>
      layer?.kind === "layer" && layer.rev === seen
        ? { kind: "write", document: { ...noteEnded(layer, ended), lastDeliveryAt }, result: null }
        : { kind: "keep", result: null },
    ONCE,
  );
};
