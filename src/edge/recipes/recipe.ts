import type { CmsName } from "../../contract/resources/recipeSchemas.ts";
import type { SchemeName } from "../../core/webhook/verification.ts";

/** A request as a CMS sends it, without its proof. */
export interface SampleRequest {
  /** The CMS's own headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: the CMS sends no body. */
  readonly body: string | null;
}

/** The instructions for connecting a CMS to a webhook, and facts about the CMS. */
export interface Recipe {
  readonly cms: CmsName;
  readonly name: string;
  /** The path through the CMS's pages. */
  readonly place: string;
  /** The events to choose there. */
  readonly events: string;
  /** Whether an admin can add request headers. If not, the URL names the data source. */
  readonly headers: boolean;
  readonly emptyBody: "always" | "possible" | "no";
  /** The schemes by which the CMS can prove itself, the best first; none: the secret in the URL is the only proof. */
  readonly proofs: readonly SchemeName[];
  /** How a webhook verifies the first of them, without the secret; absent: the scheme needs no settings. */
  readonly settings?: { readonly scheme: SchemeName; readonly [setting: string]: unknown };
  /** Who creates the secret of the CMS's own scheme, and where it is shown or entered. */
  readonly secret: { readonly from: "cms" | "you"; readonly place: string } | null;
  /** How long the CMS waits for an answer (seconds); null: not documented. */
  readonly answerWithin: number | null;
  /** Whether and when the CMS repeats a request that failed. */
  readonly retries: string;
  readonly traps: readonly string[];
  /** How we know that the CMS's requests are understood. */
  readonly verified: string;
  readonly sample: SampleRequest;
}

export const BY_LIBRARY = "signed by the vendor's own library in our tests";
/** The real software ran against the real system on a day, and its requests are replayed in the tests. */
export const ran = (software: string, script: string, day: string): string =>
  `${software} in \`npm run ${script}\` on ${day}; requests recorded and replayed in our tests`;
/** A page of the vendor says so, and tests send a request that was made by it. */
export const documented = (page: string): string =>
  `its documentation (${page}); tests send requests made from it, none of the real service was at hand`;
/** No page that could be read says what a recipe says of retries and waits. */
export const exceptRetries = (known: string): string => `${known}; its retries and waits could not be verified`;
export const DOCUMENTED = "its documentation; no request of the real service was at hand";
