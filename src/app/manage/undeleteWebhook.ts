import type { DeletedWebhook, Layer, Webhook } from "../../core/layer/layer.ts";
import { WEBHOOKS } from "../../core/limits.ts";
import type { Actor } from "../../core/slot/slot.ts";
import { equalSecrets } from "../../core/webhook/authenticate.ts";
import { isRestorable } from "../../core/webhook/restorable.ts";
import { restored, restoreWebhook } from "../../core/webhook/restoreWebhook.ts";
import type { Deps } from "../deps.ts";
import { changeLayer, type NoRoom, type UnknownLayer } from "./changes.ts";
import { findWebhook } from "./webhooks.ts";

export type Undeleted =
  | { readonly kind: "restored"; readonly webhook: Webhook; readonly layer: Layer }
  | { readonly kind: "unknown-webhook" }
  /** It was deleted too long ago, or too many others since. */
  | { readonly kind: "not-restorable" }
  | { readonly kind: "too-many" };

/** A layer's deleted webhook by its public name or its secret. */
const findDeleted = (layer: Layer, idOrRef: string): DeletedWebhook | null =>
  layer.deletedWebhooks.find(({ ref }) => ref === idOrRef) ??
  layer.deletedWebhooks.filter(({ id }) => equalSecrets(id, idOrRef))[0] ??
  null;

/** Puts a deleted webhook back as it was, URL and secrets included. One that stands is answered as it stands. */
export const undeleteWebhook = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  idOrRef: string,
): Promise<Undeleted | UnknownLayer | NoRoom> =>
  changeLayer<Undeleted>(deps, actor, layerId, (layer, { by }) => {
    const standing = findWebhook(layer, idOrRef);
    if (standing !== null) return { kind: "keep", result: { kind: "restored", webhook: standing, layer } };
    const gone = findDeleted(layer, idOrRef);
    if (gone === null) return { kind: "keep", result: { kind: "unknown-webhook" } };
    const webhook = restored(gone);
    if (webhook === null || !isRestorable(gone, by.now)) return { kind: "keep", result: { kind: "not-restorable" } };
    if (layer.webhooks.length >= WEBHOOKS) return { kind: "keep", result: { kind: "too-many" } };
    const next = restoreWebhook(layer, webhook, by);
    return { kind: "write", document: next, result: { kind: "restored", webhook, layer: next } };
  });
