import type { z } from "@hono/zod-openapi";
import type { Sealer } from "../../../app/deps.ts";
import type { OnPage } from "../../../app/proof/onPage.ts";
import type { Proof } from "../../../app/proof/proofRecord.ts";
import { titleOf } from "../../../app/proof/titleOf.ts";
import { isoTime, timeOrNull } from "../../../app/time.ts";
import type { onPageSchema } from "../../../contract/records/liveCheckSchemas.ts";
import type { manifestSchema } from "../../../contract/records/manifestSchemas.ts";
import type { pageSeenSchema } from "../../../contract/records/pageSchemas.ts";
import { type Looked, lookOf } from "../../../core/proof/lookSchema.ts";
import { type Scope, seesRecord } from "../../access/scope.ts";

/** Whether the page of a publish shows it, as the last look found. */
export const onPageView = (found: OnPage | null | undefined): z.input<typeof onPageSchema> | null =>
  found == null
    ? null
    : { state: found.state, reason: found.reason, lookedAt: isoTime(found.at), until: timeOrNull(found.until) };

/**
 * What is in a build, as the API shows it, and what the pages showed. A scoped reader sees only what its own layers
 * published.
 */
export const manifestView = (
  { proof, found }: { readonly proof: Proof | null; readonly found: readonly OnPage[] },
  sealer: Sealer,
  scope: Scope | null,
): z.input<typeof manifestSchema> | null => {
  if (proof === null) return null;
  const seen = proof.subjects.filter(({ layerId, syncId }) => seesRecord(scope, layerId, syncId));
  const subjects = seen.map((subject) => {
    const { layerId: dataLayerId, deliveryId, event, type, id } = subject;
    const onPage = onPageView(found.find((one) => one.deliveryId === deliveryId));
    return { dataLayerId, deliveryId, event, type, id, title: titleOf(sealer, subject), onPage };
  });
  const { deliveries, more } = scope === null ? proof : { deliveries: subjects.length, more: 0 };
  return { deliveries, subjects, more };
};

/** What the last look at a site's pages has found; null: nobody has looked. */
export const pageView = (site: Looked): z.input<typeof pageSeenSchema> | null => {
  const look = lookOf(site);
  if (look === undefined) return null;
  const { marker, at, deployId, due, heal, reason } = look;
  return {
    deployId: marker?.deployId ?? null,
    buildId: marker?.buildId ?? null,
    seenAt: timeOrNull(marker?.seenAt ?? null),
    lookedAt: isoTime(at),
    lookedFor: deployId,
    nextLookAt: timeOrNull(due ?? null),
    rebuildAt: timeOrNull(heal?.at ?? null),
    reason: reason ?? null,
  };
};
