import type { z } from "@hono/zod-openapi";
import type { StagedDelivery } from "../../../app/show/stages.ts";
import { isoTime } from "../../../app/time.ts";
import type { deliveryDetailSchema, deliverySchema } from "../../../contract/records/deliverySchemas.ts";
import type { Scope } from "../../access/scope.ts";
import { buildView } from "./buildView.ts";
import { stagedView } from "./standingView.ts";
import { syncDetailView } from "./syncDetailView.ts";

/** A delivery, as it is shown. Only who may change the webhook sees the hint. */
export const deliveryView = (
  { delivery: logged, standing }: StagedDelivery,
  writer: boolean,
): z.input<typeof deliverySchema> => {
  const { receivedAt, request: _sealed, ...rest } = logged;
  const { unlogged = 0, formerUrl = false, otherHost = null, hint = null, ...delivery } = rest;
  const more = { formerUrl, otherHost, unlogged, hint: writer ? hint : null };
  return { ...delivery, ...more, receivedAt: isoTime(receivedAt), ...stagedView(standing) };
};

/** A delivery with its chain: the sync that covers it, and the build of each site that followed. */
export const deliveryDetailView = (
  staged: StagedDelivery,
  scope: Scope | null,
  writer: boolean,
): z.input<typeof deliveryDetailSchema> => {
  const { sync } = staged;
  return {
    ...deliveryView(staged, writer),
    sync: sync === null ? null : syncDetailView(sync, null),
    sites: (sync?.sites ?? []).map(({ request: { siteId, name }, site, build }) => ({
      siteId,
      name,
      build: site === null || build === null ? null : buildView(build, site, scope),
      liveDeployId: site?.deploys?.live?.id ?? null,
    })),
  };
};
