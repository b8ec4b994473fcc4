import { expect, test } from "vitest";
import { acksGoals, acksTable, againstPeersTable } from "./acks.ts";
import { burstGoals, burstTable } from "./burst.ts";
import { contestantOrAbsent, OURS } from "./contestants.ts";

const sample = (rate: number, cpu: number | null = 1) => ({
  rate,
  p50: 1000 / rate,
  p99: 5000 / rate,
  cpu,
  refused: 0,
});
const samples = new Map([
  [
    "1 layer, 16 connections",
    new Map([
      [OURS, [sample(300), sample(30), sample(200)]],
      ["pg-boss", [sample(100), sample(20), sample(50)]],
      ["adnanh/webhook", [sample(900, null), sample(90, null), sample(600, null)]],
    ]),
  ],
]);

test("the ratio of two contestants compares round with round, so that a slow round meets both", () => {
  const [row] = againstPeersTable(samples).rows;
  expect(row?.figures["pg-boss"]?.ratio).toBe(3);
  expect(row?.figures["adnanh/webhook"]?.ratio).toBe(300 / 900);
  const peer = acksTable(samples).rows.find(({ name }) => name.endsWith("pg-boss"));
  expect(peer?.figures["acks a second"]?.ratio).toBe(100 / 300);
});

test("a contestant whose processor time is unknown has no figure for it", () => {
  const rows = acksTable(samples).rows;
  const columns = rows.map(({ name, figures }) => [name.split(": ")[1], "processor time of an ack" in figures]);
  expect(columns).toEqual([
    [OURS, true],
    ["pg-boss", true],
    ["adnanh/webhook", false],
  ]);
});

test("a goal beside a peer is met only by the worst of its loads, and absent peers have no goal", () => {
  const goals = acksGoals(againstPeersTable(samples));
  expect(goals.map(({ goal, met }) => [goal.slice(0, 42), met])).toEqual([
    ["At least 2 × the acks a second of pg-boss,", true],
  ]);
  const slower = new Map(samples).set(
    "1 layer, 1 connection",
    new Map([
      [OURS, [sample(1)]],
      ["pg-boss", [sample(1)]],
    ]),
  );
  expect(acksGoals(againstPeersTable(slower)).map(({ met }) => met)).toEqual([false]);
});

test("a burst's goal counts the round with the most runs", () => {
  const burst = (runs: number) => ({ allAnswered: 1000, runs, refused: 0, covered: true, told: "to sync everything" });
  const table = burstTable(new Map([[OURS, [burst(1), burst(3), burst(1)]]]));
  expect(burstGoals(table).map(({ measured, met }) => [measured, met])).toEqual([["3 at most", false]]);
});

test("a peer without its server, or with one that does not start, is named with the reason", async () => {
  const broken = async (): Promise<never> => {
    throw new Error("initdb failed: no room");
  };
  expect(await contestantOrAbsent("bullmq", "no-such-server", broken)).toEqual({
    name: "bullmq",
    reason: "there is no no-such-server on this machine",
  });
  expect(await contestantOrAbsent("pg-boss", "sh", broken)).toEqual({
    name: "pg-boss",
    reason: "initdb failed: no room",
  });
});
