import fc from "fast-check";

/** How a call ends without an answer: the network says so, or the deadline passes. */
export type Silence = "TypeError" | "TimeoutError";

/** What becomes of one request. */
export type Fault =
  | { readonly kind: "none" }
  /** It is under way for so long that others do much meanwhile: for this many gates more. */
  | { readonly kind: "slow"; readonly gates: number }
  /** It never reaches the store. */
  | { readonly kind: "lost"; readonly silence: Silence }
  /** It lands, the answer is lost. */
  | { readonly kind: "reply-lost"; readonly silence: Silence }
  /** The caller gives up, and it lands at some moment after that. */
  | { readonly kind: "late"; readonly silence: Silence }
  /** It lands and is answered; a copy of it arrives at some later moment. */
  | { readonly kind: "copied" }
  /** Somebody on the way sends it twice and passes on the second answer. */
  | { readonly kind: "resent" }
  /** An error instead of the answer; `landed` says whether it reached the store, `etag` whether the error carries one. */
  | { readonly kind: "status"; readonly status: number; readonly landed: boolean; readonly etag: boolean }
  /** The answer comes without its ETag, or with one that a compressing proxy made weak. */
  | { readonly kind: "no-etag" }
  | { readonly kind: "weak-etag" }
  /** Somebody who is not the store says 200. */
  | { readonly kind: "stranger" }
  /** The headers come, the end of the body does not. */
  | { readonly kind: "half"; readonly silence: Silence };

const silence = fc.constantFrom<Silence>("TypeError", "TimeoutError");

/** Errors of the store, of what stands in front of it, and what it says to a condition it does not serve now. */
const refusals = [500, 502, 503, 429, 401, 403, 413, 400, 409, 409, 404, 404];

/** Only what stands in front of the store can fail after the store did its work. */
const mayHaveLanded = (status: number): boolean => status >= 500 || status === 429;

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { arbitrary: fc.constant<Fault>({ kind: "none" }), weight: 11 },
  { arbitrary: fc.record({ kind: fc.constant("slow" as const), gates: fc.integer({ min: 4, max: 12 }) }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant("lost" as const), silence }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("reply-lost" as const), silence }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("late" as const), silence }), weight: 3 },
  { arbitrary: fc.constant<Fault>({ kind: "copied" }), weight: 1 },
  { arbitrary: fc.constant<Fault>({ kind: "resent" }), weight: 1 },
  {
    arbitrary: fc.record({ status: fc.constantFrom(...refusals), landed: fc.boolean(), etag: fc.boolean() }).map(
      ({ status, landed, etag }): Fault => ({
        kind: "status",
        status,
        landed: landed && mayHaveLanded(status),
        etag,
      }),
    ),
    weight: 4,
  },
  { arbitrary: fc.constant<Fault>({ kind: "no-etag" }), weight: 1 },
  { arbitrary: fc.constant<Fault>({ kind: "weak-etag" }), weight: 1 },
  { arbitrary: fc.constant<Fault>({ kind: "stranger" }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("half" as const), silence }), weight: 1 },
);

/** The fault of the first request, of the second, and so on; after the last one nothing fails any more. */
export const faults = (maxLength: number): fc.Arbitrary<Fault[]> => fc.array(fault, { maxLength, size: "max" });
