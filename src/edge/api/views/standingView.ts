import { isoTime, timeOrNull } from "../../../app/time.ts";
import type { Stage, Standing } from "../../../core/stage/stage.ts";

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

/** The same with the build that counts. */
export const stagedView = (standing: Standing): StandingView & { readonly buildId: string | null } => ({
  ...standingView(standing),
  buildId: standing.buildId ?? null,
});
