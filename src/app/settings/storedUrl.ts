/** The stored form of a URL: the ASCII text that the URL standard makes of it. A text that is no URL is not changed. */
export const storedUrl = (text: string): string => URL.parse(text)?.href ?? text;

/**
 * The URL after a change. If the given URL is the same as the stored one, the stored text stays: earlier releases
 * stored URLs as typed, and a repeated configuration must change nothing.
 */
export const urlAfter = (storedText: string | null, given: string): string =>
  storedText !== null && storedUrl(storedText) === storedUrl(given) ? storedText : given;
