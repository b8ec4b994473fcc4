import { expect, test } from "vitest";
import { repetitions } from "../support/repetitions.ts";
import { QuietHistory } from "./quietHistory.ts";

/** How many histories are lived through; `QUIET_SEEDS=100000` tries as many as that. */
const SEEDS = Number(process.env["QUIET_SEEDS"] ?? repetitions(300));

test(
  "no alarm is raised in a history in which all goes well, whatever the rhythm of its publishes and the pacing of its builds",
  () => {
    const told = { publishes: 0, live: 0, digests: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const history = new QuietHistory(seed);
      expect({ seed, alarms: history.run() }).toEqual({ seed, alarms: [] });
      told.publishes += history.publishes;
      told.live += history.heard.filter((event) => event === "build.live").length;
      told.digests += history.heard.filter((event) => event === "digest.weekly").length;
    }
    // The histories are not quiet because nothing happens in them.
    expect(told.live).toBeGreaterThan(SEEDS);
    expect(told.digests).toBeGreaterThan(SEEDS / 20);
    if (SEEDS > 1000) console.log(JSON.stringify({ seeds: SEEDS, ...told }));
  },
  60_000 + SEEDS * 20,
);
