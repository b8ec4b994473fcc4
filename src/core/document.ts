import { z } from "zod/mini";

/** The version this release writes. It reads lower ones; a higher one it neither understands nor overwrites. */
export const VERSION = 1;

/** What every coordinated document carries. */
export const envelope = {
  v: z.number(),
  /** One more with every write: all proofs of order rest on it, none on a clock. */
  rev: z.number(),
  /** New for every attempt to write: equal content never has an equal ETag, and a write is recognised as one's own. */
  by: z.string(),
  /** When it was last written; never falls, whatever the clocks of the writers say (ms). */
  at: z.number(),
};

/** Stamps a document for one attempt to write it over `previous`. */
export const stamp = <D extends { v: number; rev: number; by: string; at: number }>(
  document: D,
  previous: { readonly rev: number; readonly at: number } | null,
  by: string,
  now: number,
): D => ({ ...document, v: VERSION, rev: (previous?.rev ?? 0) + 1, by, at: Math.max(now, previous?.at ?? 0) });

/** The circumstances of one attempt to decide about a document, read anew for each attempt. */
export interface Attempt {
  /** Wall clock after the read (ms). */
  readonly now: number;
  /** The revision that a write would have. */
  readonly rev: number;
  /** The revision that the first read saw (0: nothing there); what was committed after it was concurrent. */
  readonly firstRev: number;
}

/** What a decision makes of a document: a write with its result, or a result that the read alone proves. */
export type Decision<D, R> =
  | { readonly kind: "write"; readonly document: D; readonly result: R }
  | { readonly kind: "keep"; readonly result: R };

/** Why a document cannot be read by this release: a later one wrote it, or it is damaged. */
export const unreadableReasons = ["newer", "corrupt"] as const;
export type UnreadableReason = (typeof unreadableReasons)[number];
