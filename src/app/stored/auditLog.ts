import { defined } from "../../core/defined.ts";
import { madeAt } from "../../core/madeAt.ts";
import { type AuditEntry, auditEntrySchema } from "../../core/owed.ts";
import { searchText } from "../../core/searchText.ts";
import { AUDIT, auditKeyParts, recordId } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { readLayer } from "./documents.ts";
import { newestFirst } from "./newestFirst.ts";
import { type Page, type PageRequest, pageOf } from "./pages.ts";

/** How many entries one page reads at most. A filter for rare entries gives short pages, but no request runs long. */
export const PAGE_LOOKS = 100;
/** How many entries one export reads at most; the next export goes on where it ended. */
export const EXPORT_LOOKS = 500;
/** Days that one export lists. */
const EXPORT_LISTS = 60;
const AT_ONCE = 16;

/** The filters of the audit log; null: no filter. */
export interface AuditFilter {
  readonly dataLayerId: string | null;
  /**
   * Only entries of these data layers, each from a time (ms) on, in addition to the other filters. Entries of no layer
   * are then left out.
   */
  readonly within: ReadonlyMap<string, number> | null;
  /** The actor's id, e-mail address or name, or a part of the last two. */
  readonly actor: string | null;
  readonly action: string | null;
  /** The start of the period (ms), included. */
  readonly from: number | null;
  /** The end of the period (ms), excluded. */
  readonly until: number | null;
}

/** A text with `@` is a whole e-mail address, so that the export of one person never holds another person's entries. */
const isActor = ({ id, email, name }: AuditEntry["actor"], text: string): boolean => {
  if (id === text) return true;
  // Two addresses may differ in the form of their letters alone.
  if (text.includes("@")) return [email, name].some((one) => one.toLowerCase() === text.toLowerCase());
  return [email, name].some((one) => searchText(one).includes(searchText(text)));
};

const matches = (entry: AuditEntry, { dataLayerId, within, actor, action, from, until }: AuditFilter): boolean =>
  (dataLayerId === null || entry.dataLayerId === dataLayerId) &&
  (within === null || entry.at >= (within.get(entry.dataLayerId ?? "") ?? Number.POSITIVE_INFINITY)) &&
  (actor === null || isActor(entry.actor, actor)) &&
  (action === null || entry.action === action) &&
  (from === null || entry.at >= from) &&
  (until === null || entry.at < until);

const isSince = (key: string, since: number | undefined): boolean =>
  since !== undefined && (madeAt(recordId(key)) ?? since) >= since;

/** Whether an entry may match, judged by its key. */
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
 * An entry as the API shows it, dated by its id. The log is in the order of ids, which are created before the write
 * whose time an entry carries, so that these times could run backwards.
 */
const dated = (entry: AuditEntry): AuditEntry => ({ ...entry, at: madeAt(entry.id) ?? entry.at });

const readEntry = async (deps: Deps, key: string): Promise<AuditEntry | null> => {
  const found = await deps.archive.read(key);
  if (found === null) return null;
  try {
    return dated(auditEntrySchema.parse(JSON.parse(found.text)));
  } catch {
    // A damaged entry must not hide the others.
    deps.report({ kind: "trouble", where: "the audit log", error: `${key} is not an entry` });
    return null;
  }
};

/** The entries to search, newest first, down to `floor`, including those that a layer still owes to the archive. */
const places = async (deps: Deps, filter: AuditFilter, cursor: string | null, enough: number, lists?: number) => {
  // The document is read first: an entry is appended before it leaves the document, so it is in one of the two.
  const document = filter.dataLayerId === null ? null : await readLayer(deps, filter.dataLayerId);
  const owed = new Map(
    (document?.owed ?? []).flatMap((one) => (one.kind === "audit" ? [[one.id, dated(one.entry)] as const] : [])),
  );
  // The search ends where the first of the visible layers was created.
  const since = filter.within === null ? null : Math.min(...filter.within.values());
  const from = filter.from === null || since === null ? (filter.from ?? since) : Math.max(filter.from, since);
  const range = { before: cursor, from, until: filter.until };
  const { listed, floor } = await newestFirst(deps, AUDIT, range, {
    enough,
    matches: ({ key }) => keyMatches(key, filter),
    ...defined({ lists }),
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
export const listAudit = async (deps: Deps, filter: AuditFilter, asked: PageRequest): Promise<Page<AuditEntry>> => {
  const { limit, cursor } = asked;
  const enough = filter.actor === null ? limit + 1 : PAGE_LOOKS + 1;
  const { ids, floor, read } = await places(deps, filter, cursor, enough);
  const items: AuditEntry[] = [];
  const most = Math.min(ids.length, PAGE_LOOKS);
  let looked = 0;
  while (looked < most && items.length < limit) {
    // If all entries match, no more are read than are shown.
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
  /** Newest first, a few at a time as they are read. Throws `StoreUnavailable` if an entry cannot be read. */
  readonly entries: AsyncIterable<readonly AuditEntry[]>;
  /** Where the next export begins; null: this one reaches the oldest entry. */
  readonly nextCursor: string | null;
}

/** The entries from a position on, up to the limit of one export. Throws `StoreUnavailable`. */
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
