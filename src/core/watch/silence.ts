import { DAY, HOUR } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { monthOf, monthStart } from "../usage/calendar.ts";
import { monthName } from "../usage/usage.ts";

/** A rhythm is learned from at least so many publishes of two months. */
const LEAST_PUBLISHES = 20;
/** A silence is so many times as long as the usual time between two publishes, within bounds. */
const TIMES = 20;
const AT_LEAST = 3 * DAY;
const AT_MOST = 30 * DAY;

/** The usual time between two publishes, from the month of the last one and the month before (ms); null: it is not known. */
const usualGap = ({ slot, createdAt }: Layer, last: number): number | null => {
  const month = monthOf(last);
  const counts = [month - 1, month].map((one) => slot.usage?.[monthName(one)]?.deliveries ?? 0);
  const publishes = counts.reduce((sum, count) => sum + count, 0);
  const from = Math.max(monthStart(month - 1), createdAt);
  return publishes < LEAST_PUBLISHES || last <= from ? null : (last - from) / publishes;
};

/**
 * When the layer counts as silent if nothing is published until then (ms): after the hours that its settings name, or
 * long after its own rhythm. Null: it was never published, or has no rhythm yet.
 */
export const silentAt = (layer: Layer): number | null => {
  const { lastDeliveryAt, silentHours } = layer;
  if (lastDeliveryAt == null) return null;
  if (silentHours != null) return lastDeliveryAt + silentHours * HOUR;
  const gap = usualGap(layer, lastDeliveryAt);
  return gap === null ? null : lastDeliveryAt + Math.min(Math.max(TIMES * gap, AT_LEAST), AT_MOST);
};
