import { findWebhook } from "../../../app/manage/webhooks.ts";
import type { Layer, Webhook } from "../../../core/layer/layer.ts";

/** What the default webhook is called where a webhook is named; ids and refs are longer or begin otherwise. */
export const DEFAULT_WEBHOOK = "default";

/** The webhook that a path names: by its ref, its id, or as the default one. Null: there is none. */
export const namedWebhook = (layer: Layer, named: string): Webhook | "default" | null =>
  named === DEFAULT_WEBHOOK ? "default" : findWebhook(layer, named);
