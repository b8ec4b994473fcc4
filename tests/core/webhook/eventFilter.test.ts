import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod/mini";
import { contradiction } from "../../../src/core/webhook/contradiction.ts";
import {
  type EventCondition,
  type Found,
  judgeDelivery,
  readCondition,
  storeCondition,
  storedConditionSchema,
} from "../../../src/core/webhook/eventFilter.ts";

const event: EventCondition = { header: "x-event", in: ["publish", "unpublish"] };
const type: EventCondition = { bodyPath: "model.type", in: ["post"] };
const has = (...values: string[]): Found => ({ values, exists: values.some((text) => text !== ""), isWhole: true });
const missing = has();
const unsure = (...values: string[]): Found => ({ ...has(...values), isWhole: false });

const judged = (only: readonly EventCondition[], found: Record<string, Found>) =>
  judgeDelivery(only.map(storeCondition), ({ header, query, bodyPath }) => {
    return found[header ?? query ?? bodyPath ?? ""] ?? missing;
  });
const placed = ({ header, query, bodyPath }: EventCondition): boolean => (header ?? query ?? bodyPath) !== undefined;
/** Whether what stands at a place meets a test. */
const meets = (condition: EventCondition, found: Found): boolean =>
  judgeDelivery([storeCondition({ ...(placed(condition) ? {} : { bodyPath: "a" }), ...condition })], () => found)
    .unmet === null;

describe("what a delivery must have to count", () => {
  test("an event filter without conditions lets every delivery count", () => {
    expect(judged([], {})).toEqual({ unmet: null, inDoubt: false });
  });

  test("an event filter wants one value of every condition, and names the first that is not met", () => {
    const only = [event, type];
    expect(judged(only, { "x-event": has("unpublish"), "model.type": has("post") }).unmet).toBeNull();
    const page = judged(only, { "x-event": has("publish"), "model.type": has("page") });
    expect(page.unmet).toEqual({ index: 1, condition: type, found: has("page") });
    expect(judged(only, { "x-event": has("draft"), "model.type": has("page") }).unmet?.condition).toEqual(event);
  });

  test("an event filter's condition with a place and no test that this release knows counts as met", () => {
    const find = () => missing;
    expect(judgeDelivery([{ in: [], rule: { header: "x-event" } }], find).unmet).toBeNull();
    expect(judgeDelivery([{ in: [], rule: { header: "x-event", exists: true } }], find).unmet?.index).toBe(0);
  });

  test("an event filter's condition is stored as the release before reads it, unless a step stands for every element", () => {
    const stored = (bodyPath: string) => storeCondition({ bodyPath, in: ["a"] });
    expect(stored("a*.b")).toEqual({ bodyPath: "a*.b", in: ["a"] });
    expect(stored("a.*.b")).toEqual({ in: [], rule: { bodyPath: "a.*.b", in: ["a"] } });
  });

  const tests: [string, EventCondition, Found[], Found[]][] = [
    ["in", { in: ["a", "b"] }, [has("a"), has("x", "b")], [has("ab"), has("A"), missing]],
    ["startsWith", { startsWith: ["refs/", "v"] }, [has("refs/heads/main"), has("x", "v1")], [has("xrefs/"), missing]],
    ["exists", { exists: true }, [has("0"), has("", "a")], [missing, has("")]],
    ["absent", { absent: true }, [missing, has("")], [has("0"), has("", "a")]],
    ["not in", { not: { in: ["a"] } }, [missing, has("b")], [has("a"), has("b", "a")]],
    ["not startsWith", { not: { startsWith: ["cms/"] } }, [missing, has("main")], [has("cms/x"), has("main", "cms/")]],
  ];
  test.each(tests)("the test %s of a condition tells what it lets through", (_name, condition, met, unmet) => {
    expect(met.map((found) => meets(condition, found))).toEqual(met.map(() => true));
    expect(unmet.map((found) => meets(condition, found))).toEqual(unmet.map(() => false));
  });

  test("what is not known for sure meets every test, and only a match takes the doubt away", () => {
    for (const [, condition] of tests) {
      for (const found of [unsure(), unsure("a"), unsure("refs/"), unsure("cms/")]) {
        expect(meets(condition, found), JSON.stringify([condition, found])).toBe(true);
      }
    }
    expect(judged([type], { "model.type": unsure("post") }).inDoubt).toBe(false);
    expect(judged([type], { "model.type": unsure("page") }).inDoubt).toBe(true);
  });

  test("a condition that only a later release knows lets every delivery through", () => {
    const later = [
      { in: ["x"] },
      { in: [], rule: { bodyPath: "a", matches: "x" } },
      { in: [], rule: { bodyPath: "a", in: ["x"], ignoresCase: true } },
      { in: [], rule: { bodyPath: "a" } },
      { in: [], rule: { in: ["x"] } },
      { in: [], rule: 7 },
    ];
    for (const stored of later) {
      const kept = storedConditionSchema.parse(stored);
      expect(kept).toEqual(stored);
      expect(judgeDelivery([kept], () => has("none")).unmet, JSON.stringify(stored)).toBeNull();
    }
  });
});

