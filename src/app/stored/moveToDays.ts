import pLimit from "p-limit";
import { z } from "zod/mini";
import { madeAt } from "../../core/madeAt.ts";
import { AUDIT, auditKey, datedKey, recordId } from "../../store/keys.ts";
import type { Archive } from "../../store/store.ts";

/** How many records of the release before one tick copies or removes. */
export const MOVED_AT_ONCE = 100;
const PARALLEL = 16;

const namedSchema = z.looseObject({ dataLayerId: z.nullable(z.string()), action: z.string() });

/** The layer and the action of an entry, for its key. A damaged entry is moved too: its key then names neither. */
const namesIn = (text: string): z.infer<typeof namedSchema> => {
  try {
    return namedSchema.parse(JSON.parse(text));
  } catch {
    return { dataLayerId: "", action: "" };
  }
};

const keyByDay = (log: string, id: string, text: string): string =>
  log === AUDIT ? auditKey({ ...namesIn(text), id }) : datedKey(log, id);

/**
 * Copies a record to its day. Removes the old one only if the copy is there already: whoever has just listed the old key
 * can still read it.
 */
const move = async (archive: Archive, log: string, key: string): Promise<void> => {
  const found = await archive.read(key);
  if (found === null) return;
  const byDay = keyByDay(log, recordId(key), found.text);
  if ((await archive.write(byDay, found.text, null)).kind === "written") return;
  // A refused create may also mean that another write was under way and failed.
  if ((await archive.read(byDay)) !== null) await archive.remove(key);
};

/**
 * Moves records that the release before appended directly below the prefix of a log into the folders of their days, the
 * newest first, some at a time. A tick may die between any two steps: a record is always listed under one of its keys,
 * and under two it is shown once. Returns whether there is more to move. Throws `StoreUnavailable`.
 */
export const moveToDays = async (archive: Archive, log: string, undated: readonly string[]): Promise<boolean> => {
  const movable = undated.filter((key) => madeAt(recordId(key)) !== null).sort((a, b) => (a < b ? 1 : -1));
  const limit = pLimit(PARALLEL);
  await Promise.all(movable.slice(0, MOVED_AT_ONCE).map((key) => limit(() => move(archive, log, key))));
  return movable.length > 0;
};
