import { sealedTextsOf } from "../../src/core/sealedTexts.ts";

/**
 * Watches one test file for secrets that get out. Whatever is minted, sealed, configured or presented as a secret is
 * known here (`watchSecrets.ts` sees to that), and every log line, problem document, audit entry and answer to a reader
 * is searched for it. A leak is noted and not thrown: code that catches everything would hide it.
 */

/** Shorter ones stand in other words by chance. */
const CHARS = 12;
/** Of a fuzz that makes thousands, the newest: a log line is about what was just done. */
const KEPT = 500;

const secrets = new Set<string>();
const readers = new Set<string>();
const leaks: string[] = [];

let watching = true;

const keep = (text: string): void => {
  if (!watching || text.length < CHARS) return;
  secrets.delete(text);
  secrets.add(text);
  const [oldest] = secrets;
  if (secrets.size > KEPT && oldest !== undefined) secrets.delete(oldest);
};

/** From now on this text is a secret; of a URL with a path also its path. Gives it back. */
export const plantSecret = (text: string): string => {
  keep(text);
  const url = URL.parse(text);
  if (url !== null && url.pathname.length >= CHARS) keep(`${url.pathname}${url.search}`);
  return text;
};

/** For tests that enter public texts as secrets, and have laws of their own about what may get out. */
export const leaveUnwatched = (): void => {
  watching = false;
  secrets.clear();
};

/** Where a secret can get out. */
export type Exit = "log" | "problem" | "audit" | "reader";

/** Notes every secret that stands in what goes out there. */
export const searchForSecrets = (exit: Exit, text: string): void => {
  for (const secret of secrets) {
    if (text.includes(secret)) leaks.push(`${exit}: "${secret}" in ${text.slice(0, 300)}`);
  }
};

/** A token whose bearer may read and see no secret. */
export const knowReader = (token: string): void => {
  readers.add(token);
};

export const isReader = (token: string): boolean => readers.has(token);

/** A text as the sealer makes it. */
const SEALED = /\b1\.[0-9a-f]{8}(?:\.[\w-]+){3}/g;
const walked = new Set<string>();

/**
 * Notes every sealed text of a layer or site that the walk over them (`sealedTextsOf`) does not find: a rotation of the
 * system's secret would lose that text, and no audit entry would name its change.
 */
export const searchForForgotten = (key: string, text: string): void => {
  const sealed = (text.match(SEALED) ?? []).filter((one) => !walked.has(one));
  if (sealed.length === 0) return;
  const document = JSON.parse(text);
  if (document.kind === "layer" || document.kind === "site") {
    for (const found of sealedTextsOf(document)) walked.add(found.sealed);
  }
  for (const one of sealed) if (!walked.has(one)) leaks.push(`no walk over sealed texts finds ${one} of ${key}`);
};

/** The leaks since it was last asked. */
export const takeLeaks = (): string[] => leaks.splice(0);
