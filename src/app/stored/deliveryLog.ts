import { z } from "zod/mini";
import { DAY, MINUTE } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { lowestIdAt, madeAt } from "../../core/madeAt.ts";
import type { Sync } from "../../core/slot/sync.ts";
import {
  deliveriesPrefix,
  deliveryKey,
  deliverySlice,
  gatheredIn,
  gatheredKey,
  recordId,
  undatedKey,
} from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { withStoreFault } from "../storeFault.ts";
import { type Listed, newestFirst, type Range } from "./newestFirst.ts";
import { ownSince } from "./ownSince.ts";
import { type Page, type PageRequest, readPage } from "./pages.ts";
import { cutNewestDay } from "./retention.ts";

/** One delivery in so many cuts its layer's log; the drain cuts the rest. */
const CUT_EVERY = 64;
/** How many arrivals are listed at most. */
const ARRIVALS = 1000;
/** A record holds no delivery that is older by more than this than its newest (ms). */
const SPAN = MINUTE;

export const loggedDeliverySchema = z.looseObject({
  id: z.string(),
  receivedAt: z.number(),
  webhook: z.union([z.literal("default"), z.looseObject({ ref: z.string(), name: z.string() })]),
  dataSource: z.nullable(z.string()),
  outcome: z.enum(["queued", "coalesced", "refused", "ignored"]),
  code: z.nullable(z.string()),
  /** The reason, without any secret. */
  cause: z.nullable(z.string()),
  /** By which other settings a refused proof would be right. For admins alone. */
  hint: z.optional(z.string()),
  warnings: z.array(z.string()),
  syncId: z.nullable(z.string()),
  bytes: z.number(),
  userAgent: z.nullable(z.string()),
  /** The names of what was published. */
  subject: z.nullable(
    z.looseObject({
      event: z.nullable(z.string()),
      type: z.nullable(z.string()),
      id: z.nullable(z.string()),
      /** Sealed, and only where the layer keeps titles. */
      title: z.optional(z.string()),
    }),
  ),
  /** Which of the webhook's secrets proved the sender. */
  secret: z.nullable(z.enum(["current", "previous"])),
  /** The delivery used a former URL of the webhook. */
  formerUrl: z.optional(z.boolean()),
  /** The host that was called, if it is not that of the public URL. */
  otherHost: z.optional(z.string()),
  /** How many refusals of this kind before it were not logged, because a flood is sampled. */
  unlogged: z.optional(z.number()),
  /** The sealed token of a handshake that a person has to use. */
  token: z.optional(z.string()),
  /** The sealed request. It is kept if its sender may publish, if it is short, and if there is room for it. */
  request: z.optional(z.string()),
});
export type LoggedDelivery = z.infer<typeof loggedDeliverySchema>;

/**
 * A record of the log: a delivery, with older ones that were logged together with it. The release before shows the
 * newest alone.
 */
export const deliveryRecordSchema = z.extend(loggedDeliverySchema, {
  others: z.optional(z.array(loggedDeliverySchema)),
});

/** The code of a delivery that a person sent again. Conditions did not apply to it. */
export const RESENT = "RESENT";

const newestOnTop = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? 1 : -1);
const timeOf = (id: string, absent: number): number => madeAt(id) ?? absent;

/** Deliveries as they are stored: one record, unless their times are far apart. */
const recordsOf = (deliveries: readonly LoggedDelivery[]): LoggedDelivery[][] => {
  const [newest, ...older] = deliveries.toSorted(newestOnTop);
  if (newest === undefined) return [];
  const from = timeOf(newest.id, 0) - SPAN;
  const isNear = ({ id }: LoggedDelivery): boolean => timeOf(id, 0) >= from;
  return [[newest, ...older.filter(isNear)], ...recordsOf(older.filter((one) => !isNear(one)))];
};

const writeRecord = async (deps: Deps, layerId: string, [newest, ...others]: readonly LoggedDelivery[]) => {
  if (newest === undefined) return;
  const oldest = others.at(-1);
  const key =
    oldest === undefined
      ? deliveryKey(layerId, newest.id)
      : gatheredKey(layerId, newest.id, 1 + others.length, oldest.id);
  await deps.archive.write(key, JSON.stringify(oldest === undefined ? newest : { ...newest, others }), null);
};

