import { z } from "zod/mini";
import { DAY } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { madeAt } from "../../core/madeAt.ts";
import { deliveriesPrefix, deliveryKey } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { withStoreFault } from "../storeFault.ts";
import { type Listed, newestFirst, type Range } from "./newestFirst.ts";
import { ownSince } from "./ownSince.ts";
import { type Page, type PageRequest, readPage } from "./pages.ts";
import { cutNewestDay } from "./retention.ts";

/** One delivery in this many cuts its layer's log; the drain cuts the rest. */
const CUT_EVERY = 64;
/** How many arrivals are listed at most. */
const ARRIVALS = 1000;

export const loggedDeliverySchema = z.looseObject({
  id: z.string(),
  receivedAt: z.number(),
  webhook: z.union([z.literal("default"), z.looseObject({ ref: z.string(), name: z.string() })]),
  dataSource: z.nullable(z.string()),
  outcome: z.enum(["queued", "coalesced", "refused", "ignored"]),
  code: z.nullable(z.string()),
  /** The reason, without any secret. */
  cause: z.nullable(z.string()),
  warnings: z.array(z.string()),
  syncId: z.nullable(z.string()),
  bytes: z.number(),
  userAgent: z.nullable(z.string()),
  /** The names of what was published; never its content. */
  subject: z.nullable(
    z.looseObject({ event: z.nullable(z.string()), type: z.nullable(z.string()), id: z.nullable(z.string()) }),
  ),
  /** Which of the webhook's secrets proved the sender. */
  secret: z.nullable(z.enum(["current", "previous"])),
  /** The delivery used a former URL of the webhook. */
  formerUrl: z.optional(z.boolean()),
  /** How many refusals of this kind before it were not logged, because a flood is sampled. */
  unlogged: z.optional(z.number()),
});
export type LoggedDelivery = z.infer<typeof loggedDeliverySchema>;

/**
 * Logs a delivery after its answer, with one attempt. Never throws, because the log is for people and decides nothing.
 */
export const logDelivery = async (deps: Deps, layerId: string, delivery: LoggedDelivery): Promise<void> => {
  try {
    await deps.archive.write(deliveryKey(layerId, delivery.id), JSON.stringify(delivery), null);
    if (deps.random() < 1 / CUT_EVERY) await cutNewestDay(deps, deliveriesPrefix(layerId));
  } catch (error) {
    deps.report({
      kind: "trouble",
      where: `log of deliveries to layer ${layerId}`,
      error: withStoreFault("not written", error),
    });
  }
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

/** The entries that a layer's log still keeps, without those of a former layer of the same id. */
const keptOf = (deps: Deps, layer: Layer): Range => ({
  before: null,
  from: Math.max(ownSince(layer), deps.clock.now() - deps.retention.deliveries.days * DAY),
  until: null,
});

/** One page of a layer's log. */
export const listDeliveries = async (deps: Deps, layer: Layer, asked: PageRequest): Promise<Page<LoggedDelivery>> => {
  const range = { ...keptOf(deps, layer), before: asked.cursor };
  const { listed, floor } = await newestFirst(deps, deliveriesPrefix(layer.id), range, {
    enough: asked.limit + 1,
  });
  const page = listed.slice(0, asked.limit);
  const nextCursor = listed.length > page.length ? (page.at(-1)?.id ?? null) : floor;
  return { items: await readDeliveries(deps, page), nextCursor };
};

export interface Arrival extends Listed {
  /** When the delivery arrived (ms), as its id says. */
  readonly at: number;
}

const arrivalsOf = (listed: readonly Listed[]): Arrival[] =>
  listed.flatMap((one) => {
    const at = madeAt(one.id);
    return at === null ? [] : [{ ...one, at }];
  });

/**
 * When deliveries arrived since a time (ms), newest first, and further back until there are `least`. The times are read
 * from the ids, so only lists are needed. Throws `StoreUnavailable`.
 */
export const arrivals = async (deps: Deps, layer: Layer, since: number, least: number): Promise<readonly Arrival[]> => {
  const wanted = { enough: least, reach: since };
  const { listed } = await newestFirst(deps, deliveriesPrefix(layer.id), keptOf(deps, layer), wanted);
  return arrivalsOf(listed.slice(0, ARRIVALS));
};

/**
 * When the last accepted delivery arrived (ms); null: none did. For a document of the release before, which does not
 * say, the newest delivery of the log counts, whatever came of it. Throws `StoreUnavailable`.
 */
export const lastDelivery = async (deps: Deps, layer: Layer): Promise<number | null> => {
  if (layer.lastDeliveryAt !== undefined) return layer.lastDeliveryAt;
  const { listed } = await newestFirst(deps, deliveriesPrefix(layer.id), keptOf(deps, layer), { enough: 1 });
  return arrivalsOf(listed.slice(0, 1))[0]?.at ?? null;
};

/** Reads listed deliveries; those removed meanwhile are left out. */
export const readDeliveries = async (deps: Deps, listed: readonly Listed[]): Promise<readonly LoggedDelivery[]> => {
  const found = await readPage(listed, ({ key }) => readOne(deps, key));
  return found.filter((one) => one !== null);
};