/** A condition as the release before read it, and how it judged a value: null, there is none. */
const schemaBefore = z.looseObject({
  header: z.optional(z.string()),
  bodyPath: z.optional(z.string()),
  in: z.array(z.string()),
});
const metBefore = (stored: unknown, value: string | null): boolean => {
  const { header, bodyPath, in: values } = schemaBefore.parse(stored);
  if (header === undefined && bodyPath === undefined) return true;
  // That release looked for a field of the name `*`.
  return value !== null && bodyPath !== "x.*" && values.includes(value);
};

const text = fc.constantFrom("a", "b", "cms/", "cms/x");
const texts = fc.uniqueArray(text, { minLength: 1, maxLength: 3 });
const values = fc.oneof(fc.record({ in: texts }), fc.record({ startsWith: texts }));
const place = fc.constantFrom<EventCondition>({ header: "x" }, { query: "x" }, { bodyPath: "x" }, { bodyPath: "x.*" });
const condition: fc.Arbitrary<EventCondition> = fc
  .tuple(
    place,
    fc.oneof(
      values,
      values.map((not) => ({ not })),
      fc.constantFrom<EventCondition>({ exists: true }, { absent: true }),
    ),
  )
  .map(([where, what]) => ({ ...where, ...what }));

describe("a stored condition", () => {
  test("a stored condition is read as it was given", () => {
    fc.assert(
      fc.property(condition, (given) => {
        expect(readCondition(storeCondition(given))).toEqual(given);
      }),
    );
  });

  test("a condition of the release before is read and means the same", () => {
    for (const given of [event, type]) {
      expect(storeCondition(given)).toEqual(given);
      expect(readCondition(schemaBefore.parse(given))).toEqual(given);
    }
  });

  test("the release before reads every condition, and drops nothing by one that it does not know", () => {
    fc.assert(
      fc.property(condition, fc.option(text), (given, value) => {
        const met = metBefore(storeCondition(given), value);
        if (!met) expect(meets(given, value === null ? missing : has(value))).toBe(false);
      }),
    );
  });
});

describe("conditions that exclude each other", () => {
  const together: [EventCondition[], readonly [number, number] | null][] = [
    [
      [
        { header: "x", in: ["a"] },
        { header: "x", in: ["b"] },
      ],
      [0, 1],
    ],
    [
      [
        { header: "x", in: ["a"] },
        { header: "y", in: ["b"] },
      ],
      null,
    ],
    [
      [
        { bodyPath: "tags", in: ["a"] },
        { bodyPath: "tags", in: ["b"] },
      ],
      null,
    ],
    [
      [type, { bodyPath: "model.type", absent: true }],
      [0, 1],
    ],
    [
      [
        { bodyPath: "a", not: { startsWith: ["cms/"] } },
        { bodyPath: "a", in: ["cms/x", "cms/y"] },
      ],
      [0, 1],
    ],
    [
      [
        { bodyPath: "a", in: ["main", "cms/x"] },
        { bodyPath: "a", not: { startsWith: ["cms/"] } },
      ],
      null,
    ],
  ];
  test.each(together)("the conditions %j exclude each other: %j", (only, found) => {
    expect(contradiction(only)).toEqual(found);
  });

  test("conditions are called contradictory only if nothing meets them all", () => {
    const found = fc.array(text, { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 4 }), found, (only, standing) => {
        if (contradiction(only) === null) return;
        const [all, one] = [has(...standing), has(...standing.slice(0, 1))];
        const find = ({ header }: EventCondition): Found => (header === undefined ? all : one);
        expect(judgeDelivery(only.map(storeCondition), find).unmet).not.toBeNull();
      }),
      { numRuns: 1000 },
    );
  });
});
