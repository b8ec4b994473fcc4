import { beforeEach, describe, expect, test } from "vitest";
import { configureLayer, findLayer } from "../../../src/app/manage/layers.ts";
import { deleteSite } from "../../../src/app/manage/sites.ts";
import { cancelSync, retrySync } from "../../../src/app/manage/syncs.ts";
import { Stages } from "../../../src/app/show/stages.ts";
import { findState } from "../../../src/app/stored/records.ts";
import { HOUR, SECOND } from "../../../src/core/durations.ts";
import { syncView } from "../../../src/edge/api/views/syncView.ts";
import { syncKey } from "../../../src/store/keys.ts";
import { answer, OWNER, World } from "../world.ts";

const LAYER = "layer-one";
const [GONE, STANDING] = ["site-gone", "site-two"];
const CHAT = "https://team.test/told";
const WHY = `Site ${GONE} was deleted. Remove it from the layer's connected sites.`;
const notification = {
  id: "n1",
  name: "Chat",
  url: CHAT,
  urlHint: "team.test/…told",
  events: ["sync.succeeded", "sync.failed"],
  secret: "whsec_c2VjcmV0",
};

let world: World;

/** A layer of these sources that names a deleted site beside one that stands. */
const naming = (slugs: readonly string[], extra: Parameters<World["layer"]>[3] = {}): Promise<void> =>
  world.layer(LAYER, slugs, [GONE, STANDING], { notifications: [notification], ...extra });

const published = async (): Promise<string> => {
  const result = await world.publish(LAYER);
  if (result.kind !== "accepted") throw new Error(result.kind);
  await world.clock.pass(10 * SECOND);
  return result.syncId;
};

/** The sync as the API shows it. */
const shown = async (syncId: string) => {
  const layer = await findLayer(world.deps(), LAYER);
  if (layer === null) throw new Error("no such layer");
  const state = await findState(world.deps(), layer, syncId);
  if (state === null) throw new Error("no such sync");
  return syncView(await new Stages(world.deps()).ofSync(layer, state));
};

const messages = () => world.calls.filter(({ url }) => url === CHAT).map(({ body }) => JSON.parse(body ?? "null"));

beforeEach(async () => {
  world = new World();
  for (const id of [GONE, STANDING]) {
    await world.site(id);
    world.jobs.set(`https://hooks.test/${id}`, () => answer(200));
  }
  expect(await deleteSite(world.deps(), OWNER, GONE)).toMatchObject({ kind: "deleted" });
  world.jobs.set("https://jobs.test/a", () => answer(200, { changed: true }));
  world.jobs.set(CHAT, () => answer(200));
});

describe("a sync whose layer names a deleted site", () => {
  test.each([["a build layer", []] as const, ["a layer with a source", ["a"]] as const])(
    "a sync of a layer with a deleted site fails, says why, and builds the other sites: of %s",
    async (_, slugs) => {
      await naming(slugs);
      const sync = await shown(await published());
      expect([sync.status, sync.error]).toEqual(["failed", WHY]);
      expect(sync.sites).toEqual([
        expect.objectContaining({ siteId: GONE, buildId: null, outcome: "missing", error: WHY, stage: "failed" }),
        expect.objectContaining({ siteId: STANDING, outcome: "queued", error: null }),
      ]);
      expect(world.builds(STANDING)).toHaveLength(1);
    },
  );

  test("a sync with a missing site notifies of its failure, and the message counts only the sites that were built", async () => {
    await naming([]);
    await published();
    expect(messages()).toEqual([
      expect.objectContaining({
        type: "sync.failed",
        status: "failed",
        sites: [expect.objectContaining({ siteId: GONE, outcome: "missing", error: WHY }), expect.anything()],
        text: `Layer ${LAYER}: sync failed (1 publish), 1 build requested. ${WHY}`,
      }),
    ]);
  });

  test("a sync with a missing site is not tried again, neither by itself nor by a person", async () => {
    await naming(["a"]);
    const syncId = await published();
    for (let minute = 0; minute < 60; minute += 1) {
      await world.clock.pass(HOUR / 60);
      await world.tick();
    }
    expect([world.posts("a").length, world.builds(STANDING).length, messages().length]).toEqual([1, 1, 1]);
    expect(await retrySync(world.deps(), OWNER, LAYER, syncId)).toEqual({ kind: "nothing-to-retry" });
    expect(await cancelSync(world.deps(), OWNER, LAYER, syncId)).toMatchObject({ kind: "ended" });
  });

  test("a sync with a missing site succeeds if the site was disconnected while the sync ran", async () => {
    await naming([], { cachePurge: { tags: ["posts"] } });
    const purges: Promise<unknown>[] = [];
    world.purge = () => {
      if (purges.length > 0) return { kind: "purged" };
      const connectedSites = [{ siteId: STANDING }];
      purges.push(configureLayer(world.deps(), OWNER, LAYER, { connectedSites }, true, () => true));
      return { kind: "failed", error: "try again", again: true };
    };
    const sync = await shown(await published());
    expect(await Promise.all(purges)).toEqual([expect.objectContaining({ kind: "configured" })]);
    expect([sync.status, sync.error, sync.sites.map(({ siteId }) => siteId)]).toEqual(["succeeded", null, [STANDING]]);
    expect(messages().map(({ type }) => type)).toEqual(["sync.succeeded"]);
  });

  test("a sync with a missing site shows as failed too where the release before recorded success", async () => {
    await naming([]);
    const syncId = await published();
    const key = syncKey(LAYER, syncId);
    const stored = await world.memory.read(key);
    const older = {
      ...JSON.parse(stored?.text ?? ""),
      sites: [{ siteId: GONE, name: "", buildId: null, outcome: "missing" }],
    };
    await world.memory.write(key, JSON.stringify(older), stored?.etag ?? null);
    expect(await shown(syncId)).toMatchObject({ status: "failed", error: WHY });
  });
});
