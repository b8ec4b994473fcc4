import { describe, expect, it } from "vitest";
import { lowestIdAt } from "../../src/core/madeAt.ts";
import { changesBetween, detailText, settingText } from "../../src/dashboard/components/audit/changeTexts.ts";
import { liveSentence } from "../../src/dashboard/components/usage/LiveTimes.tsx";
import { dayEnd, dayStart } from "../../src/dashboard/text/days.ts";
import { summarize } from "../../src/dashboard/text/summarize.ts";
import { clockSecondsText, dayText, lengthText, relativeText } from "../../src/dashboard/text/times.ts";
import { requestTime, syncWord } from "../../src/dashboard/text/words.ts";

describe("lengths and times, in words", () => {
  it.each([
    [40, "40 ms"],
    [2240, "2.2 s"],
    [8000, "8 s"],
    [59_000, "59 s"],
    [200_000, "3 min 20 s"],
    [7_200_000, "2 h"],
    [90_000_000, "1 d 1 h"],
  ])("a duration of %d ms is %s", (ms, text) => {
    expect(lengthText(ms)).toBe(text);
  });

  it.each([
    [-1000, "just now"],
    [-30_000, "30 s ago"],
    [20_000, "in 20 s"],
    [-240_000, "4 min ago"],
    [-7_200_000, "2 h ago"],
    [-172_800_000, "2 d ago"],
  ])("a time %d ms from now is %s", (ms, text) => {
    expect(relativeText(1_800_000_000_000 + ms, 1_800_000_000_000)).toBe(text);
  });

  it("a date of another year shows its year, one of this year does not", () => {
    const now = Date.parse("2026-06-15T12:00:00Z");
    expect(relativeText(Date.parse("2030-01-31T12:00:00Z"), now)).toContain("2030");
    expect(relativeText(Date.parse("2026-03-01T12:00:00Z"), now)).not.toContain("2026");
  });
});

describe("what an audit entry says of a change", () => {
  it("the changed settings are words, also those of a nested setting, and the equal ones are left out", () => {
    const before = {
      paused: false,
      silentHours: null,
      pacing: { preset: "standard", quietSeconds: 140, adapts: true },
    };
    const after = { paused: true, silentHours: 12, pacing: { preset: "custom", quietSeconds: 30, adapts: true } };
    expect(changesBetween(before, after)).toEqual([
      { name: "Paused", before: "no", after: "yes" },
      { name: "Silent hours", before: "none", after: "12" },
      { name: "Pacing, preset", before: "standard", after: "custom" },
      { name: "Pacing, quiet seconds", before: "140", after: "30" },
    ]);
  });

  it("a token of the audit log that names no layers opens all, and one without an end never expires", () => {
    expect([detailText("dataLayers", null), detailText("expiresAt", null), detailText("note", null)]).toEqual([
      ...["all", "never", "none"],
    ]);
  });

  it("a setting has the name that its form shows", () => {
    expect(["only", "live", "deployNotifications"].map(settingText)).toEqual([
      "Conditions",
      "Live check",
      "Deploy notifications",
    ]);
  });

  it("a created thing has no value before, and a setting that was removed has none after", () => {
    expect(changesBetween({}, { name: "Blog" })).toEqual([{ name: "Name", before: null, after: "Blog" }]);
    expect(changesBetween({ note: "x" }, {})).toEqual([{ name: "Note", before: "x", after: null }]);
  });
});

describe("what syncs and builds are called", () => {
  const idAt = (ms: number): string => lowestIdAt(ms).replace(/0{12}$/, "694e263d1112");

  it("a sync and a build are called by the time of their request, with the day unless it is today", () => {
    const now = Date.now();
    expect(requestTime(idAt(now))).toBe(clockSecondsText(now));
    const earlier = now - 3 * 86_400_000;
    expect(requestTime(idAt(earlier))).toContain(clockSecondsText(earlier));
    expect(requestTime(idAt(earlier))).toContain(dayText(earlier));
  });

  it("an id without a time is called by its end", () => {
    expect(requestTime("imported-0123456789")).toBe("…456789");
  });

  it("a sync that succeeded without a build is not unconfirmed, and one whose build is unconfirmed is", () => {
    expect(syncWord({ stage: "asked", status: "succeeded", sites: [] })).toBe("succeeded");
    expect(syncWord({ stage: "live", status: "succeeded", sites: [] })).toBe("live");
    expect(syncWord({ stage: "asked", status: "succeeded", sites: [{}] })).toBe("asked");
  });
});

describe("the day of a filter", () => {
  it("a day goes from its first moment to that of the next day", () => {
    expect(Date.parse(dayStart("2026-03-01"))).toBe(new Date(2026, 2, 1).getTime());
    expect(Date.parse(dayEnd("2026-02-28"))).toBe(new Date(2026, 2, 1).getTime());
  });

  it.each(["", "abc", "12026-01-01", "2026-13-01"])("what is no date is no filter: %j", (day) => {
    expect([dayStart(day), dayEnd(day)]).toEqual(["", ""]);
  });

  it("the end of the last day with a year of four digits is no filter", () => {
    expect(dayEnd("9999-12-31").length).toBeLessThanOrEqual(24);
  });
});

describe("how long publishes took, in a sentence", () => {
  it.each([
    [60, 900, "Half of 40 measured publishes took at most 1 min, 95 of 100 at most 15 min."],
    [60, null, "Half of 40 measured publishes took at most 1 min, more than 5 of 100 longer than 2 hours."],
    [null, null, "More than half of 40 measured publishes took longer than 2 hours."],
  ])(
    "with a median of %s s and a 95th percentile of %s s, it is true of every count",
    (p50Seconds, p95Seconds, text) => {
      expect(liveSentence({ count: 40, p50Seconds, p95Seconds })).toBe(text);
    },
  );
});

describe("what coalescing made of the deliveries", () => {
  const begun = (at: string) => ({ startedAt: at });
  const at = "2026-01-01T12:00:00.000Z";
  const before = "2026-01-01T10:00:00.000Z";
  const since = Date.parse("2026-01-01T11:00:00.000Z");

  it("a coalescing summary counts what came and began in that time", () => {
    const summary = summarize(
      {
        arrived: [...Array.from({ length: 212 }, () => ({ at })), { at: before }],
        syncs: [...Array.from({ length: 9 }, () => begun(at)), begun(before), { startedAt: null }],
        sites: [{ builds: Array.from({ length: 4 }, () => begun(at)) }],
      },
      since,
    );
    expect(summary).toEqual({ deliveries: 212, syncs: 9, builds: 4 });
  });
});
