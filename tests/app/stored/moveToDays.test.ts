import { beforeEach, describe, expect, test } from "vitest";
import { MOVED_AT_ONCE } from "../../../src/app/stored/moveToDays.ts";
import { cut } from "../../../src/app/stored/retention.ts";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { lowestIdAt } from "../../../src/core/madeAt.ts";
import { AUDIT, auditKey, recordId, syncKey, syncsPrefix, undatedKey } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import { ApiWorld, type Json } from "../../api/world.ts";

let world: ApiWorld;
let layerId: string;
beforeEach(async () => {
  world = new ApiWorld();
  layerId = await world.layer();
  await world.post(`/data-layers/${layerId}/syncs`);
  await world.work({ kind: "layer", id: layerId });
});

const idAt = (ms: number, index: number): string =>
  `${lowestIdAt(ms).slice(0, -12)}${index.toString(16).padStart(12, "0")}`;

/** Audit entries and syncs as the release before kept them, some a day. */
const fill = async (count: number): Promise<void> => {
  const { memory } = world.store;
  const one = async (prefix: string) => {
    const [found] = await memory.list(prefix);
    return JSON.parse((await memory.read(found?.key ?? ""))?.text ?? "null");
  };
  const [entry, sync] = [await one(AUDIT), await one(syncsPrefix(layerId))];
  world.now += 30 * DAY;
  for (let index = 0; index < count; index += 1) {
    const at = world.now - Math.floor((index * 20 * DAY) / count) - MINUTE;
    const id = idAt(at, index);
    await memory.write(undatedKey(AUDIT, id), JSON.stringify({ ...entry, id, at, dataLayerId: layerId }), null);
    await memory.write(undatedKey(syncsPrefix(layerId), id), JSON.stringify({ ...sync, id }), null);
  }
};

const logs = () => [AUDIT, syncsPrefix(layerId)];
const undated = async (): Promise<string[]> =>
  (await Promise.all(logs().map(async (log) => (await world.store.memory.children(log)).keys))).flat();

/** The ids that the API lists, page by page. */
const listed = async (path: string): Promise<Json[]> => {
  const ids: Json[] = [];
  for (let cursor: Json = ""; cursor !== null; ) {
    const page = await world.get(`${path}?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`);
    ids.push(...page.listAt("items").map((_, index) => page.at(`items.${index}.id`)));
    cursor = page.at("nextCursor");
  }
  return ids;
};
const shown = async () => [await listed("/audit-log"), await listed(`/data-layers/${layerId}/syncs`)];

describe("records of the release before", () => {
  test("records of the release before move to their days some at a time, and the lists show the same all the while", async () => {
    await fill(250);
    const all = await shown();
    for (const log of logs()) {
      for (let rounds = 1; ; rounds += 1) {
        const { requests } = world.store.counts;
        const isMore = await cut(world.deps, log);
        expect(world.store.counts.requests - requests).toBeLessThanOrEqual(1 + 4 * MOVED_AT_ONCE);
        expect(await shown()).toEqual(all);
        if (!isMore) {
          expect(rounds).toBe(7);
          break;
        }
      }
    }
    expect(await undated()).toEqual([]);
    for (const id of all[1] ?? []) expect((await world.get(`/data-layers/${layerId}/syncs/${id}`)).status).toBe(200);
    const byAction = await world.get("/audit-log?action=webhook.deleted&limit=100");
    expect(byAction.listAt("items")).toEqual([]);
  });

  test("records of the release before are all listed once after a tick that died at any of its requests", async () => {
    await fill(12);
    const all = await shown();
    for (let dies = 1; (await undated()).length > 0; dies += 1) {
      let calls = 0;
      world.store.before = async () => {
        calls += 1;
        if (calls > dies % 90) throw new StoreUnavailable("the tick died");
      };
      for (const log of logs()) await cut(world.deps, log).catch(() => undefined);
      world.store.before = async () => {};
      expect(await shown()).toEqual(all);
      expect(dies).toBeLessThan(200);
    }
  });

  test("a record that is copied stays under its old key until a later tick, for whoever has just listed it", async () => {
    await fill(1);
    const keys = await undated();
    for (const log of logs()) await cut(world.deps, log);
    expect(await undated()).toEqual(keys);
    for (const log of logs()) await cut(world.deps, log);
    expect(await undated()).toEqual([]);
  });

  test("a record that nothing can read is moved like the others", async () => {
    const id = idAt(world.now, 1);
    await world.store.memory.write(undatedKey(AUDIT, id), "{", null);
    while (await cut(world.deps, AUDIT));
    const keys = (await world.store.memory.list(AUDIT)).map(({ key }) => key);
    expect(keys.filter((key) => recordId(key) === id)).toEqual([auditKey({ id, dataLayerId: "", action: "" })]);
  });

  test("a copy that may not have been written keeps its record", async () => {
    await fill(1);
    const [, key = ""] = await undated();
    world.store.fault = (op, at) => (op === "write" && at.startsWith("syncs/") ? "down" : "none");
    await expect(cut(world.deps, syncsPrefix(layerId))).rejects.toThrow(StoreUnavailable);
    world.store.fault = () => "none";
    expect(await world.store.memory.read(key)).not.toBeNull();
    expect(await world.store.memory.read(syncKey(layerId, recordId(key)))).toBeNull();
  });
});
