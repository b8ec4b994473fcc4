import { DAY, HOUR } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { monthOf, monthStart } from "../usage/calendar.ts";
import { type Counts, monthName } from "../usage/usage.ts";

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

/** The days of a month with publishes; null: not every publish was counted by day, as in the month of an upgrade. */
const publishDays = ({ deliveries = 0, deliveriesByDay = [] }: Counts): number | null =>
  deliveriesByDay.reduce((sum, count) => sum + count, 0) === deliveries
    ? deliveriesByDay.filter((count) => count > 0).length
    : null;

/**
 * How long a silence is by the layer's own rhythm, from the month of the last publish and the month before (ms), without
 * bounds. Null: the rhythm is not known. The days count only where all are known.
 */
const longSilence = ({ slot, createdAt }: Layer, last: number): number | null => {
  const month = monthOf(last);
  const counted = [month - 1, month].map((one) => slot.usage?.[monthName(one)] ?? {});
  const publishes = counted.reduce((sum, { deliveries = 0 }) => sum + deliveries, 0);
  const span = last - Math.max(monthStart(month - 1), createdAt);
  if (publishes < LEAST_PUBLISHES || span <= 0) return null;
  const [before, current] = counted.map(publishDays);
  const byPublishes = (TIMES * span) / publishes;
  if (before == null || current == null) return byPublishes;
  const days = before + current;
  return days < LEAST_DAYS ? null : Math.max(byPublishes, (TIMES_DAYS * span) / days);
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
