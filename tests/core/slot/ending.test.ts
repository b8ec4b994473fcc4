import { describe, expect, test } from "vitest";
import { defined } from "../../../src/core/defined.ts";
import { MINUTE } from "../../../src/core/durations.ts";
import type { Deploy } from "../../../src/core/slot/deploy.ts";
import {
  endFinished,
  endStatus,
  markPart,
  showedChange,
  siteError,
  successorOf,
  syncError,
  syncStatus,
  withCauses,
  withCausesOf,
  withOptionsOf,
} from "../../../src/core/slot/ending.ts";
import type { Cause, SiteAsk, Sync, SyncPart } from "../../../src/core/slot/sync.ts";
import { Bench } from "../../support/bench.ts";
import { must, ok, refusedCall } from "../../support/builders.ts";

const running = (sources: readonly string[] = ["a", "b"]) => {
  const bench = new Bench({ sources });
  const { syncId } = bench.accept();
  bench.claimGathered();
  return { bench, syncId };
};

const built: Deploy = { id: "deploy-1", state: "failed" };

describe("how a sync ended", () => {
  const ended = (...statuses: SyncPart["status"][]): Sync => {
    const { bench, syncId } = running();
    const parts = Object.fromEntries(statuses.map((status, i) => [`s${i}`, { status, attempts: 1 }]));
    return { ...bench.sync(syncId), finishedAt: bench.now, parts };
  };

  test.each([
    ["failed", ["succeeded", "cancelled", "superseded", "failed"]],
    ["cancelled", ["succeeded", "superseded", "cancelled"]],
    ["superseded", ["succeeded", "superseded"]],
    ["succeeded", ["succeeded", "succeeded"]],
    ["succeeded", []],
  ] as const)("a sync is %s with parts that ended %j: the worst one decides", (status, parts) => {
    expect(endStatus(ended(...parts))).toBe(status);
  });

  test.each([
    ["failed", "missing"],
    ["succeeded", "queued"],
    ["succeeded", "coalesced"],
  ] as const)("a sync is %s with a site that was %s", (status, outcome) => {
    const sites = [{ siteId: "s", name: "S", buildId: null, outcome }];
    expect(endStatus({ ...ended("succeeded"), sites })).toBe(status);
    expect(endStatus({ ...ended(), sites })).toBe(status);
  });

  test("a sync is cancelled if a person cancelled it, whatever its parts had done by then", () => {
    expect(endStatus({ ...ended("succeeded"), cancelled: true })).toBe("cancelled");
    expect(endStatus({ ...ended("succeeded"), cancelled: false })).toBe("succeeded");
  });
});

describe("why a sync has failed", () => {
  const missing = (siteId: string, fields: Partial<SiteAsk> = {}): SiteAsk => ({
    siteId,
    name: "The site",
    buildId: null,
    outcome: "missing",
    ...fields,
  });

  test("a missing site says whether it was deleted, or its document is damaged; a built one says nothing", () => {
    const deleted = "Site site-1 was deleted. Remove it from the layer's connected sites.";
    expect(siteError(missing("site-1"))).toBe(deleted);
    expect(siteError(missing("site-1", { unreadable: false }))).toBe(deleted);
    expect(siteError(missing("site-1", { unreadable: true }))).toBe(
      "Site site-1 was not built: its stored document is damaged.",
    );
    for (const outcome of ["queued", "coalesced"] as const) {
      expect(siteError(missing("site-1", { outcome, unreadable: true }))).toBeNull();
    }
  });

  const part = (status: SyncPart["status"], error?: string): SyncPart => ({
    status,
    attempts: 1,
    ...defined({ error }),
  });
  const whole = { error: "cancelled by a person" };
  const gone = { sites: [missing("s", { outcome: "queued" }), missing("site-1")] };
  const parts = {
    cancelled: part("cancelled", "removed"),
    retrying: part("retrying", "no answer"),
    failed: part("failed", "answered 500"),
    succeeded: part("succeeded"),
  };

  test.each([
    ["a source that failed for good, before all others", { parts, ...whole, ...gone }, "answered 500"],
    [
      "a missing site, before the reason of the whole sync",
      { parts: { r: parts.retrying }, ...whole, ...gone },
      "Site site-1 was deleted. Remove it from the layer's connected sites.",
    ],
    [
      "the reason of the whole sync, before a source that waits",
      { parts: { r: parts.retrying }, ...whole },
      whole.error,
    ],
    ["a source that waits, before a cancelled one", { parts: { c: parts.cancelled, r: parts.retrying } }, "no answer"],
    ["a cancelled source", { parts: { s: parts.succeeded, c: parts.cancelled } }, "removed"],
    ["nothing where all went well", { parts: { s: parts.succeeded } }, null],
    ["nothing where a failed source says nothing", { parts: { f: part("failed") } }, null],
  ] as const)("a sync's error is that of %s", (_what, fields, error) => {
    const { bench, syncId } = running();
    expect(syncError({ ...bench.sync(syncId), sites: [], ...fields })).toBe(error);
  });

  test("a source shows no change before it has answered, and a change that was only counted is none", () => {
    expect(showedChange(part("running"))).toBeNull();
    expect(showedChange({ ...part("succeeded"), changed: false })).toBe(false);
    expect(showedChange({ ...part("succeeded"), changed: true })).toBe(true);
    expect(showedChange({ ...part("succeeded"), changed: true, countedBecause: "unbuilt-change" })).toBe(false);
  });
});

