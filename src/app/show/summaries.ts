import { z } from "zod/mini";
import { spread } from "../../core/spread.ts";
import { LAYERS, SITES, type SummaryName } from "../../store/keys.ts";
import { type Entry, type Stored, StoreUnavailable } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { readPage } from "../stored/pages.ts";
import { shardKeys } from "../summaryKeys.ts";

/** How many documents one request reads because they changed. The next request reads the others. */
const READS = 1000;
/** A shard with so many new summaries is written. Fewer changed documents cost less to read again than to write. */
const NEWS = 8;
/** How many shards one request writes. */
const WRITES = 4;

/** What is remembered of every document, in shards of its own. */
export interface SummaryKind<T> {
  readonly name: SummaryName;
  readonly schema: z.ZodMiniType<T>;
  /** Makes the summary of a document, also of one that cannot be read. Throws `StoreUnavailable`. */
  make(deps: Deps, key: string, stored: Stored): Promise<T>;
}

/** A summary by its kind. Nothing older may stay of a document that is `deleted`. */
interface Kinded {
  readonly kind: string;
}

export interface Summaries<T> {
  /** By the keys of the documents. A document that is gone is left out. */
  readonly found: ReadonlyMap<string, T>;
  /** How many documents were left to the next request. */
  readonly left: number;
}

interface Known<T> {
  readonly etag: string;
  readonly value: T;
}

interface Shard<T> {
  readonly key: string;
  readonly summaries: Map<string, Known<T>>;
  /** The stored version; null: there is none. Undefined: it is not known, so the shard is not written. */
  readonly etag: string | null | undefined;
  news: number;
  /** Whether it still holds the summary of a document that was deleted. */
  outlived: boolean;
}

const all = (): boolean => true;

/**
 * Lists the documents of all layers and sites, or of those that are wanted. Costs two lists. Throws `StoreUnavailable`.
 */
export const listDocuments = async (
  deps: Deps,
  layerWanted: (id: string) => boolean = all,
  siteWanted: (id: string) => boolean = all,
): Promise<readonly Entry[]> => {
  const listed = async (prefix: string, wanted: (id: string) => boolean): Promise<readonly Entry[]> =>
    (await deps.store.list(prefix)).filter(({ key }) => wanted(key.slice(prefix.length)));
  return (await Promise.all([listed(LAYERS, layerWanted), listed(SITES, siteWanted)])).flat();
};

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

/**
 * A shard that cannot be read, or that another release wrote, counts as empty, so that its documents are read instead.
 * Never throws.
 */
const readShard = async <T>(deps: Deps, { schema }: SummaryKind<T>, key: string): Promise<Shard<T>> => {
  const empty = { key, summaries: new Map(), news: 0, outlived: false };
  try {
    const stored = await deps.store.read(key);
    if (stored === null) return { ...empty, etag: null };
    const known = Object.entries(parsed(schema, deps.release, stored.text));
    return {
      ...empty,
      summaries: new Map(known.map(([id, [etag, value]]) => [id, { etag, value }])),
      etag: stored.etag,
    };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { ...empty, etag: undefined };
  }
};

/** Writes a shard over the version that was read. After a conflict what the other request wrote stays. Never throws. */
const writeShard = async <T>(deps: Deps, { key, summaries, etag }: Shard<T>): Promise<void> => {
  if (etag === undefined) return;
  const known = Object.fromEntries([...summaries].map(([id, one]) => [id, [one.etag, one.value]]));
  const text = JSON.stringify({ release: deps.release, summaries: known });
  try {
    await deps.store.write(key, text, etag);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
};

const isDeleted = <T extends Kinded>(known: Known<T> | undefined): boolean => known?.value.kind === "deleted";

/** Puts what was read into its shard. */
const remember = <T extends Kinded>(shard: Shard<T>, key: string, one: Known<T>): void => {
  if (isDeleted(one) && shard.summaries.has(key) && !isDeleted(shard.summaries.get(key))) shard.outlived = true;
  shard.summaries.set(key, one);
  shard.news += 1;
};

/** Drops what is not in the list. */
const dropUnlisted = <T extends Kinded>(shard: Shard<T>, listed: ReadonlySet<string>): void => {
  for (const [key, one] of shard.summaries) {
    if (listed.has(key)) continue;
    if (!isDeleted(one)) shard.outlived = true;
    shard.summaries.delete(key);
  }
};

/** Writes the shards that must forget a deleted document, and those whose news is worth it. Never throws. */
const writeShards = async <T>(deps: Deps, shards: readonly Shard<T>[]): Promise<void> => {
  const byWorth = shards
    .filter(({ news, outlived }) => outlived || news >= NEWS)
    .sort((a, b) => Number(b.outlived) - Number(a.outlived) || b.news - a.news);
  await Promise.all(byWorth.slice(0, WRITES).map((shard) => writeShard(deps, shard)));
};

/** The summaries of documents as they are now, by their keys. A document that is gone is left out. */
export const readSummaries = async <T>(
  deps: Deps,
  kind: SummaryKind<T>,
  documents: readonly Pick<Entry, "key">[],
): Promise<Map<string, Known<T>>> => {
  const found = new Map<string, Known<T>>();
  await readPage(documents, async ({ key }) => {
    const stored = await deps.store.read(key);
    if (stored !== null) found.set(key, { value: await kind.make(deps, key, stored), etag: stored.etag });
  });
  return found;
};

/**
 * The summaries of the listed documents, none older than its listed ETag. Reads the shards of the summaries and the
 * documents that have changed since, at most a thousand of these. For a caller who may not see every document, the
 * documents themselves are read, because whether one is seen is not remembered. Throws `StoreUnavailable`.
 */
export const summarize = async <T extends Kinded>(
  deps: Deps,
  kind: SummaryKind<T>,
  listed: readonly Entry[],
): Promise<Summaries<T>> => {
  const keys = deps.sees === undefined ? shardKeys(kind.name, listed.length) : [];
  const shards = await readPage(keys, (key) => readShard(deps, kind, key));
  const found = new Map<string, T>();
  const changed: { readonly key: string; readonly index: number }[] = [];
  for (const { key, etag } of listed) {
    const index = shards.length === 0 ? 0 : spread(key, shards.length);
    const known = shards[index]?.summaries.get(key);
    if (known?.etag === etag) found.set(key, known.value);
    else changed.push({ key, index });
  }
  // Shard by shard, so that few shards have news to write after a cold start.
  const now = changed.sort((a, b) => a.index - b.index).slice(0, shards.length === 0 ? changed.length : READS);
  const read = await readSummaries(deps, kind, now);
  for (const { key, index } of now) {
    const one = read.get(key);
    if (one === undefined) continue;
    found.set(key, one.value);
    const shard = shards[index];
    if (shard !== undefined) remember(shard, key, one);
  }
  const all = new Set(listed.map(({ key }) => key));
  for (const shard of shards) dropUnlisted(shard, all);
  await writeShards(deps, shards);
  return { found, left: changed.length - now.length };
};
