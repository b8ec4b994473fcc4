import type { Webhook } from "../layer/layer.ts";

/** The sender proved who it is. */
export interface Verified {
  readonly kind: "verified";
  readonly secret: "current" | "previous";
  /** Equal for two requests only if the second is the first one sent again; absent: nothing tells. */
  readonly once?: string;
  /** The webhook's conditions ask about a body that cannot be looked into: they count as met. */
  readonly bodyUnread?: true;
}

export interface VerificationRefusal {
  readonly kind: "refused";
  readonly status: 401;
  readonly code:
    | "SIGNATURE_MISSING"
    | "SIGNATURE_MALFORMED"
    | "SIGNATURE_MISMATCH"
    | "TIMESTAMP_OUT_OF_RANGE"
    | "BODY_NOT_VERIFIABLE"
    | "SECRET_UNREADABLE"
    | "SCHEME_UNKNOWN"
    | "VERIFIER_FAILED";
  /** In words that hold no secret and that an admin understands. */
  readonly cause: string;
}

/** Nothing but the URL was asked for. */
export interface Unverified {
  readonly kind: "unverified";
  /** As of one that is verified. */
  readonly bodyUnread?: true;
}

/** The sender is known, and what it tells of needs no sync. */
export interface Ignored {
  readonly kind: "ignored";
  readonly code: "TEST" | "FILTERED";
  readonly cause: string;
  readonly sender: Verified | Unverified;
}

/** What was made of a request before it counts as a delivery. */
export type Inspection = Verified | Unverified | VerificationRefusal | Ignored;

/**
 * Judges the request at hand by the settings of the webhook it came to. It is asked between the strong read and the write,
 * perhaps several times, so it answers at once and always the same.
 */
export type Inspect = (webhook: Webhook | "default") => Inspection;
