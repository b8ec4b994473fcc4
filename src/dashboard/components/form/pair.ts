/** A name and a value, such as a header. */
export type Pair = readonly [name: string, value: string];

/** The pairs as an object, without those that have no name. */
export const objectOf = (pairs: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(pairs.map(([name, value]) => [name.trim(), value] as const).filter(([name]) => name !== ""));
