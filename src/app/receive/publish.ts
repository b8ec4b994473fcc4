import {
  type AcceptedDelivery,
  type Delivery,
  markDelivery,
  type Published,
  takeDelivery,
} from "../../core/webhook/takeDelivery.ts";
import type { Store, Stored } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { MARK, PUBLISH, updateLayer } from "../stored/documents.ts";
import { withStoreFault } from "../storeFault.ts";

/**
 * A store that remembers what was read, and the same store with that as its first answer. So a delivery that waited for a
 * key set is decided upon the one read that it costs; a write over a version that changed meanwhile fails.
 */
const rereadable = (store: Store): { readonly store: Store; readonly again: () => Store } => {
  let last: Stored | null = null;
  const read = async (key: string): Promise<Stored | null> => {
    last = await store.read(key);
    return last;
  };
  const write: Store["write"] = (key, text, expected) => store.write(key, text, expected);
  const list: Store["list"] = (prefix, enough) => store.list(prefix, enough);
  const again = (): Store => {
    let isFirst = true;
    const reread = async (key: string): Promise<Stored | null> => {
      if (!isFirst) return read(key);
      isFirst = false;
      return last;
    };
    return { read: reread, write, list };
  };
  return { store: { read, write, list }, again };
};

/**
 * Accepts a delivery with one strong read and at most one conditional write, including authentication. The read begins
 * after the request arrived and serves this request alone: if two requests shared a read, a claim could come in
 * between. A sender may prove itself with a key of a key set: `fetchKeys` fetches the set if it is not known, within a
 * limit of time. Throws `StoreUnavailable` if the store did not confirm in time; the delivery may have been accepted.
 */
export const publish = async (
  deps: Deps,
  delivery: Delivery,
  fetchKeys: (url: string) => Promise<void> = async () => undefined,
): Promise<Published> => {
  const ids = { deliveryId: deps.ids.timeOrdered(), newSyncId: deps.ids.timeOrdered() };
  const { store, again } = rereadable(deps.store);
  const take = (from: Store) =>
    updateLayer<Published>(
      { ...deps, store: from },
      delivery.layerId,
      (document, attempt) => takeDelivery(document, delivery, ids, attempt),
      PUBLISH,
    );
  const first = await take(store);
  const keySet = first.result.kind === "refused" && "keySet" in first.result ? first.result.keySet : undefined;
  if (keySet !== undefined) await fetchKeys(keySet);
  const { result, wrote } = keySet === undefined ? first : await take(again());
  if (result.kind === "accepted") {
    const { syncId, outcome } = result;
    const queued = outcome === "queued";
    deps.report({ kind: "delivery.accepted", layer: delivery.layerId, sync: syncId, queued, wrote });
  } else if (result.kind === "ignored") {
    deps.report({ kind: "delivery.ignored", layer: delivery.layerId, code: result.code });
  } else if (result.kind === "refused") {
    deps.report({ kind: "delivery.refused", layer: delivery.layerId, code: result.code });
  }
  return result;
};

/**
 * Records a call of a URL that is no longer accepted, or soon will not be. It runs after the answer with a few
 * attempts; if the store fails, only the mark is lost. Never throws.
 */
export const markCall = async (
  deps: Deps,
  delivery: Pick<Delivery, "layerId" | "webhookId">,
  caller: string | null = null,
): Promise<void> => {
  try {
    await updateLayer<null>(
      deps,
      delivery.layerId,
      (document, attempt) => markDelivery(document, delivery, caller, attempt),
      MARK,
    );
  } catch (error) {
    deps.report({ kind: "trouble", where: "mark of a delivery", error: withStoreFault("not written", error) });
  }
};

/** One sentence for an editor whose CMS shows the answer. */
export const messageOf = ({
  outcome,
  scope,
  warnings,
}: Pick<AcceptedDelivery, "outcome" | "scope" | "warnings">): string => {
  const what = scope === "all" ? "everything" : scope.join(", ");
  const how =
    outcome === "queued" ? `A sync of ${what} is queued.` : `Merged into the sync of ${what} that is already queued.`;
  const unknown = warnings.includes("UNKNOWN_DATA_SOURCE")
    ? " The data source you named does not exist in this layer."
    : "";
  const unread = warnings.includes("BODY_NOT_READABLE")
    ? " The body could not be read, so the webhook's conditions were not applied."
    : "";
  return `${how}${unknown}${unread}`;
};
