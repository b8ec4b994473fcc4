import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../app/deps.ts";
import { isoTime } from "../../app/time.ts";
import { defaultEnabled, type Layer, type Webhook } from "../../core/layer.ts";
import { publishUrl } from "./layerView.ts";
import { actorView } from "./syncView.ts";
import { verificationView } from "./verificationSchemas.ts";
import type { webhookListSchema, webhookSchema } from "./webhookSchemas.ts";

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
  only: (webhook.only ?? []).map(({ header, bodyPath, in: values }) => ({
    ...(header === undefined ? {} : { header }),
    ...(bodyPath === undefined ? {} : { bodyPath }),
    in: values,
  })),
  strict: webhook.strict ?? false,
  ...(secrets ? { id: webhook.id, url: `${publishUrl(deps, layerId)}/${webhook.id}` } : {}),
});

/** Who still calls what is not accepted any more. */
export const calledInVain = (layer: Layer): z.input<typeof webhookListSchema>["calledInVain"] => {
  const { defaultSeenAt, defaultSeenSince, defaultSeenBy } = layer;
  const deleted = layer.deletedWebhooks.flatMap(({ ref, name, deletedAt, seenAt, seenSince, seenBy }) =>
    seenAt === undefined
      ? []
      : [
          {
            webhook: { ref, name },
            deletedAt: isoTime(deletedAt),
            since: isoTime(seenSince ?? seenAt),
            lastAt: isoTime(seenAt),
            userAgent: seenBy ?? null,
          },
        ],
  );
  if (defaultSeenAt === undefined || defaultEnabled(layer)) return deleted;
  const since = isoTime(defaultSeenSince ?? defaultSeenAt);
  const off = { since, lastAt: isoTime(defaultSeenAt), userAgent: defaultSeenBy ?? null };
  return [{ webhook: "default", deletedAt: null, ...off }, ...deleted];
};
