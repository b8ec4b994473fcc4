import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../../app/deps.ts";
import type { FilteredRun } from "../../../app/show/filteredRuns.ts";
import { isoTime } from "../../../app/time.ts";
import type { webhookListSchema, webhookSchema } from "../../../contract/resources/webhookSchemas.ts";
import { defined } from "../../../core/defined.ts";
import { defaultEnabled, type Layer, type Webhook } from "../../../core/layer/layer.ts";
import { GONE_AFTER } from "../../../core/webhook/authenticate.ts";
import { readCondition } from "../../../core/webhook/eventFilter.ts";
import { isGuessable } from "../../../core/webhook/guessable.ts";
import { isRestorable } from "../../../core/webhook/restorable.ts";
import { type FormerUrl, formerUrl } from "../../../core/webhook/webhooks.ts";
import { etagOf } from "../etags.ts";
import { publishUrl } from "./layerView.ts";
import { brakeView } from "./standingView.ts";
import { actorView } from "./syncView.ts";
import { verificationView } from "./verificationView.ts";

const previousView = (former: FormerUrl | null): z.input<typeof webhookSchema>["previous"] =>
  former === null
    ? null
    : {
        until: isoTime(former.until),
        lastDeliveryAt: former.lastDeliveryAt === null ? null : isoTime(former.lastDeliveryAt),
      };

/** Anybody who knows the URL may publish, unless requests are verified. */
const warningsOf = ({ id, verification }: Webhook): "GUESSABLE_URL"[] =>
  verification === undefined && isGuessable(id) ? ["GUESSABLE_URL"] : [];

/** A webhook. Its id and URL are shown only to those who may change it, because they let anybody publish. */
export const webhookView = (
  deps: Deps,
  layer: Pick<Layer, "id" | "formerIds" | "braked">,
  webhook: Webhook,
  secrets: boolean,
): z.input<typeof webhookSchema> => ({
  ref: webhook.ref,
  name: webhook.name,
  createdAt: isoTime(webhook.createdAt),
  createdBy: actorView(webhook.createdBy),
  verification: webhook.verification === undefined ? null : verificationView(webhook.verification, deps.clock.now()),
  only: (webhook.only ?? []).map(readCondition),
  strict: webhook.strict ?? false,
  keepRequests: webhook.keepRequests ?? true,
  brake: brakeView(layer, webhook.ref, deps.clock.now()),
  previous: previousView(formerUrl(layer, webhook.ref, deps.clock.now())),
  ...(secrets
    ? { id: webhook.id, url: `${publishUrl(deps, layer.id)}/${webhook.id}`, warnings: warningsOf(webhook) }
    : {}),
});

/** Deliveries that a webhook's conditions left out; null: it is not flagged. */
export const filteredView = (run: FilteredRun | undefined): z.input<typeof webhookSchema>["filtered"] =>
  run === undefined ? null : { deliveries: run.deliveries, since: isoTime(run.since) };

/**
 * The fields behind `If-Match`, without the last use of a former URL, the brake and what the log says: a delivery must not
 * make an admin's change fail.
 */
export const webhookEtag = ({
  previous,
  filtered: _log,
  brake: _brake,
  ...view
}: z.input<typeof webhookSchema>): string =>
  etagOf(JSON.stringify({ ...view, previous: previous === null ? null : { until: previous.until } }));

/** The deleted webhooks that can be restored, newest first. */
export const restorableView = (
  layer: Layer,
  now: number,
  secrets: boolean,
): z.input<typeof webhookListSchema>["restorable"] =>
  layer.deletedWebhooks.toReversed().flatMap((gone) =>
    isRestorable(gone, now)
      ? [
          {
            ...defined({ id: secrets ? gone.id : undefined }),
            ref: gone.ref,
            name: gone.name,
            createdAt: isoTime(gone.restorable.createdAt),
            deletedAt: isoTime(gone.deletedAt),
            restorableUntil: isoTime(gone.deletedAt + GONE_AFTER),
          },
        ]
      : [],
  );

/** The callers of URLs that are no longer accepted. */
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
  const call = { since, lastAt: isoTime(defaultSeenAt), userAgent: defaultSeenBy ?? null };
  return [{ webhook: "default", deletedAt: null, ...call }, ...deleted];
};
