/** A URL as it is stored: what the URL standard makes of it, which is ASCII. A text that is no URL stays as it is. */
export const storedUrl = (text: string): string => URL.parse(text)?.href ?? text;

/**
 * The URL that a change leaves: the standing one, character by character, if the given one is the same URL. Earlier
 * releases stored URLs as they were typed, and applying a configuration again must change nothing.
 */
export const keptUrl = (standing: string | null, given: string): string =>
  standing !== null && storedUrl(standing) === storedUrl(given) ? standing : given;
