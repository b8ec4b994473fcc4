import type { HeldFor } from "../usage/held.ts";

/**
 * Why Netlify did not build, although it was asked to. `cancelled`: a person stopped the build. `ignored`: the site's
 * own ignore rule did. `superseded`: Netlify skipped the build in its queue in favour of a newer one. The others hold
 * the build until the team changes something.
 */
export type NotBuilt = "cancelled" | "ignored" | "superseded" | HeldFor;

/** A deploy that ended without a build, as Netlify describes it. */
export interface EndedDeploy {
  readonly skipped: boolean;
  /** Netlify's `error_message`; empty if there is none. */
  readonly message: string;
}

/**
 * What Netlify's texts mean, in the order in which they are tried. None of these texts is documented. The examples in
 * the comments were found in public logs and issues.
 */
const MEANINGS: readonly { readonly says: RegExp; readonly means: NotBuilt | "failed" }[] = [
  // "Skipped due to account credit usage exceeded"
  // "Account credit usage exceeded - new deploys are blocked until credits are added"
  { says: /credit(s| usage)?\b.*\b(exceeded|exhausted|used up|blocked|ran out)|out of credits/i, means: "credits" },
  // Teams on older plans: "build minutes" and "usage limit" instead of credits.
  { says: /(build minutes|usage limits?)\b.*\b(exceeded|reached|used up)/i, means: "credits" },
  // "Builds are stopped for this site", "Build stopped: builds are disabled"
  { says: /builds? (are |is |have been |has been )?(stopped|disabled|paused|not allowed)/i, means: "builds-stopped" },
  { says: /(account|team|site|project) (is |has been |was )?(suspended|disabled|paused)/i, means: "builds-stopped" },
  // "Failed during stage 'checking build content for changes': Canceled build due to no content change"
  { says: /no content change|checking build content for changes/i, means: "ignored" },
  // "Canceled build due to build duration": the build did run, for too long.
  { says: /build duration|exceeded maximum (build )?(time|runtime)|timed? ?out/i, means: "failed" },
  // "Skipped due to a newer build"
  { says: /newer (build|deploy|commit)|superseded|in favou?r of/i, means: "superseded" },
  // "Canceled deploy", "Build canceled by user", "Deploy canceled"
  { says: /\bcancel/i, means: "cancelled" },
];

/** Why a failed deploy was not built; null: it was built and failed. */
export const whyNotBuilt = ({ skipped, message }: EndedDeploy): NotBuilt | null => {
  const found = MEANINGS.find(({ says }) => says.test(message))?.means;
  // Builds that Netlify skips in its queue have no text of their own.
  if (found === undefined) return skipped ? "superseded" : null;
  return found === "failed" ? null : found;
};

/** What holds builds back according to a refusal of a build hook or of Netlify's API; null: something else is wrong. */
export const heldByRefusal = (status: number, text: string): HeldFor | null => {
  const why =
    status === 402 || status === 403 || status === 422 ? whyNotBuilt({ skipped: false, message: text }) : null;
  if (why === "credits" || why === "builds-stopped") return why;
  return status === 402 ? "credits" : null;
};
