import { z } from "zod/mini";
import { MINUTE } from "../durations.ts";

const ms = z.number();

/** Netlify stops a build that takes longer than this, queue included, and sends no notification afterwards (ms). */
export const FOLLOW = 30 * MINUTE;

/** What is known of one deploy at Netlify. */
export const deploySchema = z.looseObject({
  /** Netlify's own id; absent: the build was requested, and no deploy is known yet. */
  id: z.optional(z.string()),
  /** `unheard`: the deploy started, and no notification of its end came in time. */
  state: z.enum(["building", "ready", "failed", "unheard"]),
  /** When the deploy started, by Netlify's clock. */
  startedAt: z.optional(ms),
  endedAt: z.optional(ms),
  /** The URL of the deploy's page. */
  url: z.optional(z.string()),
  error: z.optional(z.string()),
  /**
   * Whether visitors see the deploy; absent: unknown. A site that is locked to one deploy builds others without
   * publishing them.
   */
  published: z.optional(z.boolean()),
  /** The build that started the deploy, from the mark in its title. */
  buildId: z.optional(z.string()),
  /**
   * Whether the deploy was not started for this build: it came from a push to Git, a button, or an earlier build of
   * ours.
   */
  foreign: z.optional(z.boolean()),
});
export type Deploy = z.infer<typeof deploySchema>;

/** A deploy without times later than `now` (ms). A deploy with a future time would hide all later ones. */
export const withoutFutureTimes = <D extends Deploy>(deploy: D, now: number): D => ({
  ...deploy,
  ...(deploy.startedAt === undefined ? {} : { startedAt: Math.min(deploy.startedAt, now) }),
  ...(deploy.endedAt === undefined ? {} : { endedAt: Math.min(deploy.endedAt, now) }),
});

/** Joins two reports about one deploy. An end is final, and no known field is lost. */
export const joinDeploy = (known: Deploy | undefined, told: Deploy): Deploy => {
  // One build may have two deploys, and what is known of one says nothing about the other.
  if (known === undefined || (known.id !== undefined && known.id !== told.id)) return told;
  const { state, error, endedAt = told.endedAt } = known.state === "ready" || known.state === "failed" ? known : told;
  // The error belongs to the end that counts: a failure reported after a success is ignored.
  const { error: _error, ...both } = { ...known, ...told, state };
  return { ...both, ...(endedAt === undefined ? {} : { endedAt }), ...(error === undefined ? {} : { error }) };
};
