import type { Live } from "./useLive.ts";

/** A resource that waits for the first answer or problem of another, so that nothing jumps, and does not need the other. */
export const besideLive = <A, B>(one: Live<A>, other: Live<B>): Live<A> => ({
  ...one,
  data: other.data === undefined && other.problem === undefined ? undefined : one.data,
  refresh: async () => {
    await Promise.all([one.refresh(), other.refresh()]);
  },
});

/** Two resources as one, which is there when both are, so that a page shows them together and nothing jumps. */
export const bothLive = <A, B>(one: Live<A>, other: Live<B>): Live<readonly [A, B]> => ({
  data: one.data === undefined || other.data === undefined ? undefined : [one.data, other.data],
  etag: null,
  problem: one.problem ?? other.problem,
  refresh: async () => {
    await Promise.all([one.refresh(), other.refresh()]);
  },
});
