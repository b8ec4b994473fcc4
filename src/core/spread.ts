const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A number from 0 up to `over` (excluded) that is always the same for one id and differs from id to id. */
export const spread = (id: string, over: number): number => {
  let hash = FNV_START;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), FNV_PRIME) >>> 0;
  // The lowest bits of this hash say little about ids that differ in their last character alone.
  return Math.floor((hash / 2 ** 32) * over);
};
