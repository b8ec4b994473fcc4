import { sealedTextsOf } from "../../../src/core/sealedTexts.ts";

/**
 * Watches one test file for leaked secrets. `watchSecrets.ts` registers every text that is created, sealed, configured
 * or presented as a secret, and has every log line, problem document, audit entry and answer to a reader searched for
 * it. A leak is recorded and not thrown, because code that catches every error would hide it.
 */

/** Shorter secrets can be part of other texts by chance, so they are not watched. */
const MIN_CHARS = 12;
/** Only the newest secrets are watched, because a fuzz makes thousands and a log line is about a recent call. */
const MAX_SECRETS = 500;

const secrets = new Set<string>();
const readers = new Set<string>();
const leaks: string[] = [];

let watching = true;

/** Starts the watch over a test file. Forgets what an earlier file of the same worker has registered. */
export const beginWatch = (): void => {
  secrets.clear();
  readers.clear();
  leaks.length = 0;
  watching = true;
};

const wrappers = new WeakSet<object>();

/** Wraps a function, unless an earlier file of the same worker has wrapped it. */
export const wrapOnce = <F extends object>(current: F, wrap: (original: F) => F): F => {
  if (wrappers.has(current)) return current;
  const wrapper = wrap(current);
  wrappers.add(wrapper);
  return wrapper;
};

const keep = (text: string): void => {
  if (!watching || text.length < MIN_CHARS) return;
  secrets.delete(text);
  secrets.add(text);
  const [oldest] = secrets;
  if (secrets.size > MAX_SECRETS && oldest !== undefined) secrets.delete(oldest);
};

/** Registers a text as a secret, and the path of a URL too. Returns the text. */
export const plantSecret = (text: string): string => {
  keep(text);
  const url = URL.parse(text);
  if (url !== null && url.pathname.length >= MIN_CHARS) keep(`${url.pathname}${url.search}`);
  return text;
};

/** Stops the watch. For tests that enter public texts as secrets and check leaks themselves. */
export const leaveUnwatched = (): void => {
  watching = false;
  secrets.clear();
};

/** A place where a secret can leak. */
export type Exit = "log" | "problem" | "audit" | "reader";

/** Records a leak for every secret in the text. */
export const searchForSecrets = (exit: Exit, text: string): void => {
  for (const secret of secrets) {
    if (text.includes(secret)) leaks.push(`${exit}: "${secret}" in ${text.slice(0, 300)}`);
  }
};

/** Registers a token whose owner may read but see no secret. */
export const knowReader = (token: string): void => {
  readers.add(token);
};

export const isReader = (token: string): boolean => readers.has(token);

/** Matches a sealed text. */
const SEALED = /\b1\.[0-9a-f]{8}(?:\.[\w-]+){3}/g;
const reached = new Set<string>();

/**
 * Records every sealed text of a layer or site that `sealedTextsOf` does not find. A rotation of the system's secret
 * would lose that text, and no audit entry would name its change.
 */
export const searchForForgotten = (key: string, text: string): void => {
  const sealed = (text.match(SEALED) ?? []).filter((one) => !reached.has(one));
  if (sealed.length === 0) return;
  const document = JSON.parse(text);
  if (document.kind === "layer" || document.kind === "site") {
    for (const found of sealedTextsOf(document)) reached.add(found.sealed);
  }
  for (const one of sealed) if (!reached.has(one)) leaks.push(`sealedTextsOf does not find ${one} of ${key}`);
};

/** Returns the leaks since the last call. */
export const takeLeaks = (): string[] => leaks.splice(0);
