import type { Place } from "../store/blobs.ts";

/** The name of the store in production and locally. A preview has a store of the same name within its deploy. */
export const STORE = "layerhook";

/** What the platform says about the running deploy. */
export interface Deploy {
  readonly context: string;
  readonly published: boolean;
}

/**
 * The store that a deploy may use; null: none. An old production deploy stays reachable at its permalink, with old code
 * and tokens, so only the published one may change production's state. A preview or branch deploy has a store of its
 * own, which Netlify deletes with the deploy.
 */
export const placeOf = (
  { context, published }: Deploy,
  local: boolean,
  scheduled = false,
  siteId: string | undefined = undefined,
): Place | null => {
  const site: Place = { kind: "site", name: STORE, ...(siteId ? { siteId } : {}) };
  if (local) return site;
  // Netlify runs schedules on the published deploy alone, and sends them with an empty context, or as "production" without
  // word of being published. Any other request with an empty context is refused: a new store would look like an empty one.
  if (scheduled && (context === "" || context === "production")) return site;
  if (context === "") return null;
  if (context === "production") return published ? site : null;
  return { kind: "deploy", name: STORE };
};

/** The URLs of the system that a request belongs to. */
export interface Addresses {
  /** The origin of the worker that a wake calls. */
  readonly wake: string;
  /** The base of every URL that we print, without a slash at the end. */
  readonly public: string;
}

/**
 * The URLs of a request that works on `place`. `siteUrl` is the main URL in every deploy. A preview that woke the
 * worker there would wake production's, which does not have the preview's layers, and its syncs would never run.
 */
export const addressesOf = (
  place: Place,
  origin: string,
  siteUrl: string | undefined,
  publicUrl: string | undefined,
): Addresses => {
  const main = place.kind === "site" ? (siteUrl ?? origin) : origin;
  const printed = place.kind === "site" ? (publicUrl ?? main) : origin;
  return { wake: main, public: printed.replace(/\/+$/, "") };
};
