import type { Verification } from "../../core/webhook/verification.ts";

/** A request as received. */
export interface Arrived {
  readonly method: string;
  /** The scheme and host that the sender called; absent: not known. */
  readonly origin?: string;
  /** Path and query, as the sender called them. */
  readonly target: string;
  readonly headers: Headers;
  /** The bytes of the body. Null: the body is too long to read, or broke off. */
  readonly body: Buffer | null;
  /** How many bytes arrived; for a body that was not read to its end, at least this many. */
  readonly bytes: number;
}

/** The parameters in the query of a request's URL. */
export const queryOf = ({ target }: Pick<Arrived, "target">): URLSearchParams => {
  const at = target.indexOf("?");
  return new URLSearchParams(at === -1 ? "" : target.slice(at + 1));
};

/** A text that would prove the sender. `timed`: it also covers the time in the request. */
export interface Proof {
  readonly text: string;
  readonly timed: boolean;
  /** A text that two requests share only if the second repeats the first; absent: the proof's own text. */
  readonly once?: string;
}

/** The proof in a request. */
export interface Claim {
  /** The texts given as proof. One match is enough. */
  readonly given: readonly string[];
  /** The time in the proof (ms); null: its scheme has none. */
  readonly at: number | null;
  /** When the proof begins and ends (ms), for proofs that say so instead of their time; null: at no time. */
  readonly lifetime?: { readonly from: number | null; readonly until: number | null };
  /** The id of the key of a key set by which the proof is made; null or absent: it names none. */
  readonly keyId?: string | null;
  /** What the proof says itself, and the webhook does not accept; null or absent: nothing. */
  readonly unmet?: string | null;
  /** The texts that would be right for one secret. May throw for a secret of another format. */
  expected(secret: string): readonly Proof[];
}

export type ClaimRead =
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "missing"; readonly header: string }
  | { readonly kind: "malformed"; readonly header: string; readonly needed: string }
  /** The proof is in the body or covers it, and the body is incomplete. */
  | { readonly kind: "no-body" }
  /** The proof could also be for another request, or cannot be looked up. */
  | { readonly kind: "not-verifiable"; readonly cause: string }
  /** The proof is missing from the body. `cause` says why the body cannot be read; null: it can. */
  | { readonly kind: "not-in-body"; readonly path: string; readonly cause: string | null };

/** Why a request has no proof that could be compared. */
export type Unread = Exclude<ClaimRead, { readonly kind: "claim" }>;

/** Reads the proof of one scheme from a request. Throws for a refusal. */
export type Scheme = (arrived: Arrived, settings: Verification) => ClaimRead;
