import { z } from "zod/mini";

/** The version that this release writes. It reads lower versions, and refuses to read or overwrite higher ones. */
export const VERSION = 1;

/** What every coordinated document carries. */
export const envelope = {
  v: z.number(),
  /** Rises by one with every write. All order is proved by revisions, never by a clock. */
  rev: z.number(),
  /**
   * New for every attempt to write, so that equal content has different ETags and a writer recognises its own write.
   */
  by: z.string(),
  /** When the document was last written (ms). Never falls, even if a writer's clock is behind. */
  at: z.number(),
};

/** Stamps a document for one attempt to write it over `previous`. */
export const stamp = <D extends { v: number; rev: number; by: string; at: number }>(
  document: D,
  previous: { readonly rev: number; readonly at: number } | null,
  by: string,
  now: number,
): D => ({ ...document, v: VERSION, rev: (previous?.rev ?? 0) + 1, by, at: Math.max(now, previous?.at ?? 0) });

/** The circumstances of one attempt to decide about a document. Each attempt reads them again. */
export interface Attempt {
  /** Wall clock after the read (ms). */
  readonly now: number;
  /** The revision that this attempt would write. */
  readonly rev: number;
  /** The revision that the first read saw (0: no document). Later revisions were written concurrently. */
  readonly firstRev: number;
}

/** What a writer knows of others that write the same at the same moment. */
export interface Contention {
  /** How long ago another one wrote, by the clocks of both (ms). */
  readonly since: number;
  /** How long this one may wait for others (ms); not above 0: it must not wait. */
  readonly patience: number;
}

/** What a decision returns: a new document with its result, or a result that the read alone proves. */
export type Decision<D, R> =
  | { readonly kind: "write"; readonly document: D; readonly result: R; readonly contention?: Contention }
  | { readonly kind: "keep"; readonly result: R };

/** Why this release cannot read a document: a later release wrote it, or it is damaged. */
export const unreadableReasons = ["newer", "corrupt"] as const;
export type UnreadableReason = (typeof unreadableReasons)[number];
