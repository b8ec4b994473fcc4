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

/** The leaks since it was last asked. */
export const takeLeaks = (): string[] => leaks.splice(0);
