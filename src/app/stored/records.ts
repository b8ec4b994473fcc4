import { isEndKnown, knownEnded, noteEnded, type SyncSummary, summaryOf } from "../../core/lastEnded.ts";
import { pendingSlugs } from "../../core/slot/accept.ts";
import { endStatus, type SyncStatus, syncStatus } from "../../core/slot/ending.ts";
import type { Pending } from "../../core/slot/slot.ts";
import { type Sync, syncSchema } from "../../core/slot/sync.ts";
import { partsOf, type SlotOwner } from "../../core/slotOwner.ts";
import { buildKey, buildsPrefix, syncKey, syncsPrefix, undatedKey } from "../../store/keys.ts";
import { CorruptDocument } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { type Listed, newestFirst, type Range } from "./newestFirst.ts";
import { isOwn, ownSince } from "./ownSince.ts";
import { type Page, type PageRequest, pageOf, readPage } from "./pages.ts";

/** A sync of a layer, or a build of a site, in any state. */
export type SyncState =
  | { readonly kind: "pending"; readonly pending: Pending; readonly slugs: readonly string[] }
  | { readonly kind: "claimed"; readonly sync: Sync; readonly status: SyncStatus };

/** The id of a sync. */
export const stateId = (state: SyncState): string => (state.kind === "pending" ? state.pending.syncId : state.sync.id);

/** Every sync in its owner's document: pending, open, or ended and owed to the archive. */
export const heldStates = (owner: SlotOwner): ReadonlyMap<string, SyncState> => {
  const { slot, owed } = owner;
  const states = new Map<string, SyncState>();
  for (const entry of owed) {
    if (entry.kind === "sync")
      states.set(entry.id, { kind: "claimed", sync: entry.record, status: endStatus(entry.record) });
  }
  for (const sync of Object.values(slot.open)) {
    states.set(sync.id, { kind: "claimed", sync, status: syncStatus(slot, sync) });
  }
  if (slot.pending !== null) {
    const { pending } = slot;
    states.set(pending.syncId, { kind: "pending", pending, slugs: pendingSlugs(pending, partsOf(owner)) });
  }
  return states;
};

const prefixOf = ({ kind, id }: SlotOwner): string => (kind === "layer" ? syncsPrefix(id) : buildsPrefix(id));
const keyOf = ({ kind, id }: SlotOwner, recordId: string): string =>
  kind === "layer" ? syncKey(id, recordId) : buildKey(id, recordId);

const readRecord = async (deps: Deps, key: string): Promise<SyncState | null> => {
  const found = await deps.archive.read(key);
  if (found === null) return null;
  try {
    const sync = syncSchema.parse(JSON.parse(found.text));
    return { kind: "claimed", sync, status: endStatus(sync) };
  } catch (cause) {
    throw new CorruptDocument(`${key} is not the record of a sync`, { cause });
  }
};

/**
 * Finds a sync by any id that was ever answered and is still kept. The document must be read first: a record is
 * appended before it leaves the document, so a sync in neither place never existed or is no longer kept. A scoped
 * caller sees no syncs of a former layer.
 */
export const findState = async (deps: Deps, owner: SlotOwner, id: string): Promise<SyncState | null> => {
  const held = heldStates(owner).get(id);
  if (held !== undefined) return held;
  if (deps.sees !== undefined && !isOwn(owner, id)) return null;
  const [key, undated] = [keyOf(owner, id), undatedKey(prefixOf(owner), id)];
  const found = await readRecord(deps, key);
  return found !== null || key === undated ? found : readRecord(deps, undated);
};

/** Reads syncs by their ids. One that cannot be read is logged and left out, so that it does not hide the others. */
const statesOf = async (
  deps: Deps,
  held: ReadonlyMap<string, SyncState>,
  listed: readonly Listed[],
  ids: readonly string[],
): Promise<SyncState[]> => {
  const keys = new Map(listed.map(({ id, key }) => [id, key]));
  const found = await readPage(ids, async (id) => {
    const key = keys.get(id);
    try {
      return held.get(id) ?? (key === undefined ? null : await readRecord(deps, key));
    } catch (error) {
      if (!(error instanceof CorruptDocument)) throw error;
      deps.report({ kind: "trouble", where: "a list of syncs", error: error.message });
      return null;
    }
  });
  return found.filter((state) => state !== null);
};

