import { z } from "zod/mini";
import { MINUTE } from "../durations.ts";

const ms = z.number();

/** Netlify stops a build that takes longer than this, its place in the queue included; nobody tells of its end any more. */
export const FOLLOW = 30 * MINUTE;

/** What is known of one deploy at Netlify. */
export const deploySchema = z.looseObject({
  /** Netlify's own id; absent: the build was asked for, no deploy was heard of yet. */
  id: z.optional(z.string()),
  /** `unheard`: it was begun, and nobody told of its end in time. */
  state: z.enum(["building", "ready", "failed", "unheard"]),
  /** When it began, by Netlify's clock. */
  startedAt: z.optional(ms),
  endedAt: z.optional(ms),
  /** Where it can be looked at. */
  url: z.optional(z.string()),
  error: z.optional(z.string()),
  /** Whether visitors see it: a site that is locked to a deploy builds others without publishing them. Absent: not known. */
  published: z.optional(z.boolean()),
  /** The build that asked for it here, as its title tells. */
  buildId: z.optional(z.string()),
  /** It was not begun for this build: somebody pushed to Git, pressed a button, or an earlier build of ours came late. */
  foreign: z.optional(z.boolean()),
});
export type Deploy = z.infer<typeof deploySchema>;

/** A deploy without times later than `now` (ms). A deploy with a future time would hide all later ones. */
export const withoutFutureTimes = <D extends Deploy>(deploy: D, now: number): D => ({
  ...deploy,
  ...(deploy.startedAt === undefined ? {} : { startedAt: Math.min(deploy.startedAt, now) }),
  ...(deploy.endedAt === undefined ? {} : { endedAt: Math.min(deploy.endedAt, now) }),
});

/** Two tellings of one deploy as one: an end is final, and nothing that was known is forgotten. */
export const joinDeploy = (known: Deploy | undefined, told: Deploy): Deploy => {
  // Two deploys may stand for one build: what was known of the other says nothing of this one.
  if (known === undefined || (known.id !== undefined && known.id !== told.id)) return told;
  const { state, error, endedAt = told.endedAt } = known.state === "ready" || known.state === "failed" ? known : told;
  // The error is that of the end that counts: a failure told of after a success would stand beside it.
  const { error: _error, ...both } = { ...known, ...told, state };
  return { ...both, ...(endedAt === undefined ? {} : { endedAt }), ...(error === undefined ? {} : { error }) };
};