describe("the publishes of a build that is over", () => {
  /** What an ended build counts in its site's usage. */
  const counted = (fields: Partial<Sync>, ...parts: Partial<SyncPart>[]) => {
    const { bench, syncId } = running();
    const named = parts.map((one, i) => [`s${i}`, { status: "succeeded", attempts: 1, ...one }] as const);
    const sync: Sync = { ...bench.sync(syncId), publishes: 5, ...fields, parts: Object.fromEntries(named) };
    const { usage: _usage, ...slot } = { ...bench.slot, open: { [syncId]: sync } };
    return endFinished(slot, bench.now).slot.usage;
  };
  const month = "2027-01";

  test.each([
    ["all but the one it took, where it succeeded", {}, {}, 4],
    ["all but the one it took, where it failed after a deploy was made", {}, { status: "failed", deploy: built }, 4],
    ["all but the three it took, where it took three attempts", {}, { attempts: 3 }, 2],
    ["none where it took more attempts than it had publishes", {}, { attempts: 9 }, undefined],
    ["all but one where no attempt is on record", {}, { attempts: 0 }, 4],
    ["all but the one it took, where the record says that it was not cancelled", { cancelled: false }, {}, 4],
  ] as const)("an ended build counts its publishes, and saved builds: %s", (_what, fields, part, saved) => {
    expect(counted(fields, part)).toEqual({ [month]: { publishes: 5, saved } });
  });

  test.each([
    ["whose hook refused it", {}, { status: "failed" }],
    ["that a person cancelled", { cancelled: true }, { deploy: built }],
    ["that stands for no publish", { publishes: 0 }, {}],
  ] as const)("an ended build %s counts no publishes", (_what, fields, part) => {
    expect(counted(fields, part)).toBeUndefined();
  });

  test("an ended build counts in the month in which it began, or in the present if it never began", () => {
    const began = Date.UTC(2026, 10, 30);
    expect(Object.keys(counted({ startedAt: began }, {}) ?? {})).toEqual(["2026-11"]);
    expect(Object.keys(counted({ startedAt: null }, {}) ?? {})).toEqual([month]);
  });

  test("an ended build took as many attempts as its most stubborn part, and one made part is enough", () => {
    const parts = [{ attempts: 2 }, { status: "cancelled", attempts: 4 }] as const;
    expect(counted({}, ...parts)).toEqual({ [month]: { publishes: 5, saved: 1 } });
  });
});

