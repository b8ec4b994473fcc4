const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MIX_FIRST = 0x85ebca6b;
const MIX_THEN = 0xc2b2ae35;

/** A number from 0 up to `over` (excluded) that is always the same for one id and differs between ids. */
export const spread = (id: string, over: number): number => {
  let hash = FNV_START;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), FNV_PRIME) >>> 0;
  // The high bits of ids that differ only in their last character are nearly equal before this mixing.
  hash = Math.imul(hash ^ (hash >>> 16), MIX_FIRST);
  hash = Math.imul(hash ^ (hash >>> 13), MIX_THEN);
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * over);
};
