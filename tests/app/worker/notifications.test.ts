import { beforeEach, describe, expect, test } from "vitest";
import { updateLayer, WORK } from "../../../src/app/stored/documents.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { answer, World } from "../world.ts";

const LAYER = "layer-one";
const HOOK = "https://team.test/told";
const notification = {
  id: "n1",
  name: "Chat",
  url: HOOK,
  urlHint: "team.test/…told",
  events: ["sync.succeeded", "sync.failed"],
  secret: "whsec_c2VjcmV0",
};

let world: World;

const told = () => world.calls.filter(({ url }) => url === HOOK);
const bodies = () => told().map(({ body }) => JSON.parse(body ?? "null"));
const last = async () => (await world.readLayer(LAYER)).notifications[0]?.last;
const publish = async (): Promise<string> => {
  const published = await world.publish(LAYER);
  if (published.kind !== "accepted") throw new Error(published.kind);
  return published.syncId;
};
const ticks = async (minutes: number): Promise<void> => {
  for (let i = 0; i < minutes; i += 1) {
    await world.clock.pass(MINUTE);
    await world.tick();
    await world.clock.settle();
  }
};

beforeEach(async () => {
  world = new World();
  await world.layer(LAYER, ["a"], [], { notifications: [notification] });
  world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true, message: "12 pages" }));
  world.jobs.set(HOOK, () => answer(200));
});

