import { describe, expect, test } from "vitest";
import { defined } from "../../../src/core/defined.ts";
import { PATIENCE } from "../../../src/core/durations.ts";
import { BODIES_BYTES, CAUSES, SOURCES } from "../../../src/core/limits.ts";
import { mergeAsk, type Request } from "../../../src/core/slot/accept.ts";
import { askAll } from "../../../src/core/slot/cancel.ts";
import type { Cause, Trigger } from "../../../src/core/slot/sync.ts";
import { Bench } from "../../support/bench.ts";
import { aConfigurationRequest, aManualRequest, aRequest, must, refusedCall, START } from "../../support/builders.ts";

const pending = (bench: Bench) => must(bench.slot.pending, "a pending sync");

describe("of two bodies for one source", () => {
  const ask = (body: string, at: number) => ({ full: false, body, bodyAt: at, bodyRev: at + 1, bodySetAt: at + 2 });

  test("the newest body by arrival is stored, with its time and the revision of its write", () => {
    for (const [older, newer] of [
      [ask("1", 100), ask("2", 200)],
      [ask("2", 200), ask("1", 100)],
    ] as const) {
      expect(mergeAsk(older, newer)).toStrictEqual({ ...ask("2", 200), full: true });
    }
  });

  test("two bodies for one source that arrived at one time keep the one decided last", () => {
    expect(mergeAsk(ask("1", 100), ask("2", 100))).toMatchObject({ body: "2" });
  });

  test("a body that an older release wrote without a time is kept all the same", () => {
    expect(mergeAsk({ full: false, body: "1" }, { full: true })).toStrictEqual({ full: true, body: "1" });
    expect(mergeAsk({ full: false, body: "1" }, ask("2", 200))).toStrictEqual({ ...ask("2", 200), full: true });
    expect(mergeAsk({ full: true }, { full: false, body: "1" })).toStrictEqual({ full: true, body: "1" });
  });
});

describe("of two deliveries for one source", () => {
  test("the later delivery counts for `settleSeconds`, also if a clock that is behind decides last", () => {
    const ask = (deliveredAt: number) => ({ full: false, deliveredAt });
    expect(mergeAsk(ask(200), ask(100)).deliveredAt).toBe(200);
    expect(mergeAsk(ask(100), ask(200)).deliveredAt).toBe(200);
    expect(mergeAsk(ask(200), { full: true }).deliveredAt).toBe(200);
    expect(mergeAsk({ full: true }, { full: true })).toStrictEqual({ full: true });
  });
});

describe("what no delivery asks for is answered from the read", () => {
  const unwritten = { written: false } as const;

  test("a request to build again is answered from the read if the same was requested a moment ago, by anybody", () => {
    const bench = new Bench();
    bench.offer(aConfigurationRequest());
    expect(bench.offer(aConfigurationRequest(unwritten)).slot).toBeNull();
    bench.pass(2000);
    expect(bench.offer(aConfigurationRequest({ ...unwritten, receivedAt: bench.now })).slot).not.toBeNull();
  });

  test("a request for everything is written if only named sources are pending", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"] });
    expect(bench.offer(aManualRequest(unwritten))).toMatchObject({ scope: "all", slot: {} });
  });

  test("a request to build is written if what is pending would build none", () => {
    const bench = new Bench();
    bench.offer(aConfigurationRequest());
    expect(bench.offer(aManualRequest(unwritten)).slot).not.toBeNull();
    expect(pending(bench).build).toBe(true);
  });
});

describe("a delivery that is sent again", () => {
  test("a delivery sent again is answered under the name of the first, whatever its own name is", () => {
    const bench = new Bench();
    const first = bench.accept({ id: "webhook.once", deliveryId: "delivery-1" });
    expect(first).not.toHaveProperty("deliveryId");
    expect(bench.accept({ id: "webhook.once", deliveryId: "delivery-2" })).toMatchObject({
      syncId: first.syncId,
      deliveryId: "delivery-1",
      slot: null,
    });
  });

  test("a delivery sent again has no other name if it never had one", () => {
    const bench = new Bench();
    bench.accept({ id: "delivery-1" });
    expect(bench.slot.recent[0]).not.toHaveProperty("deliveryId");
    expect(bench.accept({ id: "delivery-1" })).not.toHaveProperty("deliveryId");
  });
});

