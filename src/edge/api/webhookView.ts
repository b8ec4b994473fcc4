import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../app/deps.ts";
import { isoTime } from "../../app/time.ts";
import type { Webhook } from "../../core/layer.ts";
import { publishUrl } from "./layerView.ts";
import { actorView } from "./syncView.ts";
import { verificationView } from "./verificationSchemas.ts";
import type { webhookSchema } from "./webhookSchemas.ts";

/** A webhook; its id and URL only for those who may change it, because whoever has them can publish. */
export const webhookView = (
  deps: Deps,
  layerId: string,
  webhook: Webhook,
  secrets: boolean,
): z.input<typeof webhookSchema> => ({
  ref: webhook.ref,
  name: webhook.name,
  createdAt: isoTime(webhook.createdAt),
  createdBy: actorView(webhook.createdBy),
  verification: webhook.verification === undefined ? null : verificationView(webhook.verification),
  ...(secrets ? { id: webhook.id, url: `${publishUrl(deps, layerId)}/${webhook.id}` } : {}),
});
