import type { Actor } from "../../core/slot/slot.ts";

/** What Netlify says about a token. */
export type AccountAnswer =
  | { readonly kind: "member"; readonly actor: Actor; readonly role: string }
  /** Netlify does not know the token. */
  | { readonly kind: "unknown" }
  /** Somebody, but nobody of the team, or nobody whose role can be learned. */
  | { readonly kind: "stranger" }
  /** Netlify did not answer, or not with what can be understood; `retryAfter` in seconds. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfter: number };