describe("what a person lets go", () => {
  test("a release by a person frees everything pending at once, and nothing else does", () => {
    const bench = new Bench();
    bench.accept();
    expect(pending(bench)).not.toHaveProperty("released");
    bench.offer(aManualRequest({ released: true }));
    expect(pending(bench).released).toBe(true);
    bench.pass(2000).accept();
    expect(pending(bench).released).toBe(true);
  });
});

test("a sync that becomes one of everything, and stands for no delivery, has none to wait for", () => {
  const bench = new Bench();
  bench.offer(aConfigurationRequest({ slugs: ["a"] }));
  expect(askAll(pending(bench))).toStrictEqual({ ...pending(bench), all: true, asks: {} });
});

describe("a body that arrived before the one that stands was kept counts as the older one", () => {
  test("a body counts as the older one by the clock alone, if nobody else wrote meanwhile", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: "1", receivedAt: START - 100 });
    bench.accept({ slugs: ["a"], body: "2", receivedAt: START - 100 });
    expect(bench.accept({ slugs: ["a"], body: "3", receivedAt: START - 50 }).slot).toBeNull();
    expect(bench.accept({ slugs: ["a"], body: "4", receivedAt: START }).slot).not.toBeNull();
  });

  test("a first body for a source is always written", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], full: true });
    expect(bench.accept({ slugs: ["a"], body: "1" }).slot).not.toBeNull();
    expect(pending(bench).asks["a"]?.body).toBe("1");
  });
});

describe("the budget of bodies", () => {
  const sources = Array.from({ length: 10 }, (_, i) => `s${i}`);
  const big = "x".repeat(16 * 1024);
  const filled = () => {
    const bench = new Bench({ sources });
    const kept = sources.filter((slug) => !bench.accept({ slugs: [slug], body: big }).bodyDropped);
    return { bench, kept };
  };

  test("the budget of bodies counts those that a run has taken, and those that wait for another attempt", () => {
    const { bench, kept } = filled();
    bench.claimGathered();
    expect(bench.accept({ slugs: ["s0"], body: big }).bodyDropped).toBe(true);
    bench.settleAll(refusedCall);
    expect(Object.keys(bench.slot.retry)).toEqual(expect.arrayContaining(kept));
    expect(bench.accept({ slugs: ["s1"], body: big }).bodyDropped).toBe(true);
  });

  test("the budget of bodies may be used to its last byte", () => {
    const bench = new Bench({ sources });
    expect(bench.accept({ slugs: ["s0"], body: "x".repeat(BODIES_BYTES - 2) }).bodyDropped).toBe(false);
    const over = new Bench({ sources });
    expect(over.accept({ slugs: ["s0"], body: "x".repeat(BODIES_BYTES - 1) }).bodyDropped).toBe(true);
  });

  test("the budget of bodies, overdrawn by a release with a larger one, costs a delivery without a body nothing", () => {
    const { slot } = new Bench({ sources });
    const retry = { syncId: "s", tries: 1, lost: 0, since: START, build: true, callFence: 1, due: START, error: "" };
    const ask = { full: false, body: "x".repeat(2 * BODIES_BYTES) };
    const bench = new Bench({ sources, slot: { ...slot, retry: { s0: { ...retry, ask } } } });
    expect(bench.accept({ slugs: ["s1"] })).toMatchObject({ bodyDropped: false, scope: ["s1"] });
    expect(pending(bench).asks["s1"]).toEqual({ full: false, deliveredAt: bench.now });
  });
});

describe("an answer names the revision it rests on", () => {
  test("an answer names the revision of its write, or of the read it was answered from", () => {
    const bench = new Bench();
    const before = bench.rev;
    expect(bench.accept().revision).toBe(before + 1);
    expect(bench.accept()).toMatchObject({ slot: null, revision: before + 1 });
  });

  test("an answer names the revision of the first decision, when the request is decided again", () => {
    const bench = new Bench();
    const request = aRequest({ id: "again" });
    const { revision } = bench.offer(request);
    bench.accept({ slugs: ["a"], body: "1" });
    expect(bench.offer(request)).toMatchObject({ revision, bodyDropped: false });
  });

  test("an answer names the revision of the read, where an older release did not keep the write's", () => {
    const { slot } = new Bench();
    const bench = new Bench({ slot: { ...slot, recent: [{ id: "old", syncId: "sync-0", queued: true }] } });
    expect(bench.accept({ id: "old" })).toMatchObject({ syncId: "sync-0", revision: bench.rev, slot: null });
  });
});

