import type { Place } from "../store/blobs.ts";

/** Name of the store, in production and locally; previews have one of the same name within their deploy. */
export const STORE = "layerhook";

/** What the platform says about the deploy that runs. */
export interface Deploy {
  readonly context: string;
  readonly published: boolean;
}

/**
 * Which store a deploy may use; null: none. Every old production deploy stays reachable at its permalink, with last
 * month's code and tokens: only the published one may touch production's state. Previews and branch deploys have a store
 * of their own that goes with the deploy.
 */
export const placeOf = ({ context, published }: Deploy, local: boolean, scheduled = false): Place | null => {
  // Schedules run on the published deploy alone. Nothing else may guess: a store of its own would look like an empty one.
  if (context === "" && !local) return scheduled ? { kind: "site", name: STORE } : null;
  if (local) return { kind: "site", name: STORE };
  if (context === "production") return published ? { kind: "site", name: STORE } : null;
  return { kind: "deploy", name: STORE };
};

/** Where a request's own system is reached. */
export interface Addresses {
  /** Whose worker a wake calls. */
  readonly wake: string;
  /** Base of every URL we print, without a slash at the end. */
  readonly public: string;
}

/**
 * The addresses of a request that works on `place`. `siteUrl` is the main address whatever deploy runs: a preview that woke
 * the worker there would wake production's, which finds no such layer, and the preview's syncs would never run.
 */
export const addressesOf = (
  place: Place,
  requested: string,
  siteUrl: string | undefined,
  publicUrl: string | undefined,
): Addresses => {
  const main = place.kind === "site" ? (siteUrl ?? requested) : requested;
  const printed = place.kind === "site" ? (publicUrl ?? main) : requested;
  return { wake: main, public: printed.replace(/\/+$/, "") };
};
