import type { CmsName } from "../../contract/resources/recipeSchemas.ts";
import type { SchemeName } from "../../core/webhook/verification.ts";

/** A request as a CMS sends it, but for its proof. */
export interface SampleRequest {
  /** Its own headers, by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: it sends nothing. */
  readonly body: string | null;
}

/** How a CMS is told of a webhook, and what is to be known of it. */
export interface Recipe {
  readonly cms: CmsName;
  readonly name: string;
  /** Where its admin clicks. */
  readonly place: string;
  /** Which events are to be chosen there. */
  readonly events: string;
  /** Whether an admin can add request headers. Without it a data source is named in the URL. */
  readonly headers: boolean;
  readonly emptyBody: "always" | "possible" | "no";
  /** How it can prove who it is, the best first; none: the secret in the URL is all there is. */
  readonly proofs: readonly SchemeName[];
  /** Who makes the secret of its own scheme, and where it is shown or entered. */
  readonly secret: { readonly from: "cms" | "you"; readonly place: string } | null;
  /** How long it waits for an answer, in seconds; null: not documented. */
  readonly answerWithin: number | null;
  /** Whether and when it sends again what was not answered with success. */
  readonly retries: string;
  readonly traps: readonly string[];
  /** How we know that its requests are understood. */
  readonly verified: string;
  readonly sample: SampleRequest;
}

export const BY_LIBRARY = "signed by the vendor's own library in our tests";
export const SEEN = "the real software was run and its requests were read; none is replayed in our tests";
export const DOCUMENTED = "its documentation; no request of the real service was at hand";
