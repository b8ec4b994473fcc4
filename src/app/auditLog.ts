import pLimit from "p-limit";
import { DAY } from "../core/durations.ts";
import { AUDIT_KEPT_DAYS } from "../core/limits.ts";
import { type AuditEntry, auditEntrySchema } from "../core/owed.ts";
import { AUDIT, auditKey } from "../store/keys.ts";
import type { Deps } from "./deps.ts";
import { readLayer } from "./documents.ts";
import type { Page, PageAsked } from "./pages.ts";

/** Entries that one page looks at: whoever asks for rare ones gets short pages, and no request runs for ever. */
const PAGE_LOOKS = 400;
/** Entries that one export looks at; the next one begins where it ended. */
export const EXPORT_LOOKS = 2000;
const AT_ONCE = 16;
/** Old entries that one tick removes. */
const SWEPT_AT_ONCE = 200;

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

/** When an entry was made, as its id says (ms); null: its id says nothing of it. */
const timeIn = (id: string): number | null =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 13).replace("-", ""), 16) : null;

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

const mayMatch = (id: string, { from, until }: AuditFilter): boolean => {
  const time = timeIn(id);
  return time === null || ((from === null || time >= from) && (until === null || time < until));
};

/**
 * An entry as everybody is told of it. The log is in the order of ids, which are made before the write whose moment an
 * entry carries: of two changes at once the later id may have the earlier write, and the log would run backwards.
 */
const dated = (entry: AuditEntry): AuditEntry => ({ ...entry, at: timeIn(entry.id) ?? entry.at });

const readEntry = async (deps: Deps, id: string): Promise<AuditEntry | null> => {
  const found = await deps.archive.read(auditKey(id));
  if (found === null) return null;
  try {
    return dated(auditEntrySchema.parse(JSON.parse(found.text)));
  } catch {
    // One sick entry must not hide the others.
    deps.report({ kind: "trouble", where: "the audit log", error: `${auditKey(id)} is not an entry` });
    return null;
  }
};

/** Where to look, newest first, and what a layer still owes the archive. */
const places = async (deps: Deps, filter: AuditFilter, cursor: string | null) => {
  // The document first: an entry is appended before it leaves there, so it is in one of the two.
  const document = filter.dataLayerId === null ? null : await readLayer(deps, filter.dataLayerId);
  const owed = new Map(
    (document?.owed ?? []).flatMap((one) => (one.kind === "audit" ? [[one.id, dated(one.entry)] as const] : [])),
  );
  const listed = (await deps.archive.list(AUDIT)).map(({ key }) => key.slice(AUDIT.length));
  const ids = [...new Set([...owed.keys(), ...listed])]
    .filter((id) => (cursor === null || id < cursor) && mayMatch(id, filter))
    .sort()
    .reverse();
  const read = async (id: string): Promise<AuditEntry | null> => owed.get(id) ?? (await readEntry(deps, id));
  return { ids, read };
};

/**
 * One page of the audit log, newest first. Entries are found by reading them, a bounded number for one page: a page may
 * be short, or empty, and still have a `nextCursor`. Throws `StoreUnavailable`.
 */
export const listAudit = async (deps: Deps, filter: AuditFilter, asked: PageAsked): Promise<Page<AuditEntry>> => {
  const { ids, read } = await places(deps, filter, asked.cursor);
  const items: AuditEntry[] = [];
  let looked = 0;
  while (looked < Math.min(ids.length, PAGE_LOOKS)) {
    const batch = ids.slice(looked, looked + AT_ONCE);
    const entries = await Promise.all(batch.map(read));
    for (const [index, entry] of entries.entries()) {
      looked += 1;
      if (entry === null || !matches(entry, filter)) continue;
      items.push(entry);
      if (items.length < asked.limit) continue;
      return { items, nextCursor: looked < ids.length ? (batch[index] ?? null) : null };
    }
  }
  return { items, nextCursor: looked < ids.length ? (ids[looked - 1] ?? null) : null };
};

export interface AuditExport {
  /** Newest first, in handfuls as they are read. Throws `StoreUnavailable` when one cannot be. */
  readonly entries: AsyncIterable<readonly AuditEntry[]>;
  /** Where the next export begins; null: this one reaches the oldest entry. */
  readonly nextCursor: string | null;
}

/** The entries from a position on, as far as one export goes. Throws `StoreUnavailable`. */
export const exportAudit = async (deps: Deps, filter: AuditFilter, cursor: string | null): Promise<AuditExport> => {
  const { ids, read } = await places(deps, filter, cursor);
  const mine = ids.slice(0, EXPORT_LOOKS);
  const entries = async function* () {
    for (let from = 0; from < mine.length; from += AT_ONCE) {
      const found = await Promise.all(mine.slice(from, from + AT_ONCE).map(read));
      yield found.filter((entry) => entry !== null && matches(entry, filter)).filter((entry) => entry !== null);
    }
  };
  return { entries: entries(), nextCursor: mine.length < ids.length ? (mine.at(-1) ?? null) : null };
};

/**
 * Removes entries that are older than they are kept, a bounded number; whether there are more. The time is that of the
 * newest entry where the clock runs ahead of it: a wrong clock must not empty the log. Throws `StoreUnavailable`.
 */
export const sweepAudit = async (deps: Deps): Promise<{ readonly removed: number; readonly more: boolean }> => {
  const listed = (await deps.archive.list(AUDIT)).map(({ key }) => key.slice(AUDIT.length));
  const times = listed.flatMap((id) => {
    const time = timeIn(id);
    return time === null ? [] : [{ id, time }];
  });
  const newest = times.reduce((latest, { time }) => Math.max(latest, time), 0);
  const before = Math.min(deps.clock.now(), newest + AUDIT_KEPT_DAYS * DAY) - AUDIT_KEPT_DAYS * DAY;
  const old = times.filter(({ time }) => time < before).sort((a, b) => a.time - b.time);
  const limit = pLimit(AT_ONCE);
  const swept = old.slice(0, SWEPT_AT_ONCE);
  await Promise.all(swept.map(({ id }) => limit(() => deps.archive.remove(auditKey(id)))));
  return { removed: swept.length, more: old.length > swept.length };
};
