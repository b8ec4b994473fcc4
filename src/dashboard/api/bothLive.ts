import type { Live } from "./useLive.ts";

/** Two resources as one, which is there when both are, so that a page shows them together and nothing jumps. */
export const bothLive = <A, B>(one: Live<A>, other: Live<B>): Live<readonly [A, B]> => ({
  data: one.data === undefined || other.data === undefined ? undefined : [one.data, other.data],
  etag: null,
  problem: one.problem ?? other.problem,
  refresh: async () => {
    await Promise.all([one.refresh(), other.refresh()]);
  },
});
