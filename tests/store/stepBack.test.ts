import { describe, expect, test } from "vitest";
import { stepBack } from "../../src/store/stepBack.ts";

const sending = { roundTrip: 30, queued: 0, raced: true, random: () => 0.5 };
const quiet = { since: 5000, patience: 650 };

describe("a writer steps back before a write", () => {
  test("a writer steps back if another wrote within four round trips and it can wait, by the clocks of both", () => {
    expect(stepBack({ since: 120, patience: 650 }, sending)).toBe(60);
    expect(stepBack({ since: -120, patience: 650 }, sending)).toBe(60);
    expect(stepBack({ since: 121, patience: 650 }, sending)).toBe(0);
    expect(stepBack({ since: -121, patience: 650 }, sending)).toBe(0);
  });

  test("a writer that nobody has raced yet steps back only if another's write overlapped its read", () => {
    const first = { ...sending, raced: false };
    expect(stepBack({ since: 52, patience: 650 }, first)).toBe(60);
    expect(stepBack({ since: 53, patience: 650 }, first)).toBe(0);
  });

  test("a writer steps back no longer than it can wait", () => {
    expect(stepBack({ since: 20, patience: 40 }, sending)).toBe(20);
    expect(stepBack({ since: 20, patience: 0 }, sending)).toBe(0);
    expect(stepBack({ since: 20, patience: -10_000 }, sending)).toBe(0);
  });

  test("a writer that lost after a queue of two seconds sends one time in fifty, and looks twice a second meanwhile", () => {
    const queued = 2000;
    expect(stepBack(quiet, { ...sending, queued })).toBe(300);
    expect(stepBack(quiet, { ...sending, queued, random: () => 0.018 })).toBe(0);
    expect(stepBack(quiet, { ...sending, queued, random: () => 0.019 })).toBeGreaterThan(0);
  });

  test("a writer whose lost write took little more than a read sends the next one at once", () => {
    for (const random of [0, 0.5, 0.99]) {
      expect(stepBack(quiet, { ...sending, queued: 60, random: () => random })).toBe(0);
    }
    expect(stepBack(quiet, { ...sending, queued: 61, random: () => 0.99 })).toBeGreaterThan(0);
  });
});