describe("the causes of a build", () => {
  const cause = (syncId: string, fields: Partial<Cause> = {}): Cause => ({
    dataLayerId: "one",
    name: "The blog",
    syncId,
    ...fields,
  });
  const idsOf = (causes: readonly Cause[] | undefined) => causes?.map(({ syncId }) => syncId);

  test("a pending build takes on causes, each once; without any, or with nothing pending, nothing changes", () => {
    const bench = new Bench({ sources: ["build"], sites: false });
    expect(withCauses(bench.slot, [cause("s1")])).toBe(bench.slot);
    bench.accept();
    expect(withCauses(bench.slot, [])).toBe(bench.slot);
    const once = withCauses(bench.slot, [cause("s1"), cause("s2")]);
    expect(once).toEqual({ ...bench.slot, pending: { ...bench.slot.pending, causes: [cause("s1"), cause("s2")] } });
    expect(idsOf(withCauses(once, [cause("s1"), cause("s3")]).pending?.causes)).toEqual(["s2", "s1", "s3"]);
  });

  /** A build whose call failed, and the newer one that takes it over. */
  const takenOver = (first: Partial<Sync>, ...second: Cause[]) => {
    const bench = new Bench({ sources: ["build"], sites: false });
    const former = bench.accept();
    bench.claimGathered();
    const known = { ...bench.sync(former.syncId), ...first };
    bench.slot = { ...bench.slot, open: { [former.syncId]: known } };
    bench.settleAll(refusedCall);
    if (second.length === 0) bench.accept();
    for (const one of second) bench.accept({ written: true, cause: one });
    const { syncId } = must(bench.slot.pending);
    bench.claimGathered();
    return { former: bench.sync(former.syncId), newer: bench.sync(syncId) };
  };

  test("a build that takes over a failed one stands for its causes and publishes too, each counted once", () => {
    const first = { causes: [cause("s1"), cause("s2")], publishes: 3 };
    const { former, newer } = takenOver(first, cause("s2", { deliveries: 2 }), cause("s3"));
    expect(idsOf(newer.causes)).toEqual(["s1", "s2", "s3"]);
    expect(newer.publishes).toBe(6);
    expect(former).not.toHaveProperty("publishes");
    expect(idsOf(former.causes)).toEqual(["s1", "s2"]);
  });

  test("a build that takes over a failed one for no publishes has none to count", () => {
    const { newer } = takenOver({ causes: [cause("s1")] });
    expect(idsOf(newer.causes)).toEqual(["s1"]);
    expect(newer).not.toHaveProperty("publishes");
  });

  test("a build that takes over one without causes keeps its own", () => {
    const { former, newer } = takenOver({ publishes: 3 }, cause("s2"));
    expect(idsOf(newer.causes)).toEqual(["s2"]);
    expect([former.publishes, newer.publishes]).toEqual([3, 1]);
  });

  test("a build's record says at its claim what its pending sync knew of its deliveries", () => {
    const bench = new Bench({ sources: ["build"], sites: false });
    const { syncId } = bench.accept({ written: true, cause: cause("s1", { deliveries: 2 }), likeness: 7 });
    bench.claimGathered();
    const known = { causes: [cause("s1", { deliveries: 2 })], likeness: 7, webhooks: ["default"], publishes: 2 };
    expect(bench.sync(syncId)).toMatchObject(known);
  });

  test("a build whose record is gone, as a defect may leave it, changes no other record", () => {
    const bench = new Bench({ sources: ["build"], sites: false });
    const { syncId } = bench.accept({ written: true, cause: cause("s1") });
    bench.claimGathered();
    expect(withCausesOf(bench.slot.open, syncId, "gone")).toBe(bench.slot.open);
    expect(withCausesOf(bench.slot.open, "gone", syncId)).toBe(bench.slot.open);
    expect(withOptionsOf(bench.slot.open, "gone", { full: true, branch: "next" })).toBe(bench.slot.open);
  });
});

describe("the status of an open sync", () => {
  test("an open sync is running while its change waits for the sites, whoever leads the run", () => {
    const { bench, syncId } = running();
    bench.settle({ outcomes: { a: ok({ changed: false }), b: refusedCall } });
    bench.pass(MINUTE);
    const second = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    const status = (id: string) => syncStatus(bench.slot, bench.sync(id));
    expect(bench.run.lead).toBe(second.syncId);
    expect(status(syncId)).toBe("retrying");
    bench.settleAll(ok());
    expect([status(syncId), status(second.syncId)]).toEqual(["running", "running"]);
  });
});

