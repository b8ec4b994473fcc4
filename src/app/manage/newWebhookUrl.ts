import type { Layer, Webhook } from "../../core/layer/layer.ts";
import type { Actor } from "../../core/slot/slot.ts";
import { rotateWebhook } from "../../core/webhook/rotateWebhook.ts";
import type { Deps } from "../deps.ts";
import { changeLayer, type NoRoom, type UnknownLayer } from "./changes.ts";
import { findWebhook } from "./webhooks.ts";

export type UrlChanged =
  | { readonly kind: "rotated"; readonly webhook: Webhook; readonly layer: Layer }
  | { readonly kind: "unknown-webhook" }
  /** So many former URLs are still accepted that there is no room for one more. */
  | { readonly kind: "too-many" };

/** Gives a webhook a new URL; the one before is accepted for `keepOldForSeconds` more. */
export const newWebhookUrl = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  idOrRef: string,
  keepOldForSeconds: number,
): Promise<UrlChanged | UnknownLayer | NoRoom> => {
  const id = deps.ids.secret();
  return changeLayer<UrlChanged>(deps, actor, layerId, (layer, { by, tried }) => {
    // The lost reply of our own rotation leaves the webhook under its new id.
    const webhook = findWebhook(layer, idOrRef) ?? (tried ? findWebhook(layer, id) : null);
    if (webhook === null) return { kind: "keep", result: { kind: "unknown-webhook" } };
    if (webhook.id === id) return { kind: "keep", result: { kind: "rotated", webhook, layer } };
    const next = rotateWebhook(layer, webhook.ref, id, keepOldForSeconds, by);
    if (next === null) return { kind: "keep", result: { kind: "too-many" } };
    return { kind: "write", document: next, result: { kind: "rotated", webhook: { ...webhook, id }, layer: next } };
  });
};
