import { pendingSlugs } from "../core/accept.ts";
import { endStatus, type SyncStatus, syncStatus } from "../core/ending.ts";
import { type Pending, type Sync, syncSchema } from "../core/slot.ts";
import { buildKey, buildsPrefix, syncKey, syncsPrefix } from "../store/keys.ts";
import { CorruptDocument } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { madeAt } from "./madeAt.ts";
import { isOwn } from "./ownSince.ts";
import { type Page, type PageAsked, pageOf, readPage } from "./pages.ts";
import { type Holder, partsOf } from "./slots.ts";

/** A sync, or a site's build, wherever it is in its life. */
export type SyncState =
  | { readonly kind: "pending"; readonly pending: Pending; readonly slugs: readonly string[] }
  | { readonly kind: "claimed"; readonly sync: Sync; readonly status: SyncStatus };

/** Its id. */
export const stateId = (state: SyncState): string => (state.kind === "pending" ? state.pending.syncId : state.sync.id);

/** Every sync that its holder's document still knows: pending, open, or ended and owed to the archive. */
export const heldStates = (holder: Holder): ReadonlyMap<string, SyncState> => {
  const { slot, owed } = holder;
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
    states.set(pending.syncId, { kind: "pending", pending, slugs: pendingSlugs(pending, partsOf(holder)) });
  }
  return states;
};

const prefixOf = ({ kind, id }: Holder): string => (kind === "layer" ? syncsPrefix(id) : buildsPrefix(id));
const keyOf = ({ kind, id }: Holder, recordId: string): string =>
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
 * Finds a sync by any id that was ever answered. The document was read first: a record is appended before it leaves
 * there, so what is in neither place never was. Whoever sees only some layers sees none of a former layer's.
 */
export const findState = async (deps: Deps, holder: Holder, id: string): Promise<SyncState | null> => {
  const held = heldStates(holder).get(id);
  if (held !== undefined) return held;
  return deps.sees === undefined || isOwn(holder, id) ? readRecord(deps, keyOf(holder, id)) : null;
};

/**
 * The states of these ids, in their order: from the document, else from the archive. One that cannot be read is reported
 * and left out; it must not hide the others.
 */
const statesOf = async (
  deps: Deps,
  holder: Holder,
  held: ReadonlyMap<string, SyncState>,
  ids: readonly string[],
): Promise<SyncState[]> => {
  const found = await readPage(ids, async (id) => {
    try {
      return held.get(id) ?? (await readRecord(deps, keyOf(holder, id)));
    } catch (error) {
      if (!(error instanceof CorruptDocument)) throw error;
      deps.report({ kind: "trouble", where: "a list of syncs", error: error.message });
      return null;
    }
  });
  return found.filter((state) => state !== null);
};

/** One page of a holder's syncs, those of the document and those of the archive, no id twice; none of a former holder's. */
export const listStates = async (deps: Deps, holder: Holder, asked: PageAsked): Promise<Page<SyncState>> => {
  const held = heldStates(holder);
  const prefix = prefixOf(holder);
  const listed = await deps.archive.list(prefix);
  const ended = listed.map(({ key }) => key.slice(prefix.length)).filter((id) => isOwn(holder, id));
  const page = pageOf([...held.keys(), ...ended], asked);
  return { items: await statesOf(deps, holder, held, page.items), nextCursor: page.nextCursor };
};

/** A holder's syncs since a time (ms), the newest first, at most so many. `cut`: there were more. */
export const statesSince = async (
  deps: Deps,
  holder: Holder,
  since: number,
  most: number,
): Promise<{ readonly states: readonly SyncState[]; readonly cut: boolean }> => {
  const held = heldStates(holder);
  const prefix = prefixOf(holder);
  const listed = await deps.archive.list(prefix);
  // What still waits or runs is shown however long ago it was asked for.
  const ended = listed
    .map(({ key }) => key.slice(prefix.length))
    .filter((id) => (madeAt(id) ?? 0) >= since && isOwn(holder, id));
  const page = pageOf([...held.keys(), ...ended], { limit: most, cursor: null });
  return { states: await statesOf(deps, holder, held, page.items), cut: page.nextCursor !== null };
};
