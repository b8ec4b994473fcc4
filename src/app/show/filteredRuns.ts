import type { Layer, Webhook } from "../../core/layer/layer.ts";
import type { Deps } from "../deps.ts";
import { type LoggedDelivery, listDeliveries, RESENT } from "../stored/deliveryLog.ts";

/** How many deliveries in a row must be left out for a webhook to be flagged, and how many lines of the log are looked at. */
export const FLAGGED_AFTER = 10;
const LOOKED_AT = 50;

/** Deliveries of one webhook that its conditions left out, with none that counted since. */
export interface FilteredRun {
  readonly deliveries: number;
  /** When the oldest of them arrived (ms). */
  readonly since: number;
}

/** One that a person sent again says nothing about the conditions. */
const isAccepted = ({ outcome, code }: LoggedDelivery): boolean =>
  code !== RESENT && (outcome === "queued" || outcome === "coalesced");

/** The deliveries at the newest end of a log that its conditions left out. Tests and refusals do not count. */
const runOf = (log: readonly LoggedDelivery[]): FilteredRun | null => {
  const judged = log.filter((one) => isAccepted(one) || one.code === "FILTERED");
  const accepted = judged.findIndex(isAccepted);
  const run = accepted === -1 ? judged : judged.slice(0, accepted);
  const oldest = run.at(-1);
  return oldest === undefined || run.length < FLAGGED_AFTER
    ? null
    : { deliveries: run.length, since: oldest.receivedAt };
};

/**
 * The webhooks of a layer whose newest deliveries were all left out by their conditions, by ref. Reads the log, and
 * nothing if no webhook has conditions. Throws `StoreUnavailable`.
 */
export const filteredRuns = async (
  deps: Deps,
  layer: Layer,
  among: readonly Webhook[],
): Promise<ReadonlyMap<string, FilteredRun>> => {
  const filtering = among.filter(({ only = [] }) => only.length > 0);
  if (filtering.length === 0) return new Map();
  const { items } = await listDeliveries(deps, layer, { limit: LOOKED_AT, cursor: null });
  const runs = filtering.map(({ ref }) => {
    const log = items.filter(({ webhook }) => webhook !== "default" && webhook.ref === ref);
    return [ref, runOf(log)] as const;
  });
  return new Map(runs.flatMap(([ref, run]) => (run === null ? [] : [[ref, run]])));
};
