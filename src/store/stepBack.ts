import type { Contention } from "../core/document.ts";

/** What a writer knows before it sends a write, besides what the document says. */
export interface Sending {
  /** The duration of the last read (ms). */
  readonly roundTrip: number;
  /** How much longer than a read the last write took, which another writer was faster than (ms). */
  readonly queued: number;
  /** Whether another one has written since this writer first read. */
  readonly raced: boolean;
  /** A number from 0 to 1. */
  random(): number;
}

/** In round trips: how recent a write of another one is in a crowd, and the longest pause while others write. */
const CROWD = 4;
/**
 * In round trips: how recent another one's write is if it was still under way when this writer began to read. That of a
 * sender who waited for the answer to its last delivery is older.
 */
const OVERLAP = 1.75;
/** The longest pause between two reads of a key whose writes wait for one another (ms). */
const LOOK = 600;
/** On average, a writer sends again after this many times the wait of its lost write. */
const WAITS = 8;

/**
 * How long a writer pauses and reads again before it sends its write (ms); 0: it sends the write now. It pauses in two
 * cases only, so that neither a publish that is alone nor one that follows an answer is slowed:
 *
 * - Another write was still under way when this one read, or others write all the time, and this one can wait (`patience`).
 * - Its last write lost after it had waited for other writes. A store that takes the writes of a key one by one takes the
 *   refused ones too, so each write that is sent in vain delays the one that will win.
 */
export const stepBack = ({ since, patience }: Contention, { roundTrip, queued, raced, random }: Sending): number => {
  if (queued > 2 * roundTrip && random() > LOOK / 2 / (WAITS * queued)) return random() * LOOK;
  const crowded = Math.abs(since) <= (raced ? CROWD : OVERLAP) * roundTrip;
  return crowded && patience > 0 ? random() * Math.min(patience, CROWD * roundTrip) : 0;
};
