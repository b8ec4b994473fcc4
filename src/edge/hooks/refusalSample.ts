import { MINUTE } from "../../core/durations.ts";

/** How many refusals of one webhook each instance logs in a minute. Further ones are only counted. */
const LOGGED_A_MINUTE = 10;
const WEBHOOKS_KNOWN = 500;

interface Window {
  readonly from: number;
  readonly logged: number;
  readonly unlogged: number;
}

/**
 * Decides whether to log a refusal. Null: no. A number: yes, after this many that were not logged. Otherwise a caller
 * with a webhook's URL and no key could cause a write with each call.
 */
export const refusalSample = (): ((webhook: string, now: number) => number | null) => {
  const windows = new Map<string, Window>();
  return (webhook, now) => {
    const known = windows.get(webhook);
    windows.delete(webhook);
    const fresh = known === undefined || now - known.from >= MINUTE || now < known.from;
    const window = fresh ? { from: now, logged: 0, unlogged: known?.unlogged ?? 0 } : known;
    const admitted = window.logged < LOGGED_A_MINUTE;
    windows.set(
      webhook,
      admitted ? { ...window, logged: window.logged + 1, unlogged: 0 } : { ...window, unlogged: window.unlogged + 1 },
    );
    for (const oldest of windows.keys()) {
      if (windows.size <= WEBHOOKS_KNOWN) break;
      windows.delete(oldest);
    }
    return admitted ? window.unlogged : null;
  };
};
