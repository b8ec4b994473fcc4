import { FunctionError } from "./functionError.ts";
import type { Functions } from "./functions.ts";

const FIRST_AFTER_MS = 2_000;
const EVERY_MS = 60_000;

/**
 * Calls every scheduled function once a minute, as the platform does, until the returned function is called. Skips a
 * tick while its function still runs.
 */
export function startScheduleClock(functions: Functions, base: string, report: (line: string) => void): () => void {
  const running = new Set<string>();
  const tick = (): void => {
    for (const matched of functions.scheduled) {
      if (running.has(matched.name)) continue;
      running.add(matched.name);
      const body = JSON.stringify({ next_run: new Date(Date.now() + EVERY_MS).toISOString() });
      matched
        .invoke({
          method: "POST",
          url: `${base}/.netlify/functions/${matched.name}`,
          headers: { "content-type": "application/json", "user-agent": "Netlify Clockwork", "x-nf-event": "schedule" },
          body: Buffer.from(body),
          clientAddress: "127.0.0.1",
        })
        .ended.catch((error: unknown) => {
          if (error instanceof FunctionError && error.reason === "closed") return;
          report(`The scheduled function ${matched.name} failed: ${String(error)}`);
        })
        .finally(() => running.delete(matched.name));
    }
  };
  const first = setTimeout(tick, FIRST_AFTER_MS);
  const every = setInterval(tick, EVERY_MS);
  return () => {
    clearTimeout(first);
    clearInterval(every);
  };
}