/**
 * Logs deliveries after their answers in one record, with one attempt. Then cuts the log now and then, on behalf of
 * `uncut` deliveries. Never throws, because the log is for people and decides nothing.
 */
export const logDeliveries = async (
  deps: Deps,
  layerId: string,
  deliveries: readonly LoggedDelivery[],
  uncut: number,
): Promise<void> => {
  try {
    await Promise.all(recordsOf(deliveries).map((record) => writeRecord(deps, layerId, record)));
    if (deps.random() < uncut / CUT_EVERY) await cutNewestDay(deps, deliveriesPrefix(layerId));
  } catch (error) {
    deps.report({
      kind: "trouble",
      where: `log of deliveries to layer ${layerId}`,
      error: withStoreFault("not written", error),
    });
  }
};

/** The deliveries of one record, newest first. None if it was removed meanwhile or is damaged. */
export const readRecord = async (deps: Deps, key: string): Promise<readonly LoggedDelivery[]> => {
  const found = await deps.archive.read(key);
  if (found === null) return [];
  try {
    const { others = [], ...newest } = deliveryRecordSchema.parse(JSON.parse(found.text));
    return [newest, ...others];
  } catch {
    deps.report({ kind: "trouble", where: "a list of deliveries", error: `${key} is not the record of a delivery` });
    return [];
  }
};

/** The entries that a layer's log still keeps, without those of a former layer of the same id. */
export const keptOf = (deps: Deps, layer: Layer): Range & { readonly from: number } => ({
  before: null,
  from: Math.max(ownSince(layer), deps.clock.now() - deps.retention.deliveries.days * DAY),
  until: null,
});

/**
 * Reads listed records from the newest on until `enough` of their deliveries are known, and known in order: none of a
 * further record is newer. `isAsked` leaves deliveries out.
 */
const readNewest = async (
  deps: Deps,
  listed: readonly Listed[],
  enough: number,
  isAsked: (delivery: LoggedDelivery) => boolean,
): Promise<{ readonly items: readonly LoggedDelivery[]; readonly isAll: boolean }> => {
  const found: LoggedDelivery[] = [];
  for (let read = 0; ; ) {
    const next = listed[read];
    const items = next === undefined ? found : found.filter(({ id }) => id > next.id);
    if (next === undefined || items.length >= enough) {
      return { items: items.toSorted(newestOnTop), isAll: next === undefined };
    }
    let end = read;
    for (let count = items.length; end < listed.length && count < enough; end += 1) {
      count += gatheredIn(listed[end]?.key ?? "").count;
    }
    const records = await readPage(listed.slice(read, end), ({ key }) => readRecord(deps, key));
    found.push(...records.flat().filter(isAsked));
    read = end;
  }
};

/**
 * One page of a layer's log: of all it keeps, or of a period (ms; null: no bound) and up to two minutes after it. A
 * delivery's id is made after the request arrived.
 */
export const listDeliveries = async (
  deps: Deps,
  layer: Layer,
  { limit, cursor }: PageRequest,
  period: Pick<Range, "from" | "until"> = { from: null, until: null },
): Promise<Page<LoggedDelivery>> => {
  const from = Math.max(keptOf(deps, layer).from, period.from ?? 0);
  const until = period.until === null ? null : period.until + 2 * SPAN;
  const at = cursor === null ? null : madeAt(cursor);
  // A record above the cursor may hold deliveries below it.
  const range = { from, until, before: at === null ? cursor : lowestIdAt(at + SPAN + 1) };
  const { listed, floor } = await newestFirst(deps, deliveriesPrefix(layer.id), range, {
    enough: limit + 1,
    matches: ({ key }) => cursor === null || gatheredIn(key).oldestId < cursor,
  });
  const { items, isAll } = await readNewest(
    deps,
    listed,
    limit,
    ({ id }) => (cursor === null || id < cursor) && (floor === null || id >= floor) && timeOf(id, from) >= from,
  );
  const page = items.slice(0, limit);
  const isLast = isAll && items.length === page.length;
  return { items: page, nextCursor: isLast ? floor : (page.at(-1)?.id ?? floor) };
};

export interface Arrival {
  readonly id: string;
  /** When the delivery arrived (ms), as its id says. */
  readonly at: number;
  readonly key: string;
  /** The delivery, if its record was read for the times of others. */
  readonly delivery?: LoggedDelivery;
}

