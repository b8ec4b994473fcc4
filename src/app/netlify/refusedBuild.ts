import { shorten } from "../../core/bytes.ts";
import { DAY, SECOND } from "../../core/durations.ts";
import type { HookKind } from "../../core/site/hookKind.ts";
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

const lineOf = (text: string, secret: string): string =>
  (secret === "" ? text : text.replaceAll(secret, "…")).replaceAll(/\s+/g, " ").trim();

/** The start of an answer's text on one line, without `secret`. */
export const answerText = (text: string, secret: string): string => lineOf(text, secret).slice(0, TEXT_CHARS);

/** The start of an answer's text in quotes; empty if there is none. */
const quoted = (text: string, secret: string): string => {
  const line = lineOf(text, secret);
  return line === "" ? "" : `: "${shorten(line, TEXT_CHARS)}"`;
};

/** The request that was refused. */
interface Asked {
  /** Who answered ("the build hook"). */
  readonly from: string;
  readonly kind: HookKind;
  /** A part of the URL that an answer may repeat. */
  readonly secret: string;
  readonly now: number;
  readonly durationMs: number;
}

/**
 * The outcome of a request for a build that was answered with a refusal. What Netlify's texts mean says nothing of
 * another service.
 */
export const refusedBuild = (
  { status, text, retryAfter }: Refusal,
  { from, kind, secret, now, durationMs }: Asked,
): Outcome => {
  const said = quoted(text, secret);
  const failed = { kind: "failed", unanswered: false, durationMs, error: `${from} answered ${status}${said}` } as const;
  const held = kind === "other" ? null : heldByRefusal(status, text);
  if (held !== null) {
    const why = held === "credits" ? "the team's credits at Netlify are used up" : "builds are stopped at Netlify";
    return { ...failed, error: `held: ${why} (${failed.error})`, uncounted: true, held };
  }
  if (status === 404 || status === 410) {
    const create = kind === "other" ? "Find the right URL" : "Create a new build hook at Netlify";
    const error = `${from} answered ${status}: the build hook no longer exists. ${create} and enter it in the site's settings`;
    return { ...failed, error, atMost: 1 };
  }
  const wait = retryTime(retryAfter, now);
  const notBefore = wait === null ? {} : { notBefore: wait };
  return { ...failed, ...notBefore, ...(status === 429 ? { uncounted: true } : {}) };
};
