import { expect, test } from "vitest";
import { DAY, HOUR } from "../../../src/core/durations.ts";
import { toldAt } from "../../../src/core/watch/quietHours.ts";
import { START } from "../../support/builders.ts";

const DAY_START = Math.floor(START / DAY) * DAY;
/** The hours after midnight at which a message of each hour of a day may be sent. */
const sentAt = (quietHours: string | null | undefined): number[] =>
  Array.from({ length: 24 }, (_, hour) => (toldAt({ quietHours }, DAY_START + hour * HOUR) - DAY_START) / HOUR);
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

test("a message in quiet hours waits for their end, by night too, and any other message is sent at once", () => {
  expect(sentAt("8-11")).toEqual(HOURS.map((hour) => (hour >= 8 && hour < 11 ? 11 : hour)));
  expect(sentAt("22-07")).toEqual(HOURS.map((hour) => (hour >= 22 ? 31 : hour < 7 ? 7 : hour)));
  expect(toldAt({ quietHours: "8-11" }, DAY_START + 9 * HOUR + 1)).toBe(DAY_START + 11 * HOUR);
});

test("a layer whose quiet hours are not set, or are not hours, has none", () => {
  for (const quietHours of [undefined, null, "", "8", "24-7", "8-11 UTC", "from 8-11"]) {
    expect(sentAt(quietHours)).toEqual(HOURS);
  }
});
