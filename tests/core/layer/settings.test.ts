import { describe, expect, test } from "vitest";
import { shownOf, storedShape, valuesOf, valuesWithDefaults } from "../../../src/core/layer/settings.ts";
import { watchSettings } from "../../../src/core/watch/watchSettings.ts";

describe("plain settings", () => {
  const given = { overdueMinutes: 5, quietHours: null };

  test("a setting that nobody has set is undefined as a value, and its default as it is shown", () => {
    expect(valuesOf(watchSettings, given)).toEqual({ overdueMinutes: 5, silentHours: undefined, quietHours: null });
    expect(Object.keys(valuesOf(watchSettings, {}))).toEqual(Object.keys(watchSettings));
    expect(shownOf(watchSettings, given)).toEqual({ overdueMinutes: 5, silentHours: null, quietHours: null });
    expect(shownOf(watchSettings, {})).toMatchObject({ overdueMinutes: 60 });
    expect(valuesWithDefaults(watchSettings, {})).toEqual({
      overdueMinutes: 60,
      silentHours: undefined,
      quietHours: undefined,
    });
    expect(valuesWithDefaults(watchSettings, given)).toMatchObject({ overdueMinutes: 5 });
    expect(storedShape(watchSettings).overdueMinutes).toBe(watchSettings.overdueMinutes.stored);
  });
});