describe("a team that wants to hear how syncs end", () => {
  test("a notification is a text without markup, whatever a layer is called", async () => {
    const name = "<!channel> <https://evil.test|click>";
    await world.layer("layer-two", ["a"], [], { name, notifications: [notification] });
    await world.publish("layer-two");
    await world.clock.pass(10 * SECOND);
    const [body] = bodies();
    expect(body).toMatchObject({ dataLayerName: name });
    expect(body.text).toMatch(/^‹!channel› ‹https:\/\/evil\.test\|click›: sync succeeded/);
  });

  test("a notification is sent within seconds, once, signed, and says what happened", async () => {
    const syncId = await publish();
    await world.clock.pass(10 * SECOND);
    const [call] = told();
    expect([told().length, call?.headers["webhook-id"]]).toEqual([1, `${syncId}/n1`]);
    expect(call?.headers["webhook-signature"]).toMatch(/\S/);
    expect(bodies()[0]).toMatchObject({
      ...{ type: "sync.succeeded", dataLayerId: LAYER, syncId, status: "succeeded", deliveries: 1 },
      dataSources: [{ slug: "a", status: "succeeded", changed: true, message: "12 pages", error: null }],
    });
    expect(bodies()[0].text).toMatch(/sync succeeded \(1 publish\)$/);
    expect(await last()).toMatchObject({ outcome: "sent", syncId });
    expect((await world.readLayer(LAYER)).unsent).toEqual([]);
    await ticks(20);
    expect(told()).toHaveLength(1);
  });

  test("a notification is sent while the same worker does the next sync", async () => {
    world.jobs.set("https://jobs.test/a", world.slow(20_000, answer(200)));
    const syncId = await publish();
    await world.clock.pass(10 * SECOND);
    await publish();
    await world.clock.pass(15 * SECOND);
    expect(world.shifts).toEqual([expect.objectContaining({ to: null })]);
    expect(bodies()).toEqual([expect.objectContaining({ syncId, type: "sync.succeeded" })]);
  });

  test("a notification is signed with both secrets for a while after a rotation", async () => {
    const until = world.clock.now + MINUTE;
    const previousSecret = { secret: "whsec_b2xk", until };
    await world.layer("layer-two", ["a"], [], { notifications: [{ ...notification, previousSecret }] });
    await world.publish("layer-two");
    await world.clock.pass(10 * SECOND);
    await world.clock.pass(2 * MINUTE);
    await world.publish("layer-two");
    await world.clock.pass(10 * SECOND);
    const signatures = told().map(({ headers }) => (headers["webhook-signature"] ?? "").split(" ").length);
    expect(signatures).toEqual([2, 1]);
  });

  test("a notification says which source failed for good, and why", async () => {
    world.jobs.set("https://jobs.test/a", () => answer(500, { error: "no token" }));
    await publish();
    await ticks(30);
    expect(bodies().map(({ type }) => type)).toEqual(["sync.failed"]);
    expect(bodies()[0].text).toMatch(/sync failed.*a: /);
  });

  test("a notification is delivered once its endpoint works again, with the same bytes under the same id", async () => {
    let tries = 0;
    world.jobs.set(HOOK, () => {
      tries += 1;
      return answer(tries < 3 ? 503 : 204);
    });
    await publish();
    await world.clock.pass(10 * SECOND);
    expect(await last()).toMatchObject({ outcome: "failed", error: "the URL answered 503" });
    await ticks(5);
    expect(told()).toHaveLength(3);
    expect(new Set(told().map(({ body }) => body)).size).toBe(1);
    expect(new Set(told().map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(await last()).toMatchObject({ outcome: "sent" });
  });

  test("a notification is given up after five attempts and a quarter of an hour, and earlier once its endpoint is gone", async () => {
    world.jobs.set(HOOK, () => answer(500));
    await publish();
    await ticks(40);
    expect(told()).toHaveLength(5);
    expect((await world.readLayer(LAYER)).unsent).toEqual([]);
    world.jobs.set(HOOK, () => answer(410));
    await publish();
    await ticks(20);
    expect(told()).toHaveLength(6);
  });

  test("a notification is sent although the worker that ended the sync died first", async () => {
    world.jobs.set(HOOK, () => {
      for (const worker of world.workers) worker.kill();
      return answer(500);
    });
    const syncId = await publish();
    await world.clock.pass(10 * SECOND);
    expect([told().length, await last()]).toEqual([1, undefined]);
    world.jobs.set(HOOK, () => answer(200));
    await ticks(3);
    expect(told()).toHaveLength(2);
    expect(await last()).toMatchObject({ outcome: "sent", syncId });
  });

  test("a notification to an endpoint that never answers delays no sync", async () => {
    world.jobs.set(HOOK, () => new Promise<never>(() => undefined));
    await publish();
    await world.clock.pass(3 * SECOND);
    await publish();
    await world.clock.pass(5 * SECOND);
    const { slot } = await world.readLayer(LAYER);
    expect([world.posts("a").length, slot.pending, slot.running]).toEqual([2, null, null]);
    await world.clock.pass(20 * SECOND);
    expect(await last()).toMatchObject({ outcome: "failed" });
  });

  test("a notification that was removed is not sent any more", async () => {
    world.jobs.set(HOOK, () => answer(500));
    await publish();
    await world.clock.pass(10 * SECOND);
    expect((await world.readLayer(LAYER)).unsent).toHaveLength(1);
    const taken = updateLayer(
      world.deps(),
      LAYER,
      (layer) => {
        if (layer?.kind !== "layer") throw new Error("gone");
        return { kind: "write", document: { ...layer, notifications: [] }, result: null };
      },
      WORK,
    );
    await world.clock.settle();
    await taken;
    await ticks(5);
    expect([told().length, (await world.readLayer(LAYER)).unsent]).toEqual([1, []]);
  });

  test("a sync writes no message, and costs no read, where nobody subscribed", async () => {
    await world.layer("layer-two", ["a"], []);
    const before = { ...world.counts };
    await world.publish("layer-two");
    await world.clock.pass(10 * SECOND);
    const quiet = world.counts.writes - before.writes;
    const again = { ...world.counts };
    await publish();
    await world.clock.pass(10 * SECOND);
    expect(world.counts.writes - again.writes).toBe(quiet + 2);
    expect("unsent" in (await world.readLayer("layer-two"))).toBe(false);
  });
});
