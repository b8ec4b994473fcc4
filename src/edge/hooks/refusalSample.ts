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
 * Decides whether to log a refusal. Null: it is not logged. A number: it is logged, and so many before it were not.
 * Without this limit, a caller with a webhook's URL and no secret could cause a write with each call.
 */
export const refusalSample = (): ((webhook: string, now: number) => number | null) => {
  const windows = new Map<string, Window>();
  return (webhook, now) => {
    const before = windows.get(webhook);
    windows.delete(webhook);
    const isNew = before === undefined || now - before.from >= MINUTE || now < before.from;
    const window = isNew ? { from: now, logged: 0, unlogged: before?.unlogged ?? 0 } : before;
    const isLogged = window.logged < LOGGED_A_MINUTE;
    windows.set(
      webhook,
      isLogged ? { ...window, logged: window.logged + 1, unlogged: 0 } : { ...window, unlogged: window.unlogged + 1 },
    );
    for (const oldest of windows.keys()) {
      if (windows.size <= WEBHOOKS_KNOWN) break;
      windows.delete(oldest);
    }
    return isLogged ? window.unlogged : null;
  };
};
