import { createHash } from "node:crypto";
import { isoTime } from "../../app/time.ts";
import { isShown, isUnderWay, type PublicStatus } from "../../core/status/publicStatus.ts";
import { escapeMarkup } from "./escapeMarkup.ts";
import { statusScript } from "./statusScript.ts";
import { statusStyle } from "./statusStyle.ts";
import { moodOf, type Piece, type Subject, statusSentence, statusWord, waitingBehind } from "./statusText.ts";

/** How often the page looks again while something is under way, and otherwise (s). */
const EVERY_BUSY = 6;
const EVERY_IDLE = 30;

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(statusScript)}`,
  `style-src ${hashOf(statusStyle)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The headers of a status page that pages of these origins may frame. */
export const pageHeaders = (frameAncestors: readonly string[]): Record<string, string> => ({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `${POLICY}; frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(" ")}`,
  ...(frameAncestors.length === 0 ? { "x-frame-options": "DENY" } : {}),
});

/** Without a script, the time stands in UTC with its day. */
const pieceMarkup = (piece: Piece): string => {
  if (typeof piece === "string") return escapeMarkup(piece);
  const at = isoTime(piece.at);
  const seconds = piece.withSeconds ? ' data-seconds="yes"' : "";
  return `<time datetime="${at}"${seconds}>${at.slice(0, 19).replace("T", " ")} UTC</time>`;
};

const document = (title: string, main: string, head = ""): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">',
    '<meta name="color-scheme" content="light dark">',
    `${head}<title>${escapeMarkup(title)}</title><style>${statusStyle}</style></head>`,
    `<body>${main}<script>${statusScript}</script></body></html>`,
  ].join("");

const mainElement = (every: number, inner: string, go: string | null = null): string =>
  `<main data-every="${every}"${go === null ? "" : ` data-go="${escapeMarkup(go)}"`} aria-live="polite">${inner}</main><footer class="note" id="checked"></footer>`;

/**
 * The page of a status, in editors' words. It holds nothing that changes by itself, so its ETag stays. With `target` it is
 * a waiting room, which turns into that page of the site once the publish is live.
 */
export const statusPage = (
  name: string,
  status: PublicStatus,
  subject: Subject,
  target: string | null = null,
): string => {
  const sentence = statusSentence(status, subject).map(pieceMarkup).join("");
  const behind = waitingBehind(status, subject);
  const go = isShown(status) ? target : null;
  const room =
    go === null
      ? "The page opens here as soon as it is live."
      : `<a href="${escapeMarkup(go)}" target="_blank" rel="noreferrer">Open the page</a>`;
  const inner = [
    `<h1>${escapeMarkup(name)}</h1>`,
    `<p class="now ${moodOf(status)}"><span>${sentence}.</span></p>`,
    ...(behind === null ? [] : [`<p class="note">${escapeMarkup(behind)}.</p>`]),
    ...(target === null ? [] : [`<p class="note">${room}</p>`]),
  ].join("");
  const isBusy = isUnderWay(status.stage) || (status.stage === "live" && !isShown(status));
  const every = isBusy ? EVERY_BUSY : EVERY_IDLE;
  // Without a script the browser goes on by itself.
  const head = go === null ? "" : `<meta http-equiv="refresh" content="0;url=${escapeMarkup(go)}">`;
  return document(`${statusWord(status)} · ${name}`, mainElement(every, inner, go), head);
};

/** A page that says one sentence instead of a status. It looks again by itself. */
export const messagePage = (sentence: string): string =>
  document("Status", mainElement(EVERY_IDLE, `<p class="now none"><span>${escapeMarkup(sentence)}</span></p>`));
