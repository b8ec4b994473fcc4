import { describe, expect, test } from "vitest";
import { drain } from "../../src/app/repair/drain.ts";
import { DAY, HOUR, MINUTE } from "../../src/core/durations.ts";
import { answer } from "../app/world.ts";
import { LAYER, SITE, TICK, WatchWorld } from "./watchWorld.ts";

/** A publish is overdue after twenty minutes. The next tick notices it, and a message takes a moment. */
const OVERDUE_MINUTES = 20;
const BOUND = OVERDUE_MINUTES * MINUTE + TICK + MINUTE;

interface Outage {
  readonly name: string;
  /** Breaks something. */
  readonly begin: (world: WatchWorld) => void;
  /** Mends it. */
  readonly mend: (world: WatchWorld) => void;
}

const JOB = "https://jobs.test/a";
const HOOK = `https://hooks.test/${SITE}`;

const outages: readonly Outage[] = [
  {
    name: "a sync job that accepts its work and never reports",
    begin: (world) => void world.jobs.set(JOB, () => answer(202)),
    mend: (world) => void world.jobs.set(JOB, () => answer(200)),
  },
  {
    name: "a build hook that answers errors",
    begin: (world) => void world.jobs.set(HOOK, () => answer(503, {}, { retryAfter: "3600" })),
    mend: (world) => world.hooksWork(),
  },
  {
    name: "a build that takes two hours",
    begin: (world) => {
      world.buildTakes = 2 * HOUR;
    },
    mend: (world) => {
      world.buildTakes = MINUTE;
    },
  },
  {
    name: "a deploy of whose end no word comes",
    begin: (world) => {
      world.endsAreTold = false;
    },
    mend: (world) => {
      world.endsAreTold = true;
    },
  },
  {
    name: "a site whose document cannot be written",
    begin: (world) => {
      world.storeFails = (op, key) => op === "write" && key.startsWith("sites/");
    },
    mend: (world) => {
      world.storeFails = () => false;
    },
  },
];

describe("an outage is told within its bound, once, and again when it is over", () => {
  test.each(outages)("$name is told as publish.overdue", async ({ begin, mend }) => {
    const world = await new WatchWorld().begin("instant", { overdueMinutes: OVERDUE_MINUTES });
    begin(world);
    await world.publish(LAYER);
    await world.pass(OVERDUE_MINUTES * MINUTE - MINUTE);
    expect(world.heard).toEqual([]);
    await world.pass(BOUND - OVERDUE_MINUTES * MINUTE + MINUTE);
    expect(world.heard).toEqual(["publish.overdue raised"]);
    await world.pass(30 * MINUTE);
    expect(world.heard).toEqual(["publish.overdue raised"]);
    mend(world);
    await world.pass(2 * HOUR);
    await world.publish(LAYER);
    await world.pass(2 * HOUR);
    expect(world.heard).toEqual(["publish.overdue raised", "publish.overdue over"]);
  });

  test("a layer whose sites cannot be read is woken for its retry all the same", async () => {
    const world = await new WatchWorld().begin("instant", { overdueMinutes: OVERDUE_MINUTES });
    world.jobs.set(JOB, () => answer(503));
    await world.publish(LAYER);
    await world.pass(21 * MINUTE);
    const calls = () => world.calls.filter(({ url }) => url === JOB).length;
    const before = calls();
    world.storeFails = (op, key) => op === "read" && key.startsWith("sites/");
    await world.pass(12 * MINUTE);
    expect(calls()).toBe(before + 1);
  });

  test("a CMS that stops publishing is told as source.silent after the hours that the layer names", async () => {
    const world = await new WatchWorld().begin("instant", { silentHours: 48 });
    await world.publish(LAYER);
    await world.pass(48 * HOUR - TICK);
    expect(world.heard).toEqual([]);
    await world.pass(2 * TICK + MINUTE);
    expect(world.heard).toEqual(["source.silent raised"]);
    await world.pass(5 * DAY);
    await world.publish(LAYER);
    await world.pass(TICK + MINUTE);
    expect(world.heard).toEqual(["source.silent raised", "source.silent over"]);
  });

  test("a CMS that stops publishing is told as source.silent against its own rhythm", async () => {
    const world = await new WatchWorld().begin();
    for (let published = 0; published < 30; published += 1) {
      await world.publish(LAYER);
      await world.pass(6 * HOUR);
    }
    expect(world.heard).toEqual([]);
    // Four publishes a day: silent after five days.
    await world.pass(4 * DAY);
    expect(world.heard).toEqual([]);
    await world.pass(DAY);
    expect(world.heard).toEqual(["source.silent raised"]);
  });

  test("ticks that stop are told as tick.late by the worker of the next delivery, and the next tick ends that", async () => {
    const world = await new WatchWorld().begin();
    world.ticks = false;
    await world.pass(HOUR);
    expect(world.heard).toEqual([]);
    await world.publish(LAYER);
    await world.pass(MINUTE);
    expect(world.heard).toEqual(["tick.late raised"]);
    await world.publish(LAYER);
    await world.pass(HOUR);
    expect(world.heard).toEqual(["tick.late raised"]);
    world.ticks = true;
    await world.pass(TICK + MINUTE);
    expect(world.heard).toEqual(["tick.late raised", "tick.late over"]);
  });

  test("a budget that does not last until the end of the month is told as budget.at-risk, once a month", async () => {
    const world = await new WatchWorld().begin("saver");
    const day = async () => {
      await world.publish(LAYER);
      await world.pass(12 * HOUR);
    };
    while (world.heard.length === 0 && world.builds(SITE).length < 18) await day();
    // Nine of eighteen builds are half of the budget.
    expect([world.builds(SITE).length, world.heard]).toEqual([9, ["budget.at-risk raised"]]);
    expect(world.told[0]?.text).toMatch(
      /is at risk: 9 of 18 builds of the month are used\. At this pace the budget ends on day \d+\.$/,
    );
    while (world.builds(SITE).length < 18) await day();
    expect(world.heard).toEqual(["budget.at-risk raised"]);
    await world.clock.pass(31 * DAY);
    await world.publish(LAYER);
    await world.pass(2 * HOUR);
    expect(world.heard).toEqual(["budget.at-risk raised", "budget.at-risk over"]);
  });
});

describe("the ping of a tick", () => {
  const PING = "https://check.test/secret-of-the-check";
  const ticked = async (prepare: (world: WatchWorld) => void) => {
    const world = await new WatchWorld().begin();
    prepare(world);
    const done = drain({ ...world.deps(), pingUrl: PING });
    await world.clock.pass(MINUTE);
    await done;
    return { pings: world.calls.filter(({ url }) => url === PING).length, facts: JSON.stringify(world.facts) };
  };

  test("a tick that could do its work pings once, and one that could not read the store does not", async () => {
    expect((await ticked((world) => void world.jobs.set(PING, () => answer(200)))).pings).toBe(1);
    const failed = await ticked((world) => {
      world.storeFails = (op) => op === "list";
    });
    expect(failed.pings).toBe(0);
  });

  test("a ping that is not answered is logged without its URL, and stops no tick", async () => {
    const { pings, facts } = await ticked((world) => void world.jobs.set(PING, () => new Promise(() => undefined)));
    expect(pings).toBe(1);
    expect(facts).toContain('"where":"ping of the tick","error":"timed out"');
    expect(facts).not.toContain("secret-of-the-check");
  });
});