/** Leaves out records of a former layer or site of the same id. */
const ownOf = (owner: SlotOwner): Range => ({ before: null, from: ownSince(owner), until: null });

/** One page of a layer's syncs or a site's builds, from the document and the archive, no id twice. */
export const listStates = async (deps: Deps, owner: SlotOwner, asked: PageRequest): Promise<Page<SyncState>> => {
  const held = heldStates(owner);
  const range = { ...ownOf(owner), before: asked.cursor };
  const { listed, floor } = await newestFirst(deps, prefixOf(owner), range, { enough: asked.limit + 1 });
  const ids = [...held.keys(), ...listed.map(({ id }) => id)].filter((id) => floor === null || id >= floor);
  const page = pageOf(ids, asked);
  return { items: await statesOf(deps, held, listed, page.items), nextCursor: page.nextCursor ?? floor };
};

/** The syncs since a time (ms), newest first, at most `most`. `cut`: there were more. */
export const statesSince = async (
  deps: Deps,
  owner: SlotOwner,
  since: number,
  most: number,
): Promise<{ readonly states: readonly SyncState[]; readonly cut: boolean }> => {
  const held = heldStates(owner);
  const range = { ...ownOf(owner), from: Math.max(since, ownSince(owner)) };
  const { listed, floor } = await newestFirst(deps, prefixOf(owner), range, { enough: most + 1 });
  // A sync that still waits or runs is shown, however old it is.
  const page = pageOf([...held.keys(), ...listed.map(({ id }) => id)], { limit: most, cursor: null });
  const cut = page.nextCursor !== null || floor !== null;
  return { states: await statesOf(deps, held, listed, page.items), cut };
};

const stateSummary = (state: SyncState): SyncSummary => {
  if (state.kind === "claimed") return summaryOf(state.sync, state.status);
  const { syncId, filledAt } = state.pending;
  return { id: syncId, status: "pending", queuedAt: filledAt, finishedAt: null };
};

/** The last sync that ended, in the outbox or on record; null: there is none. */
export const newestEnded = async (deps: Deps, owner: SlotOwner): Promise<SyncSummary | null> => {
  const owed = owner.owed.flatMap((entry) => (entry.kind === "sync" ? [entry.record] : []));
  const recorded = await newestRecord(deps, owner);
  const ended = owed.map((sync) => summaryOf(sync, endStatus(sync)));
  return [...ended, ...(recorded === null ? [] : [recorded])].sort((a, b) => (a.id < b.id ? 1 : -1))[0] ?? null;
};

const newestRecord = async (deps: Deps, owner: SlotOwner): Promise<SyncSummary | null> => {
  const { listed } = await newestFirst(deps, prefixOf(owner), ownOf(owner), { enough: 1 });
  const [newest] = await statesOf(
    deps,
    new Map(),
    listed,
    listed.slice(0, 1).map(({ id }) => id),
  );
  return newest === undefined ? null : stateSummary(newest);
};

/** The owner with what ended last. Reads a record only of a document that does not know. Nothing is written. */
export const withLastEnded = async <D extends SlotOwner>(deps: Deps, owner: D): Promise<D> =>
  isEndKnown(owner) ? owner : noteEnded(owner, await newestEnded(deps, owner));

/**
 * The newest sync that has started or ended, or else the pending one; null: there is none. Reads a record only if the
 * document does not know which sync ended last.
 */
export const lastSync = async (deps: Deps, owner: SlotOwner): Promise<SyncSummary | null> => {
  const held = [...heldStates(owner).values()];
  const known = knownEnded(owner.slot, owner.lastEnded);
  const ended = known === undefined ? await newestEnded(deps, owner) : known;
  const begun = held.filter(({ kind }) => kind === "claimed").map(stateSummary);
  const [last] = [...begun, ...(ended === null ? [] : [ended])].sort((a, b) => (a.id < b.id ? 1 : -1));
  const waiting = held.find(({ kind }) => kind === "pending");
  return last ?? (waiting === undefined ? null : stateSummary(waiting));
};
