import { z } from "zod/mini";
import { spread } from "../../core/spread.ts";
import { summaryShardKey } from "../../store/keys.ts";
import { type Entry, type Stored, StoreUnavailable } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { readPage } from "../stored/pages.ts";

/** So few documents are read at each request, which costs less than shards of their summaries. */
const FEW = 8;
/** A shard holds about this many summaries at most. More documents have more shards. */
const A_SHARD = 400;
/** How many documents one request reads because they changed. The next request reads the others. */
const READS = 1000;
/** A shard with so many new summaries is written. Fewer changed documents cost less to read again than to write. */
const NEWS = 8;
/** How many shards one request writes. */
const WRITES = 4;

/** What is remembered of every document, in shards of its own. */
export interface SummaryKind<T> {
  /** The folder of the shards. */
  readonly folder: string;
  readonly schema: z.ZodMiniType<T>;
  /** Makes the summary of a document. Throws `CorruptDocument`, `NewerDocument` or `StoreUnavailable`. */
  make(deps: Deps, key: string, stored: Stored): Promise<T>;
}

/** A summary, or why there is none. */
export type Summarized<T> =
  | { readonly kind: "summary"; readonly value: T; readonly etag: string }
  | { readonly kind: "failed"; readonly error: unknown };

export interface Summaries<T> {
  /** By the keys of the documents. A document that is gone is left out. */
  readonly found: ReadonlyMap<string, Summarized<T>>;
  /** How many documents were left to the next request. */
  readonly left: number;
}

interface Shard<T> {
  readonly summaries: Map<string, { readonly etag: string; readonly value: T }>;
  /** The stored version; null: there is none. Undefined: it is not known, so the shard is not written. */
  readonly etag: string | null | undefined;
  news: number;
}

/** The number of shards for so many documents: a power of two, so that it seldom changes. */
const shardsFor = (documents: number): number => {
  if (documents <= FEW) return 0;
  let shards = 1;
  while (documents > shards * A_SHARD) shards *= 2;
  return shards;
};

const nothing = <T>(etag: string | null | undefined): Shard<T> => ({ summaries: new Map(), etag, news: 0 });

/** The stored form of a shard. Each release makes its summaries itself, because other code may see a document otherwise. */
const shardSchema = <T>(schema: z.ZodMiniType<T>, release: string) =>
  z.object({ release: z.literal(release), summaries: z.record(z.string(), z.tuple([z.string(), schema])) });

const parsed = <T>(
  schema: z.ZodMiniType<T>,
  release: string,
  text: string,
): Readonly<Record<string, readonly [string, T]>> => {
  try {
    const found = shardSchema(schema, release).safeParse(JSON.parse(text));
    return found.success ? found.data.summaries : {};
  } catch {
    return {};
  }
};

/** A shard that cannot be read, or that another release wrote, counts as empty, so that its documents are read instead. Never throws. */
const readShard = async <T>(deps: Deps, { schema }: SummaryKind<T>, key: string): Promise<Shard<T>> => {
  try {
    const stored = await deps.store.read(key);
    if (stored === null) return nothing(null);
    const known = Object.entries(parsed(schema, deps.release, stored.text));
    return {
      summaries: new Map(known.map(([id, [etag, value]]) => [id, { etag, value }])),
      etag: stored.etag,
      news: 0,
    };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return nothing(undefined);
  }
};

/** Writes a shard over the version that was read. After a conflict what the other request wrote stays. Never throws. */
const writeShard = async <T>(deps: Deps, key: string, { summaries, etag }: Shard<T>): Promise<void> => {
  if (etag === undefined) return;
  const known = Object.fromEntries([...summaries].map(([id, one]) => [id, [one.etag, one.value]]));
  const text = JSON.stringify({ release: deps.release, summaries: known });
  try {
    await deps.store.write(key, text, etag);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
};

/** The summaries of documents as they are now, by their keys. A document that is gone is left out. */
export const readSummaries = async <T>(
  deps: Deps,
  kind: SummaryKind<T>,
  documents: readonly Pick<Entry, "key">[],
): Promise<Map<string, Summarized<T>>> => {
  const found = new Map<string, Summarized<T>>();
  await readPage(documents, async ({ key }) => {
    const one = await readOne(deps, kind, key);
    if (one !== null) found.set(key, one);
  });
  return found;
};

const readOne = async <T>(deps: Deps, kind: SummaryKind<T>, key: string): Promise<Summarized<T> | null> => {
  const stored = await deps.store.read(key);
  if (stored === null) return null;
  try {
    return { kind: "summary", value: await kind.make(deps, key, stored), etag: stored.etag };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    return { kind: "failed", error };
  }
};

/**
 * The summaries of the listed documents, none older than its listed ETag. Reads the shards of the summaries and the
 * documents that have changed since, at most a thousand of these. For a caller who may not see every document, the
 * documents themselves are read, because whether one is seen is not remembered. Throws `StoreUnavailable`.
 */
export const summarize = async <T>(
  deps: Deps,
  kind: SummaryKind<T>,
  listed: readonly Entry[],
): Promise<Summaries<T>> => {
  const count = deps.sees === undefined ? shardsFor(listed.length) : 0;
  const indexes = Array.from({ length: count }, (_none, index) => index);
  const shardKey = (index: number): string => summaryShardKey(kind.folder, count, index);
  const shards = await readPage(indexes, (index) => readShard(deps, kind, shardKey(index)));
  const found = new Map<string, Summarized<T>>();
  const changed: { readonly key: string; readonly index: number }[] = [];
  for (const { key, etag } of listed) {
    const index = count === 0 ? 0 : spread(key, count);
    const known = shards[index]?.summaries.get(key);
    if (known?.etag === etag) found.set(key, { kind: "summary", ...known });
    else changed.push({ key, index });
  }
  // Shard by shard, so that few shards have news to write after a cold start.
  const now = changed.sort((a, b) => a.index - b.index).slice(0, count === 0 ? changed.length : READS);
  const read = await readSummaries(deps, kind, now);
  for (const { key, index } of now) {
    const one = read.get(key);
    if (one !== undefined) found.set(key, one);
    const shard = shards[index];
    if (one?.kind !== "summary" || shard === undefined) continue;
    shard.summaries.set(key, { etag: one.etag, value: one.value });
    shard.news += 1;
  }
  const keys = new Set(listed.map(({ key }) => key));
  for (const { summaries } of shards) for (const key of summaries.keys()) if (!keys.has(key)) summaries.delete(key);
  const worthWriting = indexes
    .filter((index) => (shards[index]?.news ?? 0) >= NEWS)
    .sort((a, b) => (shards[b]?.news ?? 0) - (shards[a]?.news ?? 0))
    .slice(0, WRITES);
  await Promise.all(
    worthWriting.map(async (index) => {
      const shard = shards[index];
      if (shard !== undefined) await writeShard(deps, shardKey(index), shard);
    }),
  );
  return { found, left: changed.length - now.length };
};
