import { findWebhook } from "../../../app/manage/webhooks.ts";
import type { Layer, Webhook } from "../../../core/layer/layer.ts";

/** The name of the default webhook in paths. Ids and refs are longer or begin differently. */
export const DEFAULT_WEBHOOK = "default";

/** The webhook in a path, by its ref, its id, or as the default one. Null: there is none. */
export const namedWebhook = (layer: Layer, named: string): Webhook | "default" | null =>
  named === DEFAULT_WEBHOOK ? "default" : findWebhook(layer, named);
