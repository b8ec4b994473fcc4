import { madeAt } from "../../core/madeAt.ts";
import { type AuditEntry, auditEntrySchema } from "../../core/owed.ts";
import { AUDIT, auditKeyParts, recordId } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { readLayer } from "./documents.ts";
import { newestFirst } from "./newestFirst.ts";
import { type Page, type PageAsked, pageOf } from "./pages.ts";

/** Entries that one page reads: whoever asks for rare ones gets short pages, and no request runs for ever. */
export const PAGE_LOOKS = 100;
/** Entries that one export reads; the next one begins where it ended. */
export const EXPORT_LOOKS = 500;
/** Days that one export lists. */
const EXPORT_LISTS = 60;
const AT_ONCE = 16;

/** Which entries are asked for; null: whichever. */
export interface AuditFilter {
  readonly dataLayerId: string | null;
  /** Of these data layers alone, each from a time (ms) on, whatever else is asked for. An entry of no layer is then not there. */
  readonly within: ReadonlyMap<string, number> | null;
  /** Id, e-mail address or name. */
  readonly actor: string | null;
  readonly action: string | null;
  /** Not before this time (ms) … */
  readonly from: number | null;
  /** … and before this. */
  readonly until: number | null;
}

const matches = (entry: AuditEntry, { dataLayerId, within, actor, action, from, until }: AuditFilter): boolean => {
  const { id, email, name } = entry.actor;
  return (
    (dataLayerId === null || entry.dataLayerId === dataLayerId) &&
    (within === null || entry.at >= (within.get(entry.dataLayerId ?? "") ?? Number.POSITIVE_INFINITY)) &&
    (actor === null || [id, name].includes(actor) || email.toLowerCase() === actor.toLowerCase()) &&
    (action === null || entry.action === action) &&
    (from === null || entry.at >= from) &&
    (until === null || entry.at < until)
  );
};

const isSince = (key: string, since: number | undefined): boolean =>
  since !== undefined && (madeAt(recordId(key)) ?? since) >= since;

/** Whether an entry may match, by what its key says of it. */
const keyMatches = (key: string, { dataLayerId, within, action }: AuditFilter): boolean => {
  const parts = auditKeyParts(key);
  const layer = parts.dataLayerId;
  return (
    (layer === undefined ||
      ((dataLayerId === null || layer === dataLayerId) &&
        (within === null || isSince(key, within.get(layer ?? ""))))) &&
    (parts.action === undefined || action === null || parts.action === action)
  );
};

/**
 * An entry as the API shows it. The log is in the order of ids, which are made before the write whose moment an
 * entry carries: of two changes at once the later id may have the earlier write, and the log would run backwards.
 */
const dated = (entry: AuditEntry): AuditEntry => ({ ...entry, at: madeAt(entry.id) ?? entry.at });

const readEntry = async (deps: Deps, key: string): Promise<AuditEntry | null> => {
  const found = await deps.archive.read(key);
  if (found === null) return null;
  try {
    return dated(auditEntrySchema.parse(JSON.parse(found.text)));
  } catch {
    // One sick entry must not hide the others.
    deps.report({ kind: "trouble", where: "the audit log", error: `${key} is not an entry` });
    return null;
  }
};

/** Where to look, newest first, down to `floor`; what a layer still owes the archive is among it. */
const places = async (deps: Deps, filter: AuditFilter, cursor: string | null, enough: number, lists?: number) => {
  // The document first: an entry is appended before it leaves there, so it is in one of the two.
  const document = filter.dataLayerId === null ? null : await readLayer(deps, filter.dataLayerId);
  const owed = new Map(
    (document?.owed ?? []).flatMap((one) => (one.kind === "audit" ? [[one.id, dated(one.entry)] as const] : [])),
  );
  // Nothing is looked for before the first of the layers that are seen was made.
  const since = filter.within === null ? null : Math.min(...filter.within.values());
  const from = filter.from === null || since === null ? (filter.from ?? since) : Math.max(filter.from, since);
  const range = { before: cursor, from, until: filter.until };
  const { listed, floor } = await newestFirst(deps.archive, AUDIT, range, {
    enough,
    matches: ({ key }) => keyMatches(key, filter),
    ...(lists === undefined ? {} : { lists }),
  });
  const keys = new Map(listed.map(({ id, key }) => [id, key]));
  const { items: ids } = pageOf([...keys.keys(), ...owed.keys()], { limit: Number.MAX_SAFE_INTEGER, cursor });
  const read = async (id: string): Promise<AuditEntry | null> => {
    const key = keys.get(id);
    return owed.get(id) ?? (key === undefined ? null : readEntry(deps, key));
  };
  return { ids: ids.filter((id) => floor === null || id >= floor), floor, read };
};

/**
 * One page of the audit log, newest first. Keys tell layer, action and time. The actor is read from entries, at most 100 a
 * page. A page may be short and still have a `nextCursor`. Throws `StoreUnavailable`.
 */
export const listAudit = async (deps: Deps, filter: AuditFilter, asked: PageAsked): Promise<Page<AuditEntry>> => {
  const { limit, cursor } = asked;
  const enough = filter.actor === null ? limit + 1 : PAGE_LOOKS + 1;
  const { ids, floor, read } = await places(deps, filter, cursor, enough);
  const items: AuditEntry[] = [];
  const most = Math.min(ids.length, PAGE_LOOKS);
  let looked = 0;
  while (looked < most && items.length < limit) {
    // Of entries that all match no more are read than are shown.
    const size = filter.actor === null ? Math.min(AT_ONCE, limit - items.length) : AT_ONCE;
    const batch = ids.slice(looked, Math.min(looked + size, most));
    for (const entry of await Promise.all(batch.map(read))) {
      looked += 1;
      if (entry !== null && matches(entry, filter)) items.push(entry);
      if (items.length === limit) break;
    }
  }
  return { items, nextCursor: looked < ids.length ? (ids[looked - 1] ?? null) : floor };
};

export interface AuditExport {
  /** Newest first, in handfuls as they are read. Throws `StoreUnavailable` when one cannot be. */
  readonly entries: AsyncIterable<readonly AuditEntry[]>;
  /** Where the next export begins; null: this one reaches the oldest entry. */
  readonly nextCursor: string | null;
}

/** The entries from a position on, as far as one export goes. Throws `StoreUnavailable`. */
export const exportAudit = async (deps: Deps, filter: AuditFilter, cursor: string | null): Promise<AuditExport> => {
  const { ids, floor, read } = await places(deps, filter, cursor, EXPORT_LOOKS + 1, EXPORT_LISTS);
  const mine = ids.slice(0, EXPORT_LOOKS);
  const entries = async function* () {
    for (let from = 0; from < mine.length; from += AT_ONCE) {
      const found = await Promise.all(mine.slice(from, from + AT_ONCE).map(read));
      yield found.filter((entry) => entry !== null && matches(entry, filter)).filter((entry) => entry !== null);
    }
  };
  return { entries: entries(), nextCursor: mine.length < ids.length ? (mine.at(-1) ?? null) : floor };
};
