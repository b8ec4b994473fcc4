/** One build at Netlify, from its beginning to its end (ms). */
export interface Ran {
  readonly began: number;
  readonly ended: number;
}

/**
 * A model of Netlify's own queue for one branch of one site: one build runs, the newest request waits, those between them
 * are skipped. What is asked for while nothing runs begins at once.
 */
export const runQueue = (asked: readonly number[], takes: number): Ran[] => {
  const ran: Ran[] = [];
  for (const at of asked) {
    const last = ran.at(-1);
    if (last === undefined || at >= last.ended) ran.push({ began: at, ended: at + takes });
    // One waits already and will show this as well.
    else if (at >= last.began) ran.push({ began: last.ended, ended: last.ended + takes });
  }
  return ran;
};

/** When what was published at a moment is live: with the first build that began after it. Infinity: with none. */
export const liveAt = (ran: readonly Ran[], published: number): number =>
  ran.find(({ began }) => began >= published)?.ended ?? Number.POSITIVE_INFINITY;
