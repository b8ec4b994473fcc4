import { describe, expect, test } from "vitest";
import { BODIES_BYTES, RECENT } from "../../../src/core/limits.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import { Bench } from "../../support/bench.ts";
import {
  aConfigurationRequest,
  aManualRequest,
  aRequest,
  must,
  ok,
  refusedCall,
  START,
} from "../../support/builders.ts";

const pending = (bench: Bench) => must(bench.slot.pending, "a pending sync");

describe("a delivery fills the empty slot", () => {
  test("a delivery to an empty slot is queued under the id the sync will run as", () => {
    const bench = new Bench();
    const answer = bench.accept();
    expect(answer).toMatchObject({ queued: true, scope: "all", bodyDropped: false });
    expect(bench.claimGathered()).toMatchObject({ kind: "claimed", run: { lead: answer.syncId } });
  });

  test("an empty slot holds nothing and remembers nothing, and its fencing token goes on", () => {
    expect(emptySlot(7)).toEqual({
      ...{ fence: 7, paused: false, pending: null, running: null, build: null },
      ...{ retry: {}, doubt: {}, built: {}, recent: [], open: {} },
    });
    expect(emptySlot().fence).toBe(0);
  });

  test("a delivery to an empty slot starts its sync one second later, however many follow", () => {
    const bench = new Bench();
    bench.accept();
    bench.pass(900).accept({ slugs: ["a"], body: "1" });
    expect(pending(bench).notBefore).toBe(START + 1000);
  });

  test("a delivery to an empty slot leaves a running sync as it is", () => {
    const bench = new Bench();
    const first = bench.accept();
    bench.claimGathered();
    const running = bench.run;
    const second = bench.accept({ slugs: ["a"] });
    expect(second).toMatchObject({ queued: true, scope: ["a"] });
    expect(second.syncId).not.toBe(first.syncId);
    expect(bench.run).toEqual(running);
  });

  test("a delivery to an empty slot leaves a source that waits for its retry as it is", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(refusedCall);
    const { retry } = bench.slot;
    bench.accept();
    expect(bench.slot.retry).toEqual(retry);
  });
});

describe("a delivery merges into the pending sync", () => {
  test("a coalesced delivery keeps the id of the pending sync, which then covers both", () => {
    const bench = new Bench();
    const first = bench.accept({ slugs: ["b"] });
    const second = bench.accept({ slugs: ["a"] });
    expect(second).toMatchObject({ syncId: first.syncId, queued: false, scope: ["a", "b"] });
    expect(pending(bench).deliveries).toBe(2);
  });

  test("a coalesced delivery for everything absorbs those that name sources, in either order", () => {
    const wideLast = new Bench();
    wideLast.accept({ slugs: ["a"] });
    expect(wideLast.accept().scope).toBe("all");
    const wideFirst = new Bench();
    wideFirst.accept();
    expect(wideFirst.accept({ slugs: ["a"], body: "1" }).scope).toBe("all");
  });

  test("a coalesced delivery that arrived last is the trigger, whichever is decided last", () => {
    const bench = new Bench();
    bench.accept({ id: "newer", slugs: ["a"], receivedAt: START + 50 });
    bench.accept({ id: "older", slugs: ["b"], receivedAt: START });
    expect(pending(bench).trigger.id).toBe("newer");
    bench.accept({ id: "newest", slugs: ["a", "b"], body: "1", receivedAt: START + 60 });
    expect(pending(bench).trigger.id).toBe("newest");
  });

  test("a coalesced delivery that arrived last keeps its body for its source", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: "newer", receivedAt: START + 50 });
    bench.accept({ slugs: ["a"], body: "older", receivedAt: START });
    expect(pending(bench).asks["a"]).toMatchObject({ body: "newer", full: true });
    bench.accept({ slugs: ["a"], body: "newest", receivedAt: START + 60 });
    expect(pending(bench).asks["a"]).toMatchObject({ body: "newest", full: true });
  });

  test("a coalesced configuration change, which alone does not build, loses no earlier request to build", () => {
    const bench = new Bench();
    bench.offer(aConfigurationRequest());
    expect(pending(bench).build).toBe(false);
    bench.accept();
    expect(pending(bench).build).toBe(true);
    bench.offer(aConfigurationRequest());
    expect(pending(bench).build).toBe(true);
  });
});

