import { describe, expect, test } from "vitest";
import { BODIES_BYTES, CAUSES, SOURCES } from "../../../src/core/limits.ts";
import { mergeAsk } from "../../../src/core/slot/accept.ts";
import { askAll } from "../../../src/core/slot/cancel.ts";
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
