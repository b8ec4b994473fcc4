import type { Line } from "./lineOf.ts";

const RED = "\u001b[31m";
const DIM = "\u001b[2m";
const PLAIN = "\u001b[0m";

/** Names and errors come from outside, so their control characters must not reach the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}+/gu, " ");

const clockOf = (at: Date): string =>
  [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");

/** Returns a line as text: `21:43:53 publish  Marketing blog ← Contentful  queued`. A failure's advice is below it. */
export const paintLine = (at: Date, { label, subject, outcome, failed, advice }: Line, colours: boolean): string => {
  const time = clockOf(at);
  const text = printable(`${label.padEnd(8)} ${subject === "" ? outcome : `${subject}  ${outcome}`}`);
  const below = advice === undefined ? "" : `\n${" ".repeat(time.length + 1)}→ ${printable(advice)}`;
  if (!colours) return `${time} ${text}${below}`;
  return `${DIM}${time}${PLAIN} ${failed ? `${RED}${text}${below}${PLAIN}` : `${text}${below}`}`;
};