describe("a request that is decided again is told what its sync covers by then", () => {
  test("a request decided again learns what others added to its sync while that is pending", () => {
    const bench = new Bench();
    const request = aRequest({ slugs: ["a"] });
    bench.offer(request);
    bench.accept({ slugs: ["b"] });
    expect(bench.offer(request).scope).toEqual(["a", "b"]);
  });

  test("a request decided again learns what it asked for itself once its sync is over", () => {
    const over = (slugs: string[]) => {
      const bench = new Bench();
      const request = aRequest({ slugs });
      bench.cancel(bench.offer(request).syncId);
      return bench.offer(request).scope;
    };
    expect(over([])).toBe("all");
    expect(over(["b", "a"])).toEqual(["a", "b"]);
  });
});

describe("a pending build", () => {
  test("a pending build names the newest of the syncs that asked for it, and no more than there is room for", () => {
    const bench = new Bench({ sources: ["build"], sites: false });
    for (let i = 0; i <= CAUSES; i += 1) {
      bench.accept({ written: true, cause: { dataLayerId: "one", name: "The blog", syncId: `s${i}` } });
    }
    expect(pending(bench).causes?.map(({ syncId }) => syncId)).toEqual(
      Array.from({ length: CAUSES }, (_, i) => `s${i + 1}`),
    );
    bench.accept({ written: true });
    expect(pending(bench).causes).toHaveLength(CAUSES);
  });
});

describe("what a pending build says of the syncs that asked for it", () => {
  const cause = (syncId: string, fields: Partial<Cause> = {}): Cause => ({
    dataLayerId: "one",
    name: "The blog",
    syncId,
    ...fields,
  });
  /** The pending build after requests with these causes. */
  const asked = (...causes: (Cause | undefined)[]) => {
    const bench = new Bench({ sources: ["build"], sites: false });
    for (const one of causes) bench.accept({ written: true, ...(one === undefined ? {} : { cause: one }) });
    return pending(bench);
  };

  test("a sync that asks for its build again is named once, as the newest, with its newest words", () => {
    const [first, other, again] = [cause("s1", { future: "kept" }), cause("s2"), cause("s1", { name: "The journal" })];
    expect(asked(first, other, again).causes).toStrictEqual([other, { ...first, name: "The journal" }]);
  });

  test("a sync that asks for its build again keeps the time of its first publish", () => {
    const at = (...times: (number | undefined)[]) =>
      asked(...times.map((publishedAt) => cause("s1", defined({ publishedAt })))).causes?.[0]?.publishedAt;
    expect([at(5, 9), at(9, 5), at(5, undefined), at(undefined, 5)]).toEqual([5, 5, 5, 5]);
    expect(asked(cause("s1"), cause("s1")).causes).toStrictEqual([cause("s1")]);
  });

  test.each([
    ["the deliveries of its cause", [cause("s1", { deliveries: 3 })], 3],
    ["one for a cause that a former release stored without a number", [cause("s1")], 1],
    ["the sum of several causes", [cause("s1", { deliveries: 3 }), cause("s2", { deliveries: 2 })], 5],
    ["no delivery twice that an earlier request counted", [cause("s1", { deliveries: 3, counted: 2 })], 1],
    ["none for a build that is made again", [cause("s1", { deliveries: 3, again: true })], undefined],
    ["none where an earlier request counted more", [cause("s1", { deliveries: 1, counted: 2 })], undefined],
    ["none without a cause", [undefined], undefined],
    ["what a request without a cause found", [cause("s1", { deliveries: 3 }), undefined], 3],
  ])("the publishes of a pending build are %s", (_what, causes, publishes) => {
    expect(asked(...causes).publishes).toBe(publishes);
    if (publishes === undefined) expect(asked(...causes)).not.toHaveProperty("publishes");
  });
});

