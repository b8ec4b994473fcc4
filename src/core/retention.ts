/** How long the records of one layer or site are kept, and how many. */
export interface KeepLimits {
  readonly days: number;
  readonly count: number;
}

/** How long records are kept, by their kind. */
export interface Retention {
  /** Syncs and builds. */
  readonly syncs: KeepLimits;
  readonly deliveries: KeepLimits;
  readonly auditDays: number;
}

export const RETENTION: Retention = {
  syncs: { days: 400, count: 10_000 },
  deliveries: { days: 30, count: 1000 },
  auditDays: 400,
};

const ALL: KeepLimits = { days: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY };
/** Keeps everything, so that a mistake in the setting deletes nothing. */
export const KEEP_ALL: Retention = { syncs: ALL, deliveries: ALL, auditDays: Number.POSITIVE_INFINITY };
