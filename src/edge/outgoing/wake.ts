import { z } from "zod/mini";
import type { Target } from "../../app/deps.ts";
import { internalMac, isInternal } from "../secrets.ts";

/** The path of the background worker. */
export const RUN_SYNC_PATH = "/internal/run-sync";
/**
 * How long the call may take (ms). The platform accepts a background call at once, so a longer wait means that it is
 * lost.
 */
const WAKE_DEADLINE = 10_000;
const WAKE_BYTES = 1024;

/**
 * A wake of this age is an earlier worker's call that is run again (ms): the platform waits for a minute, and a first run
 * begins within seconds.
 */
const RUN_AGAIN_AGE = 45_000;

/** A wake that this system sent. */
export interface Wake {
  readonly target: Target;
  /** Whether the platform runs the call again, because the worker that took it failed. */
  readonly isRunAgain: boolean;
}

const wakeSchema = z.strictObject({
  target: z.string().check(z.regex(/^(layer|site)\/[A-Za-z0-9_-]{8,128}$/)),
  at: z.number(),
  mac: z.string().check(z.maxLength(64)),
});

/**
 * Wakes the background worker at `origin`. After a network error the call is sent once more, because waking a worker
 * twice is harmless. Throws if the call is not accepted; the error has no more than a status.
 */
export const sendWake = async (
  origin: string,
  secret: string,
  { kind, id }: Target,
  now: number,
  fetcher: typeof globalThis.fetch = globalThis.fetch,
): Promise<void> => {
  const target = `${kind}/${id}`;
  const ask = () =>
    fetcher(`${origin}${RUN_SYNC_PATH}`, {
      method: "POST",
      // A redirect would turn the POST into a GET, whose 202 means nothing.
      redirect: "error",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ target, at: now, mac: internalMac(secret, target, now) }),
      signal: AbortSignal.timeout(WAKE_DEADLINE),
    });
  const response = await ask().catch(ask);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the worker's call was answered ${response.status}`);
};

/**
 * Reads a wake; null unless this system sent it lately. Anybody may call the worker's URL, so this comes before any
 * other work. Never throws, because a background function that throws is run three times.
 */
export const readWake = (secrets: readonly string[], text: string, now: number): Wake | null => {
  if (text.length > WAKE_BYTES) return null;
  try {
    const parsed = wakeSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return null;
    const { target, at, mac } = parsed.data;
    if (!isInternal(secrets, target, at, mac, now)) return null;
    const [kind, id] = target.split("/");
    if (kind !== "layer" && kind !== "site") return null;
    return { target: { kind, id: id ?? "" }, isRunAgain: now - at >= RUN_AGAIN_AGE };
  } catch {
    return null;
  }
};
