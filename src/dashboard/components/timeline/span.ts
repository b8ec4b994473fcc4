import type { Build, Stage, SyncStatus } from "../../api/types.ts";
import { clockSecondsText, lengthText } from "../../text/times.ts";
import { statusWords } from "../../text/words.ts";

/** A period of time (ms). */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Something that waits, runs and ends. */
export interface Span extends Pick<Build, "id" | "queuedAt" | "startedAt" | "finishedAt"> {
  readonly status: SyncStatus;
  readonly stage: Stage;
  readonly href: string;
  /** What it is, in words. */
  readonly what: string;
}

/** A span in one sentence. */
export const spanText = ({ what, stage, queuedAt, startedAt, finishedAt }: Span, now: number): string => {
  const begin = Date.parse(startedAt ?? queuedAt);
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  const waited = startedAt === null ? "" : `, after waiting ${lengthText(begin - Date.parse(queuedAt))}`;
  return `${what}: ${statusWords[stage].toLowerCase()}, ${clockSecondsText(begin)}, ${lengthText(end - begin)}${waited}`;
};
