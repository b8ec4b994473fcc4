/**
 * Converts between milliseconds and the texts that others read. No other file below the edge may name `Date`; it
 * converts times and never asks for the current one.
 */

/** ISO 8601 in UTC. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** The same; null stays null. */
export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** An HTTP date as milliseconds; NaN if it is none. */
export const httpDate = (text: string): number => Date.parse(text);

/** An ISO 8601 text as milliseconds; NaN if it is none. */
export const isoMs = (text: string): number => Date.parse(text);
