import { LAYERS } from "../../store/keys.ts";
import type { Entry } from "../../store/store.ts";
import type { SeenDocument } from "../stored/drainHint.ts";
import { NEVER_AGAIN, nextVisit, type Shard } from "./shards.ts";

/** A document to read in a tick. */
export interface Visit {
  readonly key: string;
  /** What was noted of the document; undefined: nothing. */
  readonly known: SeenDocument | undefined;
  /** Whether a layer is to be asked to catch up. */
  readonly catchesUp: boolean;
}

/** The documents to read in a tick, by the reason, each in the order in which they are read. */
export interface Visits {
  /** Something is due there by the last read. */
  readonly due: readonly Visit[];
  /** New, changed, to be sealed again, or to be asked to catch up. */
  readonly changed: readonly Visit[];
  /** Not read for a day. */
  readonly look: readonly Visit[];
}

/** What a tick knows before it reads documents. */
export interface Moment {
  readonly now: number;
  /** The last tick before a silence that some layer has not caught up with (ms). */
  readonly silentSince: number | undefined;
  /** Whether the key is new. Every document must then be read once. */
  readonly keyChanged: boolean;
}

/** Whether a layer is to be asked to catch up. One without probes needs not, as long as it is the one that was read. */
const catchesUp = ({ silentSince }: Moment, key: string, etag: string, known: SeenDocument | undefined): boolean =>
  silentSince !== undefined &&
  key.startsWith(LAYERS) &&
  known?.caughtUp !== silentSince &&
  known?.readAt !== NEVER_AGAIN &&
  !(known?.probes === false && known.etag === etag);

const isDue = ({ due }: SeenDocument, now: number): boolean => due !== null && due <= now;

/** The list in which a visit stands; null: nothing is to be done. `etag` is that of the list. */
const reasonFor = (moment: Moment, { key, known, catchesUp: asks }: Visit, etag: string): keyof Visits | null => {
  if (known === undefined) return "changed";
  if (isDue(known, moment.now)) return "due";
  if (known.etag !== etag || moment.keyChanged || asks || known.sealing !== undefined) return "changed";
  return nextVisit(key, known) <= moment.now ? "look" : null;
};

/** The document read longest ago first, so that one that is slow or always due does not starve the others. */
const longestAgo = (visits: readonly Visit[]): Visit[] =>
  visits.toSorted((a, b) => (a.known?.readAt ?? 0) - (b.known?.readAt ?? 0));

/**
 * The visits of a tick. `listed` are the documents of the shards that were read. A document that is missing in a complete
 * list is forgotten; in an incomplete one it may have changed or not, so that only what is due by the last read counts.
 * `random` rotates the list, so that ticks that die early do not all begin with the same documents.
 */
export const planVisits = (
  moment: Moment,
  shards: readonly Shard[],
  listed: readonly Entry[],
  complete: boolean,
  random: number,
): Visits => {
  const etags = new Map(listed.map(({ key, etag }) => [key, etag]));
  const known = new Map(shards.flatMap(({ seen }) => [...seen]));
  for (const shard of complete ? shards : []) {
    for (const key of shard.seen.keys()) {
      if (etags.has(key)) continue;
      shard.seen.delete(key);
      shard.changed = true;
    }
  }
  const keys = complete ? [...etags.keys()] : [...new Set([...etags.keys(), ...known.keys()])];
  const from = Math.floor(random * keys.length);
  const visits: Record<keyof Visits, Visit[]> = { due: [], changed: [], look: [] };
  for (const key of [...keys.slice(from), ...keys.slice(0, from)]) {
    const seen = known.get(key);
    const etag = etags.get(key) ?? seen?.etag ?? "";
    const visit = { key, known: seen, catchesUp: catchesUp(moment, key, etag, seen) };
    const reason = reasonFor(moment, visit, etag);
    if (reason !== null) visits[reason].push(visit);
  }
  return { due: longestAgo(visits.due), changed: longestAgo(visits.changed), look: longestAgo(visits.look) };
};
