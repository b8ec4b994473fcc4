import { MINUTE } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { dayOf } from "../../core/usage/calendar.ts";
import { estimateOf } from "../../core/usage/credits.ts";
import { deliverySlice } from "../../store/keys.ts";
import { type Entry, unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { listingDigest } from "../listingDigest.ts";
import type { TeamPlan } from "../manage/team.ts";
import { readSite } from "../stored/documents.ts";
import type { UsageSources } from "./usage.ts";

/** A view also changes with time: what is older than its range leaves it. It is made again this often (ms). */
const RENEWED_EVERY = 5 * MINUTE;

/** A text that changes whenever an overview of the listed documents may have changed. */
export const overviewToken = (deps: Deps, listed: readonly Entry[]): string =>
  `${listingDigest(deps, listed)} ${deps.netlify !== undefined}`;

/**
 * A text that changes whenever the usage of a month may have changed, or its day has. The repair ticks while nothing else
 * happens, so its ticks count in whole credits.
 */
export const usageToken = (deps: Deps, { listed, rest }: UsageSources, plan: TeamPlan): string => {
  const { ticks = 0, ...counts } = rest;
  const ticked = Math.floor(estimateOf({ ticks }).running);
  return JSON.stringify([listingDigest(deps, listed), counts, ticked, plan, dayOf(deps.clock.now())]);
};

const siteVersion = async (deps: Deps, siteId: string): Promise<string> => {
  try {
    const site = await readSite(deps, siteId);
    return site === null ? "none" : `${site.rev} ${site.by}`;
  } catch (error) {
    if (unreadableReason(error) === null) throw error;
    return "unreadable";
  }
};

/**
 * A text that changes whenever the activity or the deliveries of a layer may have changed. What became of a build of a
 * site that was disconnected since changes the text within five minutes. Costs a list of the log's last 17 minutes, and a
 * read of each connected site. Throws `StoreUnavailable`.
 */
export const layerToken = async (deps: Deps, layer: Layer): Promise<string> => {
  const now = deps.clock.now();
  // A record may be appended a little after the slice of its time has ended.
  const slices = [...new Set([now, now - MINUTE].map((at) => deliverySlice(layer.id, at)))];
  const [logged, sites] = await Promise.all([
    Promise.all(slices.map((slice) => deps.archive.list(slice))),
    Promise.all(layer.connectedSites.map(({ siteId }) => siteVersion(deps, siteId))),
  ]);
  const log = listingDigest(deps, logged.flat());
  return [layer.rev, layer.by, ...sites, ...slices, log, Math.floor(now / RENEWED_EVERY)].join(" ");
};
