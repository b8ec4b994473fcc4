import { expect, test } from "vitest";
import type { OutgoingAnswer } from "../../src/app/deps.ts";
import { HOUR, MINUTE } from "../../src/core/durations.ts";
import { REACHABLE_PATH } from "../../src/core/watch/publicAccess.ts";
import { answer } from "../app/world.ts";
import { CHAT, LAYER, TICK, WatchWorld } from "./watchWorld.ts";

const DOOR = `https://hook.test${REACHABLE_PATH}`;
const OPEN: OutgoingAnswer = {
  ...{ kind: "answer", status: 405, location: null, retryAfter: null, text: "" },
  headers: { allow: "POST" },
};

/** A world whose team wants to hear of a login before Layerhook. */
const aWorld = async (events = ["site.private"]) => {
  const world = new WatchWorld();
  world.jobs.set(DOOR, () => OPEN);
  const chat = { id: "n1", name: "Chat", url: CHAT, urlHint: "…", secret: "whsec_c2VjcmV0" };
  await world.begin("instant", { notifications: [{ ...chat, events }] });
  const looks = () => world.calls.filter(({ url }) => url === DOOR).length;
  /** The login stands before everything: publishes, and the calls that wake workers. */
  const close = (status: number) => {
    world.jobs.set(DOOR, () => answer(status));
    world.wakesArrive = false;
  };
  const open = () => {
    world.jobs.set(DOOR, () => OPEN);
    world.wakesArrive = true;
  };
  return { world, looks, close, open };
};

test.each([401, 403])(
  "a project that becomes private (%i) is told by the tick itself within an hour and two ticks, and again when it is over",
  async (status) => {
    const { world, close, open } = await aWorld();
    await world.pass(30 * MINUTE);
    close(status);
    await world.pass(HOUR + 2 * TICK);
    expect(world.heard).toEqual(["site.private raised"]);
    expect(world.told[0]?.text).toContain("has asked visitors to log in since 2026-01-01 ");
    await world.pass(6 * HOUR);
    expect(world.heard).toEqual(["site.private raised"]);
    open();
    await world.pass(2 * TICK);
    expect(world.heard).toEqual(["site.private raised", "site.private over"]);
    expect((await world.readLayer(LAYER)).alarms).toEqual([]);
  },
);

test("one refusal alone is no private project, because a second tick looks again", async () => {
  const { world, close, open, looks } = await aWorld();
  const before = looks();
  close(403);
  while (looks() === before) await world.pass(TICK);
  open();
  await world.pass(6 * HOUR);
  expect(world.heard).toEqual([]);
});

test.each([
  ["an error of the platform", answer(503)],
  ["a redirect", answer(301)],
  ["no answer", { kind: "silence", error: "timed out" } as const],
])("%s neither raises the alarm of a private project nor ends it", async (_name, said) => {
  const { world, close } = await aWorld();
  world.jobs.set(DOOR, () => said);
  await world.pass(3 * HOUR);
  expect(world.heard).toEqual([]);
  close(401);
  await world.pass(2 * HOUR);
  world.jobs.set(DOOR, () => said);
  await world.pass(2 * HOUR);
  expect(world.heard).toEqual(["site.private raised"]);
});

test("nobody looks from outside for a layer that does not ask, and once an hour for one that does", async () => {
  const quiet = await aWorld(["publish.overdue", "source.silent", "tick.late"]);
  await quiet.world.pass(6 * HOUR);
  expect(quiet.looks()).toBe(0);
  const asking = await aWorld();
  await asking.world.pass(6 * HOUR);
  expect(asking.looks()).toBeLessThanOrEqual(7);
  expect(asking.looks()).toBeGreaterThanOrEqual(5);
});
