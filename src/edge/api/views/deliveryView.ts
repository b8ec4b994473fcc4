import type { z } from "@hono/zod-openapi";
import type { Sealer } from "../../../app/deps.ts";
import type { OnPage } from "../../../app/proof/onPage.ts";
import { titleOf } from "../../../app/proof/titleOf.ts";
import type { StagedDelivery } from "../../../app/show/stages.ts";
import { isoTime } from "../../../app/time.ts";
import type { deliveryDetailSchema, deliverySchema } from "../../../contract/records/deliverySchemas.ts";
import type { Scope } from "../../access/scope.ts";
import { shownToken } from "../../hooks/handshakeToken.ts";
import { buildView } from "./buildView.ts";
import { onPageView, pageView } from "./proofView.ts";
import { stagedView } from "./standingView.ts";
import { syncDetailView } from "./syncDetailView.ts";

/** Where a delivery is shown: its layer, and what opens titles. */
export interface Showing {
  readonly layerId: string;
  readonly sealer: Sealer;
  /** Only who may change the webhook sees the hint and the token of a handshake. */
  readonly writer: boolean;
  /** The time (ms), because a token is shown for an hour. */
  readonly now: number;
}

/** A delivery, as it is shown. */
export const deliveryView = (
  { delivery: logged, standing }: StagedDelivery,
  { layerId, sealer, writer, now }: Showing,
): z.input<typeof deliverySchema> => {
  const { receivedAt, request: _request, token: _token, ...rest } = logged;
  const { unlogged = 0, formerUrl = false, otherHost = null, hint = null, ...delivery } = rest;
  const title = titleOf(sealer, { layerId, deliveryId: logged.id, title: delivery.subject?.title });
  const subject = delivery.subject && { ...delivery.subject, title };
  const shown = writer ? shownToken(sealer, layerId, logged, now) : null;
  const handshake = shown === null ? null : { token: shown.token, until: isoTime(shown.until) };
  const more = { formerUrl, otherHost, unlogged, hint: writer ? hint : null, handshake };
  return { ...delivery, ...more, subject, receivedAt: isoTime(receivedAt), ...stagedView(standing) };
};

/** A delivery with its chain: the sync that covers it, and the build of each site that followed. */
export const deliveryDetailView = (
  staged: StagedDelivery,
  showing: Showing,
  scope: Scope | null,
  { found, pageUrl }: { readonly found: ReadonlyMap<string, OnPage | null>; readonly pageUrl: string | null },
): z.input<typeof deliveryDetailSchema> => {
  const { sync } = staged;
  return {
    ...deliveryView(staged, showing),
    sync: sync === null ? null : syncDetailView(sync, null),
    sites: (sync?.sites ?? []).map(({ request: { siteId, name }, site, build }) => ({
      siteId,
      name,
      build: site === null || build === null ? null : buildView(build, site, scope),
      liveDeployId: site?.deploys?.live?.id ?? null,
      page: site === null ? null : pageView(site),
      onPage: onPageView(found.get(siteId)),
    })),
    pageUrl,
  };
};
