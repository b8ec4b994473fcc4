import type { Webhook } from "../layer/layer.ts";

/** The sender proved who it is. */
export interface Verified {
  readonly kind: "verified";
  readonly secret: "current" | "previous";
  /** Equal for two requests only if the second repeats the first; absent: the sender sends no such id. */
  readonly once?: string;
  /** The webhook has conditions on a body that cannot be read; they count as met. */
  readonly bodyUnread?: true;
}

export interface VerificationRefusal {
  readonly kind: "refused";
  readonly status: 401 | 503;
  readonly code:
    | "SIGNATURE_MISSING"
    | "SIGNATURE_MALFORMED"
    | "SIGNATURE_MISMATCH"
    | "TIMESTAMP_OUT_OF_RANGE"
    | "BODY_NOT_VERIFIABLE"
    | "SECRET_UNREADABLE"
    | "SCHEME_UNKNOWN"
    | "KEYS_UNAVAILABLE"
    | "VERIFIER_FAILED";
  /** The reason, without any secret. It is also answered to the sender. */
  readonly cause: string;
  /** Finds out by which other settings the proof would be right, for admins alone; null: by none. */
  readonly hint?: () => string | null;
  /** The URL of a key set that would tell more; absent: nothing would. */
  readonly keySet?: string;
}

/** The webhook does not verify requests: the URL is the only proof. */
export interface Unverified {
  readonly kind: "unverified";
  /** The same as in `Verified`. */
  readonly bodyUnread?: true;
}

/** The sender may publish, but this request needs no sync. */
export interface Ignored {
  readonly kind: "ignored";
  readonly code: "TEST" | "FILTERED" | "HANDSHAKE";
  readonly cause: string;
  readonly sender: Verified | Unverified;
  /** The request proves nothing at a webhook that verifies, so the log samples it and no mark is written. */
  readonly unproven?: true;
}

/** The result of checking a request's sender and content. */
export type Inspection = Verified | Unverified | VerificationRefusal | Ignored;

/**
 * Checks the current request against the settings of its webhook. It runs between the strong read and the write, perhaps
 * several times, so it must be synchronous and always return the same result.
 */
export type Inspect = (webhook: Webhook | "default") => Inspection;
