import { z } from "zod";
import { DAY } from "../core/durations.ts";
import type { Layer } from "../core/layer.ts";
import { DELIVERIES, deliveriesPrefix, deliveryKey } from "../store/keys.ts";
import type { Deps } from "./deps.ts";
import { madeAt } from "./madeAt.ts";
import { isOwn } from "./ownSince.ts";
import { type Page, type PageAsked, pageOf, readPage } from "./pages.ts";

/** The log of one layer keeps so many deliveries … */
export const DELIVERIES_KEPT = 1000;
/** … for so long. */
export const DELIVERY_KEPT = 30 * DAY;
/** A layer's log is cut with one delivery in so many, by a part at a time; the drain does the rest once a day. */
const CUT_EVERY = 64;
const CUT_AT_ONCE = 200;

export const loggedDeliverySchema = z.looseObject({
  id: z.string(),
  receivedAt: z.number(),
  webhook: z.union([z.literal("default"), z.looseObject({ ref: z.string(), name: z.string() })]),
  dataSource: z.string().nullable(),
  outcome: z.enum(["queued", "coalesced", "refused", "ignored"]),
  code: z.string().nullable(),
  /** Why, in words that hold no secret. */
  cause: z.string().nullable(),
  warnings: z.array(z.string()),
  syncId: z.string().nullable(),
  bytes: z.number(),
  userAgent: z.string().nullable(),
  /** What was published, by its names alone; never content. */
  subject: z
    .looseObject({ event: z.string().nullable(), type: z.string().nullable(), id: z.string().nullable() })
    .nullable(),
  /** Which of the webhook's secrets proved the sender. */
  secret: z.enum(["current", "previous"]).nullable(),
  /** It came by a URL that the webhook had before. */
  formerUrl: z.boolean().optional(),
  /** So many of its kind before it were refused and not logged: a flood is sampled. */
  unlogged: z.number().optional(),
});
export type LoggedDelivery = z.infer<typeof loggedDeliverySchema>;

/** The deliveries of one layer that its log no longer keeps, the oldest first. */
const beyond = (ids: readonly string[], now: number): string[] =>
  [...ids].sort().filter((id, index, sorted) => {
    const at = madeAt(id);
    return index < sorted.length - DELIVERIES_KEPT || (at !== null && now - at > DELIVERY_KEPT);
  });

const cut = async (deps: Deps, layerId: string): Promise<void> => {
  const prefix = deliveriesPrefix(layerId);
  const listed = await deps.archive.list(prefix);
  const ids = beyond(
    listed.map(({ key }) => key.slice(prefix.length)),
    deps.clock.now(),
  );
  await Promise.all(ids.slice(0, CUT_AT_ONCE).map((id) => deps.archive.remove(deliveryKey(layerId, id))));
};

/** Logs a delivery, after its answer. One try, and it never throws: the log is for people, nothing is decided by it. */
export const logDelivery = async (deps: Deps, layerId: string, delivery: LoggedDelivery): Promise<void> => {
  try {
    await deps.archive.write(deliveryKey(layerId, delivery.id), JSON.stringify(delivery), null);
    if (deps.random() < 1 / CUT_EVERY) await cut(deps, layerId);
  } catch {
    deps.report({ kind: "trouble", where: `log of deliveries to layer ${layerId}`, error: "not written" });
  }
};

/**
 * Cuts the logs of all layers, also of those that are gone or that nobody calls any more. True: nothing is left to cut.
 * Throws `StoreUnavailable`.
 */
export const cutLogs = async (deps: Deps, inTime: () => boolean): Promise<boolean> => {
  const listed = await deps.archive.list(DELIVERIES);
  const byLayer = new Map<string, string[]>();
  for (const { key } of listed) {
    const [layerId = "", id = ""] = key.slice(DELIVERIES.length).split("/");
    const ids = byLayer.get(layerId) ?? [];
    byLayer.set(layerId, ids);
    ids.push(id);
  }
  const now = deps.clock.now();
  const keys = [...byLayer].flatMap(([layerId, ids]) => beyond(ids, now).map((id) => deliveryKey(layerId, id)));
  while (keys.length > 0 && inTime()) {
    await Promise.all(keys.splice(0, 20).map((key) => deps.archive.remove(key)));
  }
  return keys.length === 0;
};

const readOne = async (deps: Deps, key: string): Promise<LoggedDelivery | null> => {
  const found = await deps.archive.read(key);
  if (found === null) return null;
  try {
    return loggedDeliverySchema.parse(JSON.parse(found.text));
  } catch {
    deps.report({ kind: "trouble", where: "a list of deliveries", error: `${key} is not the record of a delivery` });
    return null;
  }
};

/** One page of a layer's log: what it still keeps, and nothing of a former layer of the same id. */
export const listDeliveries = async (deps: Deps, layer: Layer, asked: PageAsked): Promise<Page<LoggedDelivery>> => {
  const prefix = deliveriesPrefix(layer.id);
  const listed = await deps.archive.list(prefix);
  const ids = listed.map(({ key }) => key.slice(prefix.length));
  const gone = new Set(beyond(ids, deps.clock.now()));
  const page = pageOf(
    ids.filter((id) => !gone.has(id) && isOwn(layer, id)),
    asked,
  );
  const found = await readPage(page.items, (id) => readOne(deps, deliveryKey(layer.id, id)));
  const items = found.filter((one) => one !== null && one.receivedAt >= layer.createdAt);
  return { items: items.filter((one) => one !== null), nextCursor: page.nextCursor };
};

/** When the deliveries arrived that a layer's log still keeps, the newest first: read off their ids, so one list is all it costs. */
export const arrivals = async (
  deps: Deps,
  layer: Layer,
): Promise<readonly { readonly id: string; readonly at: number }[]> => {
  const prefix = deliveriesPrefix(layer.id);
  const listed = await deps.archive.list(prefix);
  const found = listed.flatMap(({ key }) => {
    const id = key.slice(prefix.length);
    const at = madeAt(id);
    return at === null || at < layer.createdAt ? [] : [{ id, at }];
  });
  return found.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, DELIVERIES_KEPT);
};

/** Deliveries by their ids; those that are gone meanwhile are left out. */
export const readDeliveries = async (
  deps: Deps,
  layer: Layer,
  ids: readonly string[],
): Promise<readonly LoggedDelivery[]> => {
  const found = await Promise.all(ids.map((id) => readOne(deps, deliveryKey(layer.id, id))));
  return found.filter((one) => one !== null);
};
