import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import { monthStart } from "../../../src/core/usage/calendar.ts";
import { silentAt } from "../../../src/core/watch/silence.ts";
import { aLayer } from "../../support/builders.ts";

const MONTH = 2026 * 12 + 10;
const LAST = Date.UTC(2026, 10, 20);

/** A layer that was last published to on 20 November, with counts of deliveries for October and November. */
const layer = (october: number, november: number, fields: Partial<Layer> = {}): Layer =>
  aLayer(
    {},
    {
      createdAt: 0,
      lastDeliveryAt: LAST,
      slot: {
        ...emptySlot(),
        usage: {
          "2026-09": { deliveries: 1000 },
          "2026-10": { deliveries: october },
          "2026-11": { deliveries: november },
          "2026-12": { deliveries: 1000 },
        },
      },
      ...fields,
    },
  );

/** The same with this many publishes on each of so many days of October and November. */
const onDays = (october: number, november: number, each = 20): number | null => {
  const counts = (days: number) => ({ deliveries: days * each, deliveriesByDay: [0, ...Array(days).fill(each)] });
  const usage = { "2026-10": counts(october), "2026-11": counts(november) };
  return silentAt(layer(0, 0, { slot: { ...emptySlot(), usage } }));
};

describe("when a layer is silent", () => {
  test("a layer that names its hours is silent after them, whatever its rhythm is", () => {
    expect(silentAt(layer(50, 50, { silentHours: 3 }))).toBe(LAST + 3 * HOUR);
    expect(silentAt(layer(0, 0, { silentHours: 3 }))).toBe(LAST + 3 * HOUR);
    expect(silentAt(layer(50, 50, { silentHours: null }))).not.toBe(LAST + 3 * HOUR);
  });

  test("a layer that was never published to is never silent", () => {
    expect(silentAt(layer(50, 50, { silentHours: 3, lastDeliveryAt: null }))).toBeNull();
    const { lastDeliveryAt: _at, ...unknown } = layer(50, 50, { silentHours: 3 });
    expect(silentAt(unknown)).toBeNull();
  });

  test("a layer has a rhythm from twenty publishes of two months on", () => {
    expect(silentAt(layer(19, 0))).toBeNull();
    expect(silentAt(layer(0, 19))).toBeNull();
    expect(silentAt(layer(19, 1))).not.toBeNull();
    expect(silentAt(layer(0, 20))).not.toBeNull();
    const young = { ...emptySlot(), usage: { "2026-11": { deliveries: 20 } } };
    expect(silentAt(layer(0, 0, { slot: young }))).not.toBeNull();
    const { usage: _usage, ...slot } = layer(0, 0).slot;
    expect(silentAt(layer(0, 0, { slot }))).toBeNull();
  });

  test("a layer is silent after twenty times its usual gap, five days at the least and thirty at the most", () => {
    const begun = monthStart(MONTH - 1);
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 2000 }), fc.nat({ max: 49 * 24 }), (publishes, hours) => {
        const createdAt = begun + hours * HOUR;
        const gap = (LAST - createdAt) / publishes;
        const expected = Math.min(Math.max(20 * gap, 5 * DAY), 30 * DAY);
        expect(silentAt(layer(publishes, 0, { createdAt }))).toBeCloseTo(LAST + expected, 0);
      }),
    );
    expect(silentAt(layer(20, 0))).toBe(LAST + 30 * DAY);
    expect(silentAt(layer(50, 75))).toBe(LAST + 8 * DAY);
    expect(silentAt(layer(500, 500))).toBe(LAST + 5 * DAY);
  });

  test("a layer that publishes many entries on few days is silent after five times the time between two of these days", () => {
    // Fifty days: a day in five.
    expect(onDays(6, 4)).toBe(LAST + 25 * DAY);
    expect(onDays(31, 19)).toBe(LAST + 5 * DAY);
    expect(onDays(3, 4)).toBe(LAST + 30 * DAY);
    expect(onDays(3, 3)).toBeNull();
    // Few publishes on many days: the time between two publishes is longer.
    expect(onDays(25, 0, 2)).toBe(LAST + 20 * DAY);
  });

  test("a layer whose publishes were not all counted by day is silent by their number alone", () => {
    const former = (november: number[]) =>
      silentAt(
        layer(0, 0, {
          slot: {
            ...emptySlot(),
            usage: {
              "2026-10": { deliveries: 40 },
              "2026-11": { deliveries: 85, deliveriesByDay: november },
            },
          },
        }),
      );
    expect(former([0, 0, 85])).toBe(LAST + 8 * DAY);
    expect(former([5, 5, 5, 5, 5, 5, 5])).toBe(LAST + 8 * DAY);
  });

  test("a layer that was created with its last publish or after has no rhythm", () => {
    expect(silentAt(layer(0, 20, { createdAt: LAST }))).toBeNull();
    expect(silentAt(layer(0, 20, { createdAt: LAST + 1 }))).toBeNull();
    expect(silentAt(layer(0, 20, { createdAt: LAST - 1 }))).toBe(LAST + 5 * DAY);
  });
});
