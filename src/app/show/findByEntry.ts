import { clip } from "../../core/bytes.ts";
import { DAY } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { SUBJECT_NAME_BYTES } from "../../core/limits.ts";
import { deliveriesPrefix, gatheredIn } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { keptOf, type LoggedDelivery, readRecord } from "../stored/deliveryLog.ts";
import { newestFirst } from "../stored/newestFirst.ts";
import { readPage } from "../stored/pages.ts";

/** How far back, among how many deliveries and with how many lists an entry is looked for. */
const DAYS_BACK = 7;
const LOOKS = 60;
const LISTS = 4;

/**
 * The newest delivery that was accepted and published an entry, among the newest deliveries of a week. Null: none of
 * them did. Makes a bounded number of requests. Throws `StoreUnavailable`.
 */
export const findByEntry = async (deps: Deps, layer: Layer, entry: string): Promise<LoggedDelivery | null> => {
  const kept = keptOf(deps, layer);
  const range = { ...kept, from: Math.max(kept.from, deps.clock.now() - DAYS_BACK * DAY) };
  const wanted = { enough: LOOKS, lists: LISTS };
  const { listed } = await newestFirst(deps, deliveriesPrefix(layer.id), range, wanted);
  let count = 0;
  const looked = listed.filter(({ key }) => {
    count += gatheredIn(key).count;
    return count - gatheredIn(key).count < LOOKS;
  });
  const records = await readPage(looked, ({ key }) => readRecord(deps, key));
  // The log cuts a long name.
  const id = clip(entry, SUBJECT_NAME_BYTES);
  const found = records
    .flat()
    .filter(({ subject, outcome }) => subject?.id === id && (outcome === "queued" || outcome === "coalesced"));
  return found.sort((a, b) => (a.id < b.id ? 1 : -1))[0] ?? null;
};
