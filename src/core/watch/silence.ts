import { DAY, HOUR } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { monthOf, monthStart } from "../usage/calendar.ts";
import { monthName } from "../usage/usage.ts";

/** A rhythm is learned from at least so many publishes of two months, on so many days. */
const LEAST_PUBLISHES = 20;
const LEAST_DAYS = 7;
/**
 * A silence is so many times as long as the usual time between two publishes, and so many times as long as that between
 * two days with publishes: a team may publish twenty entries every Monday. Four days and a half are Easter in an office.
 */
const TIMES = 20;
const TIMES_DAYS = 5;
const AT_LEAST = 5 * DAY;
const AT_MOST = 30 * DAY;

/**
 * How long a silence is by the layer's own rhythm, from the month of the last publish and the month before (ms), without
 * bounds. Null: the rhythm is not known. The release before counted no days.
 */
const longSilence = ({ slot, createdAt }: Layer, last: number): number | null => {
  const month = monthOf(last);
  const counted = [month - 1, month].map((one) => slot.usage?.[monthName(one)]);
  const publishes = counted.reduce((sum, counts) => sum + (counts?.deliveries ?? 0), 0);
  const days = counted.flatMap((counts) => counts?.deliveriesByDay ?? []).filter((count) => count > 0).length;
  const span = last - Math.max(monthStart(month - 1), createdAt);
  if (publishes < LEAST_PUBLISHES || (days > 0 && days < LEAST_DAYS) || span <= 0) return null;
  return Math.max((TIMES * span) / publishes, days === 0 ? 0 : (TIMES_DAYS * span) / days);
};

/**
 * When the layer counts as silent if nothing is published until then (ms): after the hours that its settings name, or
 * long after its own rhythm. Null: it was never published, or has no rhythm yet.
 */
export const silentAt = (layer: Layer): number | null => {
  const { lastDeliveryAt, silentHours } = layer;
  if (lastDeliveryAt == null) return null;
  if (silentHours != null) return lastDeliveryAt + silentHours * HOUR;
  const silence = longSilence(layer, lastDeliveryAt);
  return silence === null ? null : lastDeliveryAt + Math.min(Math.max(silence, AT_LEAST), AT_MOST);
};