describe("what a person asks of one build", () => {
  /** The pending build after a request of a person for each string (its branch), and a publish for each null. */
  const branchAfter = (...requests: (string | undefined | null)[]) => {
    const bench = new Bench({ sources: ["build"], sites: false });
    for (const branch of requests) {
      if (branch === null) bench.accept({ written: true });
      else bench.offer(aManualRequest({ branch }));
    }
    return pending(bench).branch;
  };

  test.each([
    ["the branch that a person named", ["preview"], "preview"],
    ["the branch that a person named last", ["preview", "next"], "next"],
    ["the branch that a person named before a request without one", ["preview", undefined], "preview"],
    ["no branch where nobody named one", [undefined], undefined],
    ["no branch after a publish, which has to go live", ["preview", null], undefined],
    ["the branch that a person named after a publish", [null, "preview"], "preview"],
  ])("a pending build is for %s", (_what, requests, branch) => {
    expect(branchAfter(...requests)).toBe(branch);
  });

  test("a pending build clears its cache once a person asked for that, whoever asks afterwards", () => {
    const bench = new Bench({ sources: ["build"], sites: false });
    bench.offer(aManualRequest({ clearCache: false }));
    expect(pending(bench)).not.toHaveProperty("clearCache");
    bench.offer(aManualRequest({ clearCache: true }));
    bench.offer(aManualRequest());
    bench.accept({ written: true });
    expect(pending(bench).clearCache).toBe(true);
  });

  /** The build's call after a first request whose call failed, and a second one. */
  const calledWith = (first: Partial<Request> | null, second: Partial<Request>) => {
    const bench = new Bench({ sources: ["build"], sites: false });
    if (first !== null) {
      bench.offer(aManualRequest(first));
      bench.claimGathered();
      bench.settleAll(refusedCall);
    }
    const { syncId } = bench.offer(aManualRequest({ receivedAt: bench.now, ...second }));
    bench.claimGathered();
    return { ask: must(bench.run.parts["build"]).ask, record: bench.sync(syncId) };
  };

  test.each([
    ["the branch of its one request", null, { branch: "preview" }, "preview"],
    ["the branch that both requests name", { branch: "preview" }, { branch: "preview" }, "preview"],
    ["the site's branch where the requests name two", { branch: "preview" }, { branch: "next" }, undefined],
    ["the site's branch where only the failed one names one", { branch: "preview" }, {}, undefined],
    ["the site's branch where only the newer one names one", {}, { branch: "preview" }, undefined],
  ])(
    "a build that takes a failed one over is called for %s, and its record says so",
    (_what, first, second, branch) => {
      const { ask, record } = calledWith(first, second);
      expect([ask.branch, record.branch]).toEqual([branch, branch]);
      expect([ask, record].map((one) => Object.hasOwn(one, "branch"))).toEqual(Array(2).fill(branch !== undefined));
    },
  );

  test("a build is called with a cleared cache, and its record says so, where a person asked for that", () => {
    const { ask, record } = calledWith(null, { clearCache: true });
    expect([ask.clearCache, record.clearCache]).toEqual([true, true]);
    const plain = calledWith(null, {});
    for (const one of [plain.ask, plain.record]) expect(one).not.toHaveProperty("clearCache");
  });
});

