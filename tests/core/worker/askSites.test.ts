import { expect, test } from "vitest";
import { defined } from "../../../src/core/defined.ts";
import { GATHER, LEASE_ABORT, LEASE_NO_NEW_CALL, MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { Build } from "../../../src/core/slot/slot.ts";
import type { SiteAsk, Sync } from "../../../src/core/slot/sync.ts";
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

/** The request for builds that these syncs owe, and the worker's run. A sync without fields has no record. */
const requestFor = (syncs: Readonly<Record<string, Partial<Sync> | null>>, fields: Partial<Build> | null = {}) => {
  const { worker, layer, now } = asking();
  const { phase } = worker;
  if (phase.at !== "asking") throw new RangeError("the worker requests no builds");
  const { webhooks: _webhooks, ...known } = must(Object.values(layer.slot.open)[0]);
  const open = Object.fromEntries(
    Object.entries(syncs).flatMap(([id, some]) => (some === null ? [] : [[id, { ...known, id, ...some }]])),
  );
  const build = fields && { ...must(layer.slot.build), syncIds: Object.keys(syncs), ...fields };
  const owing = { ...layer, slot: { ...layer.slot, open, build } };
  const { effects } = askSites(worker, phase, owing, { now, elapsed: now, left: MINUTE, id: "claim-2" });
  const effect = must(effects.find((one) => one.do === "ask sites"));
  return { ...effect, run: phase.run };
};
const causeFor = (...syncs: Parameters<typeof requestFor>) => requestFor(...syncs).cause;

test("a request for builds names the first and the last of the syncs that owe them", () => {
  expect(causeFor({ s1: {}, s2: {}, s3: {} })).toMatchObject({ firstSyncId: "s1", syncId: "s3" });
  expect(causeFor({ s2: {}, s1: {}, s3: {} })).toMatchObject({ firstSyncId: "s1", syncId: "s3" });
  expect(causeFor({ s3: {} })).not.toHaveProperty("firstSyncId");
});

test("a request for builds has the id of the owed build, so that a second request changes nothing", () => {
  expect(requestFor({ s1: {} }, { id: "s1.7" }).id).toBe("s1.7");
});

test("a request for builds of a damaged document, which owes none, is for the run's own sync", () => {
  const { id, cause, run } = requestFor({ "sync-1": { queuedAt: 5 } }, null);
  expect(run.lead).toBe("sync-1");
  expect([id, cause.syncId, cause.publishedAt]).toEqual([run.lead, run.lead, 5]);
});

test("a request for builds names the first publish behind it, or none where no sync has a record", () => {
  expect(causeFor({ s1: { queuedAt: 9 }, s2: { queuedAt: 5 }, s3: null }).publishedAt).toBe(5);
  expect(causeFor({ s1: null })).not.toHaveProperty("publishedAt");
});

test.each([
  ["7 where all its syncs say so", [7, 7], 7],
  ["none where two syncs differ", [7, 8], undefined],
  ["none where one sync says nothing", [7, undefined], undefined],
])("a request for builds has a likeness: %s", (_what, [first, second], likeness) => {
  const cause = causeFor({ s1: defined({ likeness: first }), s2: defined({ likeness: second }) });
  expect(cause.likeness).toBe(likeness);
  expect(Object.hasOwn(cause, "likeness")).toBe(likeness !== undefined);
});

test("a request for builds says which deliveries an earlier request has counted", () => {
  const first = { deliveries: 3, sites: [...asked] };
  expect(causeFor({ s1: first, s2: { deliveries: 2 } })).toMatchObject({ deliveries: 5, counted: 3 });
  expect(causeFor({ s1: { deliveries: 3 } })).not.toHaveProperty("counted");
});

test("a request for builds names the webhooks that took its deliveries, each once, and the newest three", () => {
  const syncs = { s1: { webhooks: ["a", "b"] }, s2: { webhooks: ["b", "default"] }, s3: { webhooks: ["c"] } };
  expect(causeFor(syncs).webhooks).toEqual(["b", "default", "c"]);
  expect(causeFor({ s1: {}, s2: { webhooks: ["a"] } }).webhooks).toEqual(["a"]);
  expect(causeFor({ s1: {} })).not.toHaveProperty("webhooks");
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