describe("a call is not full only if it stands for exactly one delivery that named its source", () => {
  const askOf = (bench: Bench) => must(bench.run.parts["a"]).ask;

  test("a call for one delivery that named its source is not full: only what its body says", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: '{"id":5}' });
    bench.claimGathered();
    expect(askOf(bench)).toMatchObject({ full: false, body: '{"id":5}' });
  });

  test("a retry of a call for one delivery stays as narrow as it was", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: '{"id":5}' });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.pass(60_000).claim();
    expect(askOf(bench)).toMatchObject({ full: false, body: '{"id":5}' });
  });

  test.each([
    ["a second delivery for it", { slugs: ["a"] }],
    ["a second body for it", { slugs: ["a"], body: "2" }],
    ["a delivery for everything", {}],
  ])("a call is full for more than one delivery that named its source: %s", (_name, second) => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: "1" });
    bench.accept(second);
    bench.claimGathered();
    expect(askOf(bench).full).toBe(true);
  });

  test("a call is full after a delivery for everything and one that names its source", () => {
    const bench = new Bench();
    bench.accept();
    bench.accept({ slugs: ["a"], body: "1" });
    bench.claimGathered();
    expect(askOf(bench)).toMatchObject({ full: true, body: "1" });
  });

  test("a call is full that takes over a retry", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: "1" });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.accept({ slugs: ["a"], body: "2" });
    bench.claimGathered();
    expect(askOf(bench)).toMatchObject({ full: true, body: "2" });
  });

  test("a call is full if its body was too long to keep", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], full: true });
    bench.claimGathered();
    expect(askOf(bench).full).toBe(true);
  });
});

describe("a delivery that would change nothing but the trigger is answered from the read", () => {
  const standing = () => {
    const bench = new Bench();
    return { bench, first: bench.accept() };
  };

  test("a delivery is answered from the read while the stored trigger is at most one second old", () => {
    const { bench, first } = standing();
    bench.pass(1000);
    const answer = bench.accept();
    expect(answer).toMatchObject({ slot: null, syncId: first.syncId, queued: false, scope: "all" });
  });

  test("a delivery is answered from the read also by an instance whose clock is behind", () => {
    const { bench } = standing();
    bench.pass(-60_000);
    expect(bench.accept().slot).toBeNull();
  });

  test("a delivery is written once the trigger is older, so that the trigger stays fresh", () => {
    const { bench } = standing();
    bench.pass(1001);
    expect(bench.accept().slot).not.toBeNull();
    expect(pending(bench).at).toBe(START + 1001);
  });

  test("a delivery is answered from the read however long it took, if the trigger was stored after it arrived", () => {
    const bench = new Bench();
    const arrived = bench.now;
    const before = bench.rev;
    bench.pass(30).accept();
    bench.pass(4000);
    expect(bench.accept({ receivedAt: arrived }, before).slot).toBeNull();
    expect(bench.accept({ receivedAt: arrived, slugs: ["a"] }, before).slot).toBeNull();
  });

  test("a delivery is written if it arrived over a second after the trigger's time, whose write landed only then", () => {
    const bench = new Bench();
    const before = bench.rev;
    const decided = bench.now;
    bench.accept();
    // A job waits `settleSeconds` from the stored time, and one second more: not long enough for this delivery.
    expect(bench.accept({ receivedAt: decided + 1001 }, before).slot).not.toBeNull();
  });

  test("a delivery decided by a clock that is behind never makes the trigger look older", () => {
    const { bench } = standing();
    bench.pass(-5000).accept({ slugs: ["a"], body: "1" });
    expect(pending(bench).at).toBe(START);
  });

  test("a delivery is written if it names a source that the pending sync does not cover", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"] });
    expect(bench.accept({ slugs: ["b"] }).slot).not.toBeNull();
    expect(bench.accept().slot).not.toBeNull();
  });

  test("a delivery is written if it is the second for a source that would be synced in part", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: "1" });
    expect(bench.accept({ slugs: ["a"] }).slot).not.toBeNull();
    expect(bench.accept({ slugs: ["a"] }).slot).toBeNull();
  });

  test("a delivery is written if sites are to be built and the pending sync would build none", () => {
    const bench = new Bench();
    bench.offer(aConfigurationRequest());
    expect(bench.accept().slot).not.toBeNull();
  });

  test("a person's request is always written", () => {
    const { bench } = standing();
    expect(bench.offer(aManualRequest()).slot).not.toBeNull();
    expect(pending(bench).trigger.type).toBe("manual");
  });
});

