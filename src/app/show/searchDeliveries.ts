import { clip } from "../../core/bytes.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { SUBJECT_NAME_BYTES } from "../../core/limits.ts";
import { searchText } from "../../core/searchText.ts";
import type { Stage } from "../../core/stage/stage.ts";
import type { Deps } from "../deps.ts";
import { type LoggedDelivery, listDeliveries } from "../stored/deliveryLog.ts";
import type { Page, PageRequest } from "../stored/pages.ts";
import { deliveriesWithPages } from "./shownPages.ts";
import { type StagedDelivery, Stages } from "./stages.ts";

/** How many deliveries one filtered page looks at, at most. A filter for rare ones gives short pages. */
const LOOKS = 500;
/** Of how many deliveries a page that is filtered by stage finds out the stage, at most. */
const STAGES_LOOKED_UP = 200;
/** How many deliveries are looked at together. */
const BATCH = 100;

/** The filters of a log of deliveries; null: no filter. */
export interface DeliveryFilter {
  /** A part of the event, the type or the id of what was published, in any case. */
  readonly q: string | null;
  readonly outcome: LoggedDelivery["outcome"] | null;
  /** The webhook's ref, or `default`. */
  readonly webhook: string | null;
  /** One of the data sources that the sender named. */
  readonly source: string | null;
  readonly stage: Stage | null;
  /** The start of the period (ms), included. */
  readonly from: number | null;
  /** The end of the period (ms), excluded. */
  readonly until: number | null;
}

const namesText = (subject: LoggedDelivery["subject"], q: string): boolean => {
  const wanted = searchText(q);
  // The log cuts a long name, so a longer text is compared with what the log kept of it.
  const cut = searchText(clip(q, SUBJECT_NAME_BYTES));
  const names = [subject?.event, subject?.type, subject?.id].map((name) => (name == null ? null : searchText(name)));
  return names.some((name) => name !== null && (name.includes(wanted) || (cut !== wanted && name === cut)));
};

const namesSource = (dataSource: string | null, slug: string): boolean =>
  dataSource?.split(",").some((name) => name.trim() === slug) === true;

const matches = (delivery: LoggedDelivery, { q, outcome, webhook, source, from, until }: DeliveryFilter): boolean =>
  (from === null || delivery.receivedAt >= from) &&
  (until === null || delivery.receivedAt < until) &&
  (outcome === null || delivery.outcome === outcome) &&
  (webhook === null || (delivery.webhook === "default" ? "default" : delivery.webhook.ref) === webhook) &&
  (source === null || namesSource(delivery.dataSource, source)) &&
  (q === null || namesText(delivery.subject, q));

/**
 * One page of the deliveries that match, newest first, each with its stage. Looks at a bounded number of deliveries: a
 * page may be short, or empty, and still have a `nextCursor`. Throws `StoreUnavailable`.
 */
export const searchDeliveries = async (
  deps: Deps,
  layer: Layer,
  filter: DeliveryFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<StagedDelivery>> => {
  const stages = new Stages(deps);
  // Without a filter every delivery that is read is shown.
  const isAll = Object.values(filter).every((one) => one === null);
  const [size, batches] = isAll ? [limit, 1] : [BATCH, LOOKS / BATCH];
  const items: StagedDelivery[] = [];
  let next = cursor;
  for (let [batch, lookedUp] = [0, 0]; batch < batches && lookedUp + size <= STAGES_LOOKED_UP; batch += 1) {
    const page = await listDeliveries(deps, layer, { limit: size, cursor: next }, filter);
    const found = page.items.filter((delivery) => matches(delivery, filter));
    const wanted = filter.stage === null ? found.slice(0, limit - items.length) : found;
    const standing = await deliveriesWithPages(deps, layer, stages, wanted);
    lookedUp += filter.stage === null ? 0 : wanted.length;
    const shown = standing.filter((one) => filter.stage === null || one.standing.stage === filter.stage);
    items.push(...shown.slice(0, limit - items.length));
    next = page.nextCursor;
    const last = items.at(-1)?.delivery.id;
    if (items.length === limit && last !== undefined && last !== page.items.at(-1)?.id) next = last;
    // A batch that is not full has used up its requests to list, or was the last.
    if (items.length === limit || next === null || page.items.length < size) break;
  }
  return { items, nextCursor: next };
};
