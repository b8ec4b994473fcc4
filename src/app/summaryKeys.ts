import { SUMMARY_NAMES, type SummaryName, summaryShardKey } from "../store/keys.ts";

/** So few documents are read at each request, which costs less than shards of their summaries. */
const FEW = 8;
/** A shard holds about this many summaries at most. More documents have more shards. */
const A_SHARD = 400;

/**
 * The keys of the shards in which so many documents are remembered under a name: none for a few, or a power of two, so
 * that the number seldom changes.
 */
export const shardKeys = (name: SummaryName, documents: number): readonly string[] => {
  if (documents <= FEW) return [];
  let shards = 1;
  while (documents > shards * A_SHARD) shards *= 2;
  return Array.from({ length: shards }, (_none, shard) => summaryShardKey(name, shards, shard));
};

/** The keys of all shards in which so many documents are remembered. */
export const summaryKeys = (documents: number): readonly string[] =>
  SUMMARY_NAMES.flatMap((name) => shardKeys(name, documents));