describe("a body whose delivery lost the race to write may count as the older one", () => {
  const raced = () => {
    const bench = new Bench();
    const before = bench.rev;
    bench.accept({ slugs: ["a"], body: "1" });
    return { bench, before };
  };

  test("a body that lost the race counts as the older one once the source is to be synced in full anyway", () => {
    const { bench, before } = raced();
    expect(bench.accept({ slugs: ["a"], body: "2" }, before).slot).not.toBeNull();
    expect(bench.accept({ slugs: ["a"], body: "3" }, before).slot).toBeNull();
    expect(pending(bench).asks["a"]?.body).toBe("2");
  });

  test("a body that lost the race does not count as the older one if it arrived after the stored body was written", () => {
    const { bench } = raced();
    bench.accept({ slugs: ["a"], body: "2" });
    expect(bench.accept({ slugs: ["a"], body: "3" }).slot).not.toBeNull();
    expect(pending(bench).asks["a"]?.body).toBe("3");
  });

  test("a body older by arrival than the stored one changes nothing, so nothing is written", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"], body: "1", receivedAt: START + 500 });
    bench.accept({ slugs: ["a"], body: "2", receivedAt: START + 500 });
    expect(bench.accept({ slugs: ["a"], body: "3", receivedAt: START }).slot).toBeNull();
  });
});

describe("a request decided twice is decided once", () => {
  test("a request decided twice finds the sync it asked for by its id, wherever that sync is by then", () => {
    const bench = new Bench();
    const request = aRequest({ slugs: ["a"] });
    const first = bench.offer(request);
    const again = () => {
      const answer = bench.offer(request);
      expect(answer).toMatchObject({ syncId: first.syncId, queued: true, scope: ["a"], slot: null });
    };
    again();
    bench.claimGathered();
    again();
    bench.settleAll(ok());
    bench.built();
    again();
  });

  test("the last deliveries written are remembered, and no more", () => {
    const bench = new Bench();
    for (let i = 0; i <= RECENT; i += 1) bench.accept({ id: `request-${i}`, slugs: ["a"], body: String(i) });
    expect(bench.slot.recent.map(({ id }) => id)).toEqual(Array.from({ length: RECENT }, (_, i) => `request-${i + 1}`));
  });
});

describe("bodies have one budget in a document", () => {
  const big = "x".repeat(16 * 1024);
  const sources = Array.from({ length: 10 }, (_, i) => `s${i}`);
  const held = (bench: Bench) =>
    Object.values(pending(bench).asks).reduce(
      (bytes, { body }) => bytes + Buffer.byteLength(JSON.stringify(body ?? "")),
      0,
    );

  test("a body that does not fit is dropped with a warning, and its source is synced in full", () => {
    const bench = new Bench({ sources });
    const dropped = sources.filter((slug) => bench.accept({ slugs: [slug], body: big }).bodyDropped);
    expect(dropped.length).toBe(sources.length - Math.floor(BODIES_BYTES / (big.length + 2)));
    for (const slug of dropped) expect(pending(bench).asks[slug]).toEqual({ full: true, deliveredAt: bench.now });
  });

  test("a body costs what it takes in the document, including escapes", () => {
    const bench = new Bench({ sources });
    for (const slug of sources) bench.accept({ slugs: [slug], body: '"\u0001😀é'.repeat(1500) });
    expect(held(bench)).toBeLessThanOrEqual(BODIES_BYTES);
  });

  test("a delivery without a body is never touched by the budget of bodies", () => {
    const bench = new Bench({ sources });
    for (const slug of sources) bench.accept({ slugs: [slug], body: big });
    expect(bench.accept({ slugs: ["s0"] }).bodyDropped).toBe(false);
  });

  test("the budget of bodies holds whatever order bodies for overlapping sources arrive in", () => {
    const bench = new Bench({ sources });
    for (let i = 1; i <= sources.length; i += 1) {
      const body = "x".repeat(Math.floor((90 * 1024) / i));
      bench.accept({ slugs: sources.slice(0, i), body, receivedAt: START - i });
    }
    expect(held(bench)).toBeLessThanOrEqual(BODIES_BYTES);
  });

  test("a delivery whose body would be dropped again changes nothing, so nothing is written", () => {
    const bench = new Bench({ sources });
    for (const slug of sources) bench.accept({ slugs: [slug], body: big });
    expect(bench.accept({ slugs: ["s9"], body: big })).toMatchObject({ slot: null, bodyDropped: true });
  });
});
