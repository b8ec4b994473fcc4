import { describe, expect, test } from "vitest";
import { counted, figure, type Report, ratioOf, reportSchema } from "./figures.ts";
import { readable } from "./readable.ts";

const aReport = (figures: Report["parts"][number]["tables"][number]["rows"][number]["figures"]): Report => ({
  version: 1,
  at: "2026-01-01T00:00:00.000Z",
  commit: "abc1234",
  quick: false,
  machine: { cpu: "A processor", cores: 2, memoryGB: 8, node: "24.0.0", load: 0.1 },
  seconds: 60,
  parts: [
    {
      id: "peers",
      title: "Beside the peers",
      method: "In turns.",
      seconds: 60,
      tables: [
        {
          id: "acks",
          title: "Acks",
          against: "pg-boss",
          rows: [{ name: "1 layer", figures, facts: { lost: "none" } }],
        },
      ],
      goals: [{ goal: "Twice as fast", measured: "×1.5", met: false, because: "A disk turns as fast as it does." }],
      absent: [{ name: "redis-server", reason: "is not installed" }],
    },
  ],
});

describe("a figure of the bench", () => {
  test("a figure's ratio is the median of its rounds' ratios, not the ratio of the medians", () => {
    const rounds = [
      { value: 10, base: 1 },
      { value: 20, base: 10 },
      { value: 90, base: 30 },
    ];
    expect(ratioOf(rounds)).toBe(3);
    expect(figure("ms", rounds)).toEqual({ unit: "ms", value: 20, ratio: 3, rounds });
  });

  test("a figure without a round, or compared with nothing, is refused", () => {
    expect(() => figure("ms", [])).toThrow();
    expect(() => figure("ms", [{ value: 1, base: 0 }])).toThrow();
    expect(() => figure("ms", [{ value: Number.NaN, base: 1 }])).toThrow();
  });

  test("a stored ratio or value that its rounds do not give is refused", () => {
    const right = counted("requests", 3, 2);
    expect(reportSchema.safeParse(aReport({ reads: right })).success).toBe(true);
    expect(reportSchema.safeParse(aReport({ reads: { ...right, ratio: 1 } })).success).toBe(false);
    expect(reportSchema.safeParse(aReport({ reads: { ...right, value: 2 } })).success).toBe(false);
  });
});

describe("the report of the bench", () => {
  test("a report reads the same after it was written as JSON", () => {
    const report = aReport({ reads: figure("ms", [{ value: 1 / 3, base: 2 / 7 }]) });
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test("the readable report shows each figure with its ratio, what was not measured, and why a goal is not met", () => {
    const text = readable(aReport({ reads: counted("requests", 3, 2) }));
    expect(text).toContain("3 requests (×1.5)");
    expect(text).toContain("× against pg-boss");
    expect(text).toContain("not measured: redis-server: is not installed");
    expect(text).toContain("NOT MET Twice as fast: ×1.5. A disk turns as fast as it does.");
  });
});
