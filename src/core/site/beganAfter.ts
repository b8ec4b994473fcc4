import { CLOCK_SKEW } from "../durations.ts";
import type { Deploy } from "../slot/deploy.ts";

/** A request for a build, and the deploy that the request led to, if one is known. */
export interface BuildAsked {
  /** When the request was stored, by our clock (ms). */
  readonly askedAt: number;
  readonly deploy?: Deploy | undefined;
}

/**
 * Whether a deploy that began at `startedAt` (ms, by Netlify's clock) began after a request, and so shows what was
 * requested. A deploy that began no earlier than the request's own one did: one clock tells both times. Otherwise
 * Netlify's clock is compared with ours, and may be wrong by `CLOCK_SKEW`.
 */
export const beganAfter = (startedAt: number, { askedAt, deploy }: BuildAsked): boolean =>
  startedAt >= Math.min(deploy?.startedAt ?? Number.POSITIVE_INFINITY, askedAt + CLOCK_SKEW);
