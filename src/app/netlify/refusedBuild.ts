import { DAY, SECOND } from "../../core/durations.ts";
import { heldByRefusal } from "../../core/site/notBuilt.ts";
import type { Outcome } from "../../core/slot/slot.ts";
import type { OutgoingAnswer } from "../deps.ts";
import { httpDate } from "../time.ts";

type Refusal = Exclude<OutgoingAnswer, { kind: "silence" }>;

/** How much of a refusal's text is put on record (characters). */
const TEXT_CHARS = 200;

/** When a `Retry-After` allows another call (ms), at most a day from now; null: it names no time. */
export const retryTime = (value: string | null, now: number): number | null => {
  if (value === null) return null;
  const wait = /^\d+$/.test(value.trim()) ? Number(value) * SECOND : httpDate(value) - now;
  return Number.isFinite(wait) ? now + Math.min(Math.max(wait, 0), DAY) : null;
};

/** The start of an answer's text on one line, without `secret`. */
export const answerText = (text: string, secret: string): string =>
  (secret === "" ? text : text.replaceAll(secret, "…")).replaceAll(/\s+/g, " ").trim().slice(0, TEXT_CHARS);

/** The start of an answer's text in quotes; empty if there is none. */
const quoted = (text: string, secret: string): string => {
  const line = answerText(text, secret);
  return line === "" ? "" : `: "${line}"`;
};

/**
 * The outcome of a request for a build that was answered with a refusal. `from` is who answered ("the build hook"), and
 * `secret` a part of the URL that an answer may repeat.
 */
export const refusedBuild = (
  { status, text, retryAfter }: Refusal,
  { from, secret, now, durationMs }: { from: string; secret: string; now: number; durationMs: number },
): Outcome => {
  const said = quoted(text, secret);
  const failed = { kind: "failed", unanswered: false, durationMs, error: `${from} answered ${status}${said}` } as const;
  const held = heldByRefusal(status, text);
  if (held !== null) {
    const why = held === "credits" ? "the team's credits at Netlify are used up" : "builds are stopped at Netlify";
    return { ...failed, error: `held: ${why} (${failed.error})`, uncounted: true, held };
  }
  if (status === 404 || status === 410) {
    const error = `${from} answered ${status}: the build hook no longer exists. Create a new build hook at Netlify and enter it in the site's settings`;
    return { ...failed, error, atMost: 1 };
  }
  const wait = retryTime(retryAfter, now);
  const notBefore = wait === null ? {} : { notBefore: wait };
  return { ...failed, ...notBefore, ...(status === 429 ? { uncounted: true } : {}) };
};
