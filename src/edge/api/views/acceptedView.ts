import type { z } from "@hono/zod-openapi";
import { messageOf } from "../../../app/receive/publish.ts";
import type { acceptedSchema } from "../../../contract/records/syncSchemas.ts";
import type { AcceptedDelivery } from "../../../core/webhook/takeDelivery.ts";

/** A sync that a person asked for, as a publish is answered. */
export const acceptedView = (result: AcceptedDelivery): z.input<typeof acceptedSchema> => {
  const { deliveryId, dataLayerId, outcome, syncId, revision, scope, warnings } = result;
  const shown = scope === "all" ? scope : [...scope];
  const ids = { deliveryId, dataLayerId, outcome, syncId, revision };
  return { ...ids, scope: shown, warnings: [...warnings], message: messageOf(result) };
};

/** Where a sync is found. */
export const syncLocation = (layerId: string, syncId: string): string =>
  `/api/v1/data-layers/${layerId}/syncs/${syncId}`;