describe("what a pending sync says of its deliveries", () => {
  const taken = (bench: Bench, webhook: Trigger["webhook"], fields: Partial<Request> = {}) => {
    const id = `delivery-${bench.rev}`;
    const trigger = { type: "webhook", id, at: bench.now, ...defined({ webhook }) } as const;
    bench.accept({ id, written: true, trigger, ...fields });
  };
  const named = (ref: string) => ({ ref, name: `Webhook ${ref}` });

  test("a pending sync names the webhooks that took its deliveries, each once, and the newest three", () => {
    const bench = new Bench();
    const webhooksAfter = (webhook: Trigger["webhook"]) => {
      taken(bench, webhook);
      return pending(bench).webhooks;
    };
    expect(webhooksAfter(undefined)).toBeUndefined();
    expect(pending(bench)).not.toHaveProperty("webhooks");
    expect(webhooksAfter("default")).toEqual(["default"]);
    expect(webhooksAfter(named("a"))).toEqual(["default", "a"]);
    expect(webhooksAfter("default")).toEqual(["a", "default"]);
    expect(webhooksAfter(undefined)).toEqual(["a", "default"]);
    expect(webhooksAfter(named("b"))).toEqual(["a", "default", "b"]);
    expect(webhooksAfter(named("c"))).toEqual(["default", "b", "c"]);
    const { syncId } = pending(bench);
    bench.claimGathered();
    expect(bench.sync(syncId).webhooks).toEqual(["default", "b", "c"]);
  });

  test.each([
    ["the likeness of its one delivery", [7], 7],
    ["the likeness that all its deliveries have", [7, 7], 7],
    ["no likeness where two deliveries differ", [7, 8], undefined],
    ["no likeness where one delivery says nothing", [7, undefined], undefined],
    ["no likeness that only the last deliveries have", [undefined, 7, 7], undefined],
  ])("a pending sync has %s", (_what, likenesses, expected) => {
    const bench = new Bench();
    for (const likeness of likenesses) taken(bench, "default", { likeness });
    expect(pending(bench).likeness).toBe(expected);
    expect(Object.hasOwn(pending(bench), "likeness")).toBe(expected !== undefined);
  });

  test("a pending sync keeps the time at which it was filled, however many deliveries join it", () => {
    const bench = new Bench();
    taken(bench, "default");
    bench.pass(500);
    taken(bench, "default");
    expect(pending(bench)).toMatchObject({ filledAt: START, at: START + 500 });
  });

  test("a written request counts in its month: as a delivery or not, and whether it joined a pending sync", () => {
    const bench = new Bench();
    const counts = () => Object.values(bench.slot.usage ?? {})[0];
    bench.offer(aManualRequest());
    expect(counts()).toEqual({ asked: 1 });
    taken(bench, "default");
    expect(counts()).toMatchObject({ asked: 2, deliveries: 1, coalesced: 1 });
    expect(bench.accept().slot).toBeNull();
    expect(counts()).toMatchObject({ asked: 2, deliveries: 1, coalesced: 1 });
  });
});

describe("a delivery that others write beside", () => {
  test("a delivery waits for nobody that fills the slot, or that must be written", () => {
    const bench = new Bench();
    expect(bench.accept({ slugs: ["a"] })).not.toHaveProperty("contention");
    expect(bench.accept({ slugs: ["a"], written: true })).not.toHaveProperty("contention");
  });

  test("a delivery gives way for as long as its sources were named a moment ago", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"] });
    bench.pass(100);
    expect(bench.accept({ slugs: ["a"] }).contention).toEqual({ since: 100, patience: PATIENCE - 100 });
    bench.pass(50);
    expect(bench.accept({ slugs: ["a"], body: "1" }).contention).toEqual({ since: 50, patience: PATIENCE - 50 });
  });

  test("a delivery that names a source first must not wait", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"] });
    const { contention } = bench.accept({ slugs: ["b"] });
    expect(contention?.patience).toBeLessThanOrEqual(0);
  });

  test("a request of a person gives way by the newest request of anybody", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"] });
    bench.pass(100);
    const { contention } = bench.offer(aManualRequest({ slugs: ["b"], written: false, receivedAt: bench.now }));
    expect(contention).toEqual({ since: 100, patience: PATIENCE - 100 });
  });
});

describe("a sync of a build layer", () => {
  const label = (i: number) => `l${String(i).padStart(2, "0")}`;
  const labels = Array.from({ length: SOURCES }, (_, i) => label(i));

  test("a sync of a build layer names as many labels as a layer may have sources; with one more it is one of everything", () => {
    const bench = new Bench({ sources: [] });
    for (const slug of labels) bench.accept({ slugs: [slug] });
    expect(bench.accept({ slugs: ["l00"], body: "1" }).scope).toEqual(labels);
    expect(bench.accept({ slugs: [label(SOURCES)] }).scope).toBe("all");
    expect(pending(bench)).toMatchObject({ all: true, asks: {} });
  });
});
