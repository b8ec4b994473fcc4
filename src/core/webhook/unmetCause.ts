import type { EventCondition, Found, Unmet } from "./eventFilter.ts";
import type { Verification } from "./verification.ts";

/** A name such as `refs/heads/main` or `entry.publish`. Any other text may be content, and is not shown. */
const NAME = /^[\p{L}\p{N}_.:/+#*-]{1,80}$/u;
const CREDENTIAL =
  /auth(?:oriz|entic|[-_.]|$)|secret|token|passw|cookie|session|signature|hmac|jwt|credential|api[-_]?key|private[-_]?key/i;
/** Names that are credentials in a header or a URL, and names of content in a body. */
const SHORT_CREDENTIAL = /^(?:key|sig|code|pwd)$/i;
const SHOWN = 3;

type Place = Pick<EventCondition, "header" | "query" | "bodyPath">;
type Proof = Pick<Verification, "header" | "bodyPath">;

/** Whether a place may hold a credential: by its name, or because the webhook's proof is there. */
export const holdsCredential = ({ header, query, bodyPath }: Place, proof: Proof | undefined): boolean =>
  CREDENTIAL.test(header ?? query ?? bodyPath ?? "") ||
  SHORT_CREDENTIAL.test(header ?? query ?? "") ||
  (header !== undefined && header === proof?.header?.toLowerCase()) ||
  (bodyPath !== undefined && bodyPath === proof?.bodyPath);

const placeText = ({ header, query, bodyPath }: Place): string => {
  if (header !== undefined) return `The header ${header}`;
  return query === undefined ? `"${bodyPath}" in the body` : `"${query}" in the URL's query`;
};

const shownValue = (value: string): string =>
  NAME.test(value) ? `"${value}"` : `a text of ${value.length} characters`;

/** What stands at the place of a condition, bounded, without credentials and content. */
const foundText = ({ values, exists }: Found): string => {
  const [one, ...others] = values;
  if (one === undefined) return exists ? "has no text, number or boolean" : "is missing";
  const shown = [one, ...others].slice(0, SHOWN).map(shownValue).join(", ");
  const more = values.length > SHOWN ? ` and ${values.length - SHOWN} more` : "";
  return `is ${shown}${more}`;
};

/** What the log says of a delivery that does not meet a condition: where, and what stands there instead. */
export const unmetCause = ({ index, condition, found }: Unmet, proof: Proof | undefined): string => {
  const what = holdsCredential(condition, proof) && found.exists ? "has another value" : foundText(found);
  return `${placeText(condition)} ${what}. Condition ${index + 1} of this webhook does not match.`;
};
