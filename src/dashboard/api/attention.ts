import { WATCHED } from "./lookAfter.ts";

let usedAt = Date.now();
const listeners = new Set<() => void>();

/** When a person last opened, focused or used the page (ms). */
export const lastUse = (): number => usedAt;

/** Notes that a person is here. Whoever waits slowly by then is told. */
export const noteUse = (): void => {
  const wasWatched = Date.now() - usedAt < WATCHED;
  usedAt = Date.now();
  if (!wasWatched) for (const tell of listeners) tell();
};

/** Calls back when a person returns to a page that was not watched. Returns what ends that. */
export const onReturn = (tell: () => void): (() => void) => {
  listeners.add(tell);
  return () => listeners.delete(tell);
};

for (const event of ["focus", "pointerdown", "keydown"]) addEventListener(event, noteUse, { passive: true });
