import { MINUTE } from "../../core/durations.ts";

/** So many refusals of one webhook are logged in a minute, by each instance; of a flood the rest is only counted. */
const LOGGED_A_MINUTE = 10;
const WEBHOOKS_KNOWN = 500;

interface Window {
  readonly from: number;
  readonly logged: number;
  readonly unlogged: number;
}

/**
 * Says of each refusal whether it is to be logged: null for no, else how many before it were not. Whoever has a webhook's
 * URL and no key could otherwise make a write with each call.
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