describe("a sync with nothing open", () => {
  const unchanged: SyncPart = { status: "succeeded", attempts: 1, changed: false };
  const check = { type: "schedule", id: "check", at: 1 } as const;
  /** What is left of a sync that ends now, and whether it counts as one in which nothing had changed. */
  const end = (fields: Partial<Sync>, parts: Record<string, SyncPart> = { a: unchanged, b: unchanged }) => {
    const { bench, syncId } = running();
    const sync: Sync = { ...bench.sync(syncId), deliveries: 0, ...fields, parts };
    const { usage: _usage, ...slot } = { ...bench.slot, open: { [syncId]: sync } };
    const over = endFinished(slot, bench.now);
    return {
      recorded: over.ended.length === 1,
      unchanged: Object.values(over.slot.usage ?? {}).reduce((sum, counts) => sum + (counts.unchanged ?? 0), 0),
      counts: over.slot.usage,
      open: Object.keys(over.slot.open).length,
    };
  };

  test("a finished sync goes on record, except a scheduled check that saw nothing new", () => {
    expect(end({ trigger: check })).toMatchObject({ recorded: false, open: 0 });
    expect(end({ trigger: { ...check, type: "manual" } })).toMatchObject({ recorded: true, open: 0 });
    expect(end({ trigger: check, deliveries: 1 }).recorded).toBe(true);
    expect(end({ trigger: check, cancelled: true }).recorded).toBe(true);
    expect(end({ trigger: check, cancelled: false }).recorded).toBe(false);
    expect(end({ trigger: check }, {}).recorded).toBe(true);
    expect(end({ trigger: check }, { a: unchanged, b: { ...unchanged, changed: true } }).recorded).toBe(true);
    expect(end({ trigger: check }, { a: unchanged, b: { status: "succeeded", attempts: 1 } }).recorded).toBe(true);
    expect(end({ trigger: check }, { a: { ...unchanged, status: "failed" } }).recorded).toBe(true);
  });

  test("a finished sync counts as unchanged when it is on record and every part said that nothing had changed", () => {
    const manual = { trigger: { ...check, type: "manual" as const } };
    expect(end(manual).unchanged).toBe(1);
    expect(end(manual, { a: unchanged, b: { ...unchanged, changed: true } })).toMatchObject({
      unchanged: 0,
      counts: undefined,
    });
    expect(end(manual, {}).counts).toBeUndefined();
    expect(end({ trigger: check }).counts).toBeUndefined();
    expect(end(manual, { a: { ...unchanged, status: "superseded" } }).counts).toBeUndefined();
  });
});

describe("the sync that took over", () => {
  const record = (...supersededBy: (string | null)[]): Sync => {
    const { bench, syncId } = running();
    const part = (by: string | null): SyncPart =>
      by === null ? { status: "succeeded", attempts: 1 } : { status: "superseded", attempts: 1, supersededBy: by };
    return { ...bench.sync(syncId), parts: Object.fromEntries(supersededBy.map((by, i) => [`s${i}`, part(by)])) };
  };

  test("a sync has no successor where every part ended by itself", () => {
    expect(successorOf(record(null, null))).toBeNull();
  });

  test("a sync names its successor also where other parts needed none", () => {
    expect(successorOf(record("sync-9", null))).toBe("sync-9");
    expect(successorOf(record(null, "sync-9"))).toBe("sync-9");
  });

  test("a sync names the newest of several successors", () => {
    expect(successorOf(record("sync-3", "sync-8", "sync-5"))).toBe("sync-8");
  });
});

describe("what a record says of a part", () => {
  test("a record's part keeps the error of its last attempt while it waits for the next, and loses it with a success", () => {
    const { bench, syncId } = running(["a"]);
    bench.settleAll(refusedCall);
    const part = () => must(bench.sync(syncId).parts["a"]);
    expect(part()).toEqual({ status: "retrying", attempts: 1, durationMs: 50, error: "the job answered 500" });
    bench.pass(MINUTE).claim();
    expect(part()).toMatchObject({ status: "running", error: "the job answered 500" });
    bench.settleAll(ok());
    expect(part()).toEqual({ status: "succeeded", attempts: 2, durationMs: 50, changed: true });
  });

  test("a record's part is added also if the record had not named it, as after an upgrade", () => {
    const { bench, syncId } = running(["a"]);
    const sync = { ...bench.sync(syncId), parts: {} };
    const slot = { ...bench.slot, open: { [syncId]: sync } };
    const told = (part: Partial<SyncPart>) => markPart(slot, syncId, "a", part).open[syncId]?.parts;
    expect(told({ changed: true })).toEqual({ a: { status: "running", attempts: 0, changed: true } });
  });

  test("a record's part changes nothing where there is no such record any more", () => {
    const { slot } = running(["a"]).bench;
    expect(markPart(slot, "gone", "a", { status: "failed" })).toBe(slot);
  });
});
