/**
 * Between the milliseconds we count in and the texts that others read. The one file below the edge that may name `Date`:
 * it converts, it does not ask what time it is.
 */

/** ISO 8601 in UTC. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** An HTTP date as milliseconds; NaN if it is none. */
export const httpDate = (text: string): number => Date.parse(text);

/** An ISO 8601 text as milliseconds; NaN if it is none. */
export const isoMs = (text: string): number => Date.parse(text);
