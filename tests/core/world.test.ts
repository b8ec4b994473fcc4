import { describe, expect, test } from "vitest";
import { type Rules, World } from "../support/world.ts";

const calm: Rules = {
  sources: ["a"],
  publishers: [{ names: [] }, { names: [] }],
  workers: 2,
  lostReplies: 0,
  lateWrites: 0,
  crashes: 0,
  freezes: 0,
  failures: 0,
  silences: 0,
};

const worlds: Record<string, Partial<Rules>> = {
  "two publishers and two workers": {},
  "a reply is lost": { lostReplies: 1 },
  "a write lands late": { lateWrites: 1 },
  "a worker vanishes": { crashes: 1 },
  "a worker freezes and thaws": { freezes: 1 },
  "a job fails": { failures: 1 },
  "a call has its effect and no answer": { silences: 1 },
  "two publishers bring bodies for one source": {
    publishers: [
      { names: ["a"], body: "1" },
      { names: ["a"], body: "2" },
    ],
  },
  "two sources, one publisher each, and a job fails": {
    sources: ["a", "b"],
    publishers: [{ names: ["a"] }, { names: ["b"] }],
    failures: 1,
  },
  "two sources, a narrow and a wide publisher, and a worker vanishes": {
    sources: ["a", "b"],
    publishers: [{ names: ["a"] }, { names: [] }],
    crashes: 1,
  },
};

describe("in every order of steps nothing is lost, nothing contradicts itself and everything comes to rest", () => {
  test.each(Object.entries(worlds))("%s", (name, rules) => {
    const began = performance.now();
    const world = new World({ ...calm, ...rules }).explore();
    console.info(
      `${name}: ${world.states} states, ${world.endings} endings, ${Math.round(performance.now() - began)} ms`,
    );
    expect(world.endings).toBeGreaterThan(0);
  });
});
