import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { presetTexts } from "../../src/contract/presetTexts.ts";
import { MINUTE } from "../../src/core/durations.ts";
import { presetNames } from "../../src/core/slot/pace.ts";
import { PLANS, RATES } from "../../src/core/usage/credits.ts";
import { type Compared, compare, type Row } from "./compare.ts";
import { markdownOf } from "./markdown.ts";
import { profiles } from "./profiles.ts";

const terms = { seeds: 5, takes: 3 * MINUTE, buildCredits: RATES.build, tickEvery: 5 * MINUTE };
const known = profiles.map((profile) => [profile, compare(profile, { ...terms, isFirst: false })] as const);
const rowOf = ({ rows }: Compared, name: string): Row => {
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new RangeError(`no row ${name}`);
  return row;
};

/** The goals are 1.15, 1.3 and 300 credits; the laws leave some slack for other months. */
const SLACK = 1.05;

describe.each(known)("the default pacing for $0.name", ({ machine, lone = false }, compared) => {
  const [hook, optimum, standard] = ["hook", "optimum", "standard"].map((name) => rowOf(compared, name));
  if (hook === undefined || optimum === undefined || standard === undefined) throw new RangeError("a row is missing");

  test("the default makes hardly more builds than anybody could who knows what will come", () => {
    expect(standard.builds).toBeLessThanOrEqual(1.15 * SLACK * optimum.builds);
  });

  test("the default never spends more than the credits of a Free team", () => {
    expect(standard.monthCredits).toBeLessThanOrEqual(PLANS.free);
  });

  test.skipIf(machine)("the default lets people wait hardly longer than a build hook alone", () => {
    expect(standard.liveP50).toBeLessThanOrEqual((lone ? 1.3 : 1.15) * SLACK * hook.liveP50);
  });
});

describe("what is told of the presets", () => {
  const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

  test.each(presetNames)("the text of the preset %s has the figures of npm run cost", (preset) => {
    const figures = (profile: string) => {
      const found = known.find(([{ name }]) => name === profile)?.[1];
      const { builds, credits, liveP50 } = rowOf(found ?? { name: profile, machine: false, rows: [] }, preset);
      return { builds, credits, liveP50 };
    };
    const { blogger, editor } = presetTexts[preset];
    expect({ blogger, editor }).toEqual({ blogger: figures("lone blogger"), editor: figures("editor") });
  });

  test.each(known)("docs/cost.md has the figures of npm run cost for the profile $0.name", (_profile, compared) => {
    expect(read("docs/cost.md")).toContain(markdownOf(compared));
  });
});

test("forty clicks in twelve sittings make twelve or thirteen builds", () => {
  const editor = known.find(([{ name }]) => name === "editor")?.[1];
  expect([12, 13]).toContain(editor && rowOf(editor, "standard").builds);
});

test("a sender that never stops makes less than six builds a day", () => {
  const broken = known.find(([{ name }]) => name === "broken sender")?.[1];
  expect(broken && rowOf(broken, "standard").builds / 30).toBeLessThanOrEqual(6);
});
