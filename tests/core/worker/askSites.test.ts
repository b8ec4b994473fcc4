import { expect, test } from "vitest";
import { GATHER, LEASE_ABORT, LEASE_NO_NEW_CALL, MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { SiteAsk } from "../../../src/core/slot/sync.ts";
import { askSites } from "../../../src/core/worker/askSites.ts";
import { must } from "../../support/builders.ts";
import { Told } from "./told.ts";

const asked: readonly SiteAsk[] = [
  { siteId: "site-1", name: "The site", buildId: "build-1", outcome: "queued" },
  { siteId: "site-2", name: "Another", buildId: "build-0", outcome: "coalesced" },
];
const noTags = { kind: "purged", purged: { kind: "done", purge: null } } as const;

/** A worker whose sources have changed something: it requests the builds of the sites. */
const asking = (): Told => {
  const told = new Told().claim().called("a").called("b", 1, true).tell({ kind: "rang" }).record();
  expect(told.doing).toEqual(["end calls", "purge", "ask sites"]);
  return told;
};
const concluding = (): Told => asking().tell(noTags).tell({ kind: "asked", asked });

test("a worker records the requested builds once the sites have answered and the tags are purged, and works the filled slots itself", () => {
  const purge = { outcome: "purged", tags: 1 } as const;
  const told = asking().tell({ kind: "asked", asked });
  expect(told.doing).toEqual([]);
  told.tell({ kind: "purged", purged: { kind: "done", purge } });
  expect(told.doing).toEqual(["follow", "conclude"]);
  expect(told.wants("follow").siteId).toBe("site-1");
  expect(told.wants("conclude")).toMatchObject({ asked, purge });
  expect(asking().tell(noTags).tell({ kind: "asked", asked }).doing).toEqual(["follow", "conclude"]);
});

test("a request for builds names the first and the last of the syncs that owe them", () => {
  const { worker, layer, now } = asking();
  const { phase } = worker;
  if (phase.at !== "asking") throw new RangeError("the worker requests no builds");
  const causeFor = (syncIds: string[]) => {
    const build = { ...must(layer.slot.build), syncIds };
    const owing = { ...layer, slot: { ...layer.slot, build } };
    const { effects } = askSites(worker, phase, owing, { now, elapsed: now, left: MINUTE, id: "claim-2" });
    const effect = effects.find((one) => one.do === "ask sites");
    return effect?.do === "ask sites" ? effect.cause : null;
  };
  expect(causeFor(["sync-1", "sync-2", "sync-3"])).toMatchObject({ firstSyncId: "sync-1", syncId: "sync-3" });
  expect(causeFor(["sync-3"])).not.toHaveProperty("firstSyncId");
});

test("a request for builds says which deliveries an earlier request has counted, and which webhooks took them", () => {
  const { worker, layer, now } = asking();
  const { phase } = worker;
  if (phase.at !== "asking") throw new RangeError("the worker requests no builds");
  const [sync] = Object.values(layer.slot.open);
  const [syncId, other] = [must(sync).id, "sync-2"];
  const open = {
    [syncId]: { ...must(sync), deliveries: 3, webhooks: ["ref-a", "default"], sites: [...asked] },
    [other]: { ...must(sync), id: other, deliveries: 2, webhooks: ["ref-a"], sites: [] },
  };
  const build = { ...must(layer.slot.build), syncIds: [syncId, other] };
  const owing = { ...layer, slot: { ...layer.slot, open, build } };
  const { effects } = askSites(worker, phase, owing, { now, elapsed: now, left: MINUTE, id: "claim-2" });
  const effect = effects.find((one) => one.do === "ask sites");
  expect(effect).toMatchObject({ cause: { deliveries: 5, counted: 3, webhooks: ["ref-a", "default"] } });
});

test("a worker requests the builds again a second after a site could not be reached", () => {
  const told = asking().tell(noTags).tell({ kind: "asked" });
  expect([told.doing, told.wants("sleep").ms]).toEqual([["sleep"], SECOND]);
  expect(told.tell({ kind: "slept" }).wants("ask sites").siteIds).toEqual(["site-1"]);
});

test("a worker leaves its builds owed once its lease is too unsure to request them again", () => {
  const told = asking().tell(noTags).tell({ kind: "asked" });
  told.now += LEASE_NO_NEW_CALL;
  expect(told.tell({ kind: "slept" }).doing).toEqual(["settle"]);
  expect(told.layer.slot.build).not.toBeNull();
});

test("a worker leaves its builds and its purge owed if the lease was too unsure for any purge", () => {
  const told = asking()
    .tell({ kind: "asked", asked })
    .tell({ kind: "purged", purged: { kind: "left" } });
  expect(told.doing).toEqual(["settle"]);
  expect(told.layer.slot.build).not.toBeNull();
});

test("a worker records the requested builds again a second after an unconfirmed write, until its lease is lost", () => {
  const told = concluding().tell({ kind: "recorded" });
  expect([told.doing, told.wants("sleep").ms]).toEqual([["sleep"], SECOND]);
  expect(told.tell({ kind: "slept" }).doing).toEqual(["conclude"]);
  told.tell({ kind: "recorded" });
  told.now += LEASE_ABORT;
  expect(told.tell({ kind: "slept" }).doing).toEqual(["settle"]);
});

test("a worker whose run was taken over while it requested builds claims again and ends no sync", () => {
  const told = concluding()
    .meanwhile(() => null)
    .conclude();
  expect(told.doing).toEqual(["note", "claim"]);
  expect(told.layer.owed).toEqual([]);
});

test("a worker finds its next run, and writes nothing, if the write that ended its run landed and the reply was lost", () => {
  const told = concluding().publish();
  told.now += GATHER;
  const { worker, effects } = told;
  const { layer } = told.conclude();
  expect(told.doing).toEqual(["note", "append", "note", "call", "call", "tick", "set alarm"]);
  Object.assign(told, { worker, effects });
  expect(told.conclude().doing).toEqual(["note", "append", "note", "call", "call", "tick", "set alarm"]);
  expect(told.layer).toBe(layer);
});
