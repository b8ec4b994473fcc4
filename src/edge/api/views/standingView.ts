import type { z } from "@hono/zod-openapi";
import { isoTime, timeOrNull } from "../../../app/time.ts";
import type { brakeSchema } from "../../../contract/resources/layerSchemas.ts";
import type { Layer } from "../../../core/layer/layer.ts";
import type { Stage, Standing } from "../../../core/stage/stage.ts";
import { brakeOf } from "../../../core/webhook/brakedWebhooks.ts";

interface StandingView {
  readonly stage: Stage;
  readonly since: string;
  readonly until: string | null;
  readonly reason: string | null;
  readonly deployId: string | null;
}

/** Where something stands, as it is shown. */
export const standingView = ({ stage, since, until, reason, deployId }: Standing): StandingView => ({
  stage,
  since: isoTime(since),
  until: timeOrNull(until ?? null),
  reason: reason ?? null,
  deployId: deployId ?? null,
});

/** The view of something that stands nowhere yet. `since`: since when (ms); `reason`: why, in one sentence. */
const nowhere = (since: number, reason: string) => ({
  stage: null,
  since: isoTime(since),
  until: null,
  reason,
  deployId: null,
  buildId: null,
});

/** Where a layer stands, as it is shown; null: nothing was published yet. */
export const layerStandingView = (standing: Standing | null, createdAt: number) =>
  standing === null ? nowhere(createdAt, "No publish has arrived yet.") : stagedView(standing);

/** Where a site stands, as it is shown; null: nothing was built yet. */
export const siteStandingView = (standing: Standing | null, createdAt: number) =>
  standing === null ? nowhere(createdAt, "Nothing was built yet.") : stagedView(standing);

/** The same with the build that counts. */
export const stagedView = (standing: Standing): StandingView & { readonly buildId: string | null } => ({
  ...standingView(standing),
  buildId: standing.buildId ?? null,
});

/** The flag of the webhook `ref`, or `default`, whose deliveries met a brake; null: they did not. */
export const brakeView = (layer: Pick<Layer, "braked">, ref: string, now: number): z.input<typeof brakeSchema> => {
  const brake = brakeOf(layer, ref, now);
  return brake === null ? null : { siteId: brake.siteId, since: isoTime(brake.since), until: isoTime(brake.until) };
};
