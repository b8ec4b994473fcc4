import type { Verification } from "../../core/webhook/verification.ts";

/** A request as it came, for those who judge it. */
export interface Arrived {
  readonly method: string;
  /** Path and query, as the sender called them. */
  readonly target: string;
  readonly headers: Headers;
  /** The bytes of the body. Null: longer than is ever read, or broken off before its end. */
  readonly body: Buffer | null;
  /** How many bytes arrived; of a body that was not read to its end, at least so many. */
  readonly bytes: number;
}

/** One text that would prove the sender, and whether it could only be made for the time that the request names. */
export interface Proof {
  readonly text: string;
  readonly timed: boolean;
}

/** What a request brings as proof. */
export interface Claim {
  /** The proofs it brings; one that matches is enough. */
  readonly given: readonly string[];
  /** The time it names (ms); null: its scheme has none. */
  readonly at: number | null;
  /** The proofs that would be right, for one secret. May throw for a secret that is none of its scheme. */
  expected(secret: string): readonly Proof[];
}

export type ClaimRead =
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "missing"; readonly header: string }
  | { readonly kind: "malformed"; readonly header: string; readonly needed: string }
  /** The proof is in the body or covers it, and the body is not here as a whole. */
  | { readonly kind: "no-body" }
  /** The proof could also stand for another request, or is not looked for. */
  | { readonly kind: "not-verifiable"; readonly cause: string }
  /** The proof should be in the body and is not. */
  | { readonly kind: "not-in-body"; readonly path: string };

/** Reads a request's proof as one scheme wants it. What it throws is a refusal. */
export type Scheme = (arrived: Arrived, settings: Verification) => ClaimRead;