/**
 * When deliveries arrived since a time (ms), newest first, and further back until there are `least`. Keys tell the time
 * of a delivery that was logged alone; the others' records are read. Throws `StoreUnavailable`.
 */
export const arrivals = async (deps: Deps, layer: Layer, since: number, least: number): Promise<readonly Arrival[]> => {
  const wanted = { enough: least, reach: since };
  const { listed } = await newestFirst(deps, deliveriesPrefix(layer.id), keptOf(deps, layer), wanted);
  let count = 0;
  const shown = listed.filter(({ key }) => {
    count += gatheredIn(key).count;
    return count - gatheredIn(key).count < ARRIVALS;
  });
  const found = await readPage(shown, async ({ id, key }) => {
    if (gatheredIn(key).count === 1) return [{ id, key }];
    return (await readRecord(deps, key)).map((delivery) => ({ id: delivery.id, key, delivery }));
  });
  return found
    .flat()
    .flatMap((one) => {
      const at = madeAt(one.id);
      return at === null ? [] : [{ ...one, at }];
    })
    .sort(newestOnTop)
    .slice(0, ARRIVALS);
};

/**
 * When the last accepted delivery arrived (ms); null: none did. For a document of the release before, which does not
 * say, the newest delivery of the log counts, whatever came of it. Throws `StoreUnavailable`.
 */
export const lastDelivery = async (deps: Deps, layer: Layer): Promise<number | null> => {
  if (layer.lastDeliveryAt !== undefined) return layer.lastDeliveryAt;
  const { listed } = await newestFirst(deps, deliveriesPrefix(layer.id), keptOf(deps, layer), { enough: 1 });
  const [newest] = listed;
  return newest === undefined ? null : madeAt(newest.id);
};

/** Reads the deliveries that arrived; those removed meanwhile are left out. */
export const readDeliveries = async (deps: Deps, arrived: readonly Arrival[]): Promise<readonly LoggedDelivery[]> => {
  const found = await readPage(arrived, async ({ key, delivery }) =>
    delivery === undefined ? readRecord(deps, key) : [delivery],
  );
  return found.flat();
};

/**
 * Finds a logged delivery by its id with one list and one read; null: the log does not have it. A record that begins
 * in the next slice of time, or of the release before, takes one request more. Throws `StoreUnavailable`.
 */
export const findDelivery = async (deps: Deps, layer: Layer, id: string): Promise<LoggedDelivery | null> => {
  const { from } = keptOf(deps, layer);
  const at = madeAt(id);
  if (at !== null && at < from) return null;
  const slices = at === null ? [] : [...new Set([at, at + SPAN].map((ms) => deliverySlice(layer.id, ms)))];
  const listed = (await Promise.all(slices.map((prefix) => deps.archive.list(prefix)))).flat();
  const keys = listed.map(({ key }) => key).filter((key) => recordId(key) >= id && gatheredIn(key).oldestId <= id);
  for (const key of keys.length > 0 ? keys : [undatedKey(deliveriesPrefix(layer.id), id)]) {
    const found = (await readRecord(deps, key)).find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  return null;
};

/**
 * Counts the logged deliveries that a sync covers, also those answered from the read alone. Such deliveries arrived
 * from the time its slot was filled until it began. `isAll` is false if the log has too many of that time. Throws
 * `StoreUnavailable`.
 */
export const countDeliveries = async (
  deps: Deps,
  layer: Layer,
  { id, queuedAt, startedAt }: Pick<Sync, "id" | "queuedAt" | "startedAt">,
): Promise<{ readonly count: number; readonly isAll: boolean }> => {
  const kept = keptOf(deps, layer);
  // The clocks of two instances may differ, and a delivery's id is older than the write that filled the slot.
  const range = {
    before: null,
    from: Math.max(kept.from, queuedAt - SPAN),
    until: (startedAt ?? deps.clock.now()) + 2 * SPAN,
  };
  const { listed, floor } = await newestFirst(deps, deliveriesPrefix(layer.id), range, {
    enough: ARRIVALS,
    reach: range.from,
  });
  const records = await readPage(listed.slice(0, ARRIVALS), ({ key }) => readRecord(deps, key));
  const count = records.flat().filter(({ syncId }) => syncId === id).length;
  const isAll = listed.length <= ARRIVALS && (floor === null || (madeAt(floor) ?? 0) <= range.from);
  return { count, isAll };
};
