import { expect, test } from "vitest";
import { countFailure, type Week } from "../../../src/core/watch/digestSchema.ts";

const week: Week = { since: 1, counts: {}, builds: {} };

test("a week counts each kind of failure by itself and names the last place, and counts nothing that went well", () => {
  const once = countFailure(week, "build.failed", "Web");
  expect(once).toEqual({ ...week, failures: { "build.failed": { times: 1, last: "Web" } } });
  const twice = countFailure(countFailure(once, "sync.failed", "posts"), "build.failed", "Shop");
  expect(twice.failures).toEqual({
    "build.failed": { times: 2, last: "Shop" },
    "sync.failed": { times: 1, last: "posts" },
  });
  for (const event of ["build.held", "build.locked", "build.stale"]) {
    expect(countFailure(week, event, "Web").failures).toEqual({ [event]: { times: 1, last: "Web" } });
  }
  for (const event of ["build.live", "sync.succeeded", ""]) expect(countFailure(week, event, "Web")).toBe(week);
});
