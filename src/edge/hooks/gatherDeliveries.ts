import type { Deps } from "../../app/deps.ts";
import { type LoggedDelivery, logDeliveries } from "../../app/stored/deliveryLog.ts";
import { SECOND } from "../../core/durations.ts";

/** How many deliveries one record holds at most; that is about a hundred kilobytes. */
export const GATHERED = 100;
/** A burst cuts the log at its end; one that does not end, after so many deliveries. */
const CUT_AFTER = 1000;
/** The room for sealed requests in one record (bytes). Of a burst, the newest are kept. */
const REQUESTS_BYTES = 64 * 1024;

/** The deliveries of one layer that this instance works on, and those that wait to be logged. */
interface Gathering {
  underWay: number;
  waiting: LoggedDelivery[];
  /** When the first of them began to wait (ms). */
  since: number;
  /** How many were logged since the log was cut. */
  uncut: number;
}

/** The deliveries without the requests that have no room. */
const withRoom = (deliveries: readonly LoggedDelivery[]): LoggedDelivery[] => {
  let left = REQUESTS_BYTES;
  return deliveries
    .toReversed()
    .map((delivery) => {
      const { request, ...rest } = delivery;
      if (request === undefined || request.length > left) return rest;
      left -= request.length;
      return delivery;
    })
    .reverse();
};

/** Ends a delivery's stay: logs it, unless it is null. Called once, after its answer is decided. Never throws. */
export type Leave = (delivery: LoggedDelivery | null) => Promise<void>;

/**
 * Gathers deliveries to one layer that are under way on one instance at the same time into one record of the log. The
 * one that leaves last writes the record, or whoever leaves when the record is full or a second old. So a burst on a
 * shared instance costs a write for a hundred deliveries, and a lone delivery is logged at once.
 *
 * Nobody waits for company: a function that takes one request at a time would be billed for the wait and could gather
 * nothing in it, and what is left in the memory of a frozen instance may never be written. There each delivery is alone
 * and costs its own write. What an instance that is killed in a burst takes along is at most a record; deliveries are
 * in their layer's document by then.
 */
export const gatherDeliveries = (): ((deps: Deps, layerId: string) => Leave) => {
  const layers = new Map<string, Gathering>();
  const enter = (deps: Deps, layerId: string): Leave => {
    const gathering: Gathering = layers.get(layerId) ?? { underWay: 0, waiting: [], since: 0, uncut: 0 };
    layers.set(layerId, gathering);
    gathering.underWay += 1;
    const leave: Leave = async (delivery) => {
      const now = deps.clock.now();
      gathering.underWay -= 1;
      if (gathering.waiting.length === 0) gathering.since = now;
      if (delivery !== null) gathering.waiting.push(delivery);
      const isLast = gathering.underWay === 0;
      const isDue = gathering.waiting.length >= GATHERED || Math.abs(now - gathering.since) >= SECOND;
      if (isLast) layers.delete(layerId);
      if (!isLast && !isDue) return;
      const deliveries = withRoom(gathering.waiting);
      gathering.waiting = [];
      gathering.uncut += deliveries.length;
      const cutsFor = isLast || gathering.uncut >= CUT_AFTER ? gathering.uncut : 0;
      gathering.uncut -= cutsFor;
      if (deliveries.length > 0 || cutsFor > 0) await logDeliveries(deps, layerId, deliveries, cutsFor);
    };
    return leave;
  };
  return enter;
};
