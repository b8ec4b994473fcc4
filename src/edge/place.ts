import type { Place } from "../store/blobs.ts";

/** Name of the store, in production and locally; previews have one of the same name within their deploy. */
export const STORE = "layerhook";

/** What the platform says about the deploy that runs. */
export interface Deploy {
  readonly context: string;
  readonly published: boolean;
}

/**
 * Returns the store that a deploy may use; null: none. An old production deploy stays reachable at its permalink, with last
 * month's code and tokens: only the published one may touch production's state. Previews and branch deploys have a store
 * of their own that goes with the deploy.
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
