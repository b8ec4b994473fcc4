import { type OwnerStatus, troubleOf } from "./shownStatus.ts";
import type { Stage } from "./stage.ts";

/** The words for where a layer stands. */
export const VERDICTS = [
  "failed",
  "held",
  "retrying",
  "pending",
  "syncing",
  "waiting",
  "building",
  "live",
  "asked",
  "paused",
  "idle",
] as const;

/** What a layer says of itself. */
interface Shown {
  readonly status: OwnerStatus;
  readonly stage: Stage | null;
}

/** Where a layer stands, in one word: a trouble first, then that it is paused, then its stage. */
export const verdictOf = ({ status, stage }: Shown): OwnerStatus | Stage =>
  troubleOf(stage ?? undefined) ?? (status === "paused" ? status : (stage ?? status));

export const needsAttention = ({ stage }: Pick<Shown, "stage">): boolean => troubleOf(stage ?? undefined) !== null;
