/** How long records of one layer or site are kept, and how many of them. */
export interface Kept {
  readonly days: number;
  readonly count: number;
}

/** How long what is on record stays there. */
export interface Retention {
  /** Builds too. */
  readonly syncs: Kept;
  readonly deliveries: Kept;
  readonly auditDays: number;
}

export const RETENTION: Retention = {
  syncs: { days: 400, count: 10_000 },
  deliveries: { days: 30, count: 1000 },
  auditDays: 400,
};

const ALL: Kept = { days: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY };
/** Keeps everything: whoever says wrongly how long must not lose what they meant to keep. */
export const KEEP_ALL: Retention = { syncs: ALL, deliveries: ALL, auditDays: Number.POSITIVE_INFINITY };
