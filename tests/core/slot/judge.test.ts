import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, HOUR, LEASE, MINUTE } from "../../../src/core/durations.ts";
import { showedChange } from "../../../src/core/slot/ending.ts";
import { noteText } from "../../../src/core/slot/judge.ts";
import { Bench } from "../../support/bench.ts";
import { aConfigurationRequest, must, ok, refusedCall } from "../../support/builders.ts";

const EXPIRED = LEASE + CLOCK_SKEW + 1;
const running = (sources: readonly string[] = ["a"], sites = true) => {
  const bench = new Bench({ sources, sites });
  const { syncId } = bench.accept();
  bench.claimGathered();
  return { bench, part: (slug = "a") => bench.sync(syncId).parts[slug] };
};

describe("the tries on record are the calls that were made", () => {
  test("a record counts the calls made where a worker was lost and then the job failed", () => {
    const { bench, part } = running();
    bench.pass(EXPIRED).claim();
    bench.settleAll(refusedCall);
    expect(part()).toMatchObject({ status: "retrying", attempts: 2 });
  });

  test("a record counts the calls made where the job failed and then a worker was lost", () => {
    const { bench, part } = running();
    bench.settleAll(refusedCall);
    bench.pass(MINUTE).claim();
    bench.pass(EXPIRED).claim();
    expect(part()).toMatchObject({ status: "running", attempts: 2 });
  });
});

describe("a source whose worker vanished", () => {
  test("a source whose worker vanished says so while it waits, paused", () => {
    const { bench } = running();
    bench.pause(true);
    bench.pass(EXPIRED).claim();
    const retry = must(bench.slot.retry["a"]);
    expect(retry.error).toBe("worker_lost: the worker stopped, and another worker took over");
    for (const field of ["location", "deadline", "deploy"]) expect(retry).not.toHaveProperty(field);
  });

  test("a source whose worker vanished three times while its job was polled may have had its effect", () => {
    const { bench } = running();
    for (let lost = 1; lost <= 3; lost += 1) {
      expect(bench.slot.doubt).toEqual({});
      bench.settle({ polled: { a: { location: "https://jobs/1", deadline: bench.now + 60 * MINUTE } } });
      bench.pass(EXPIRED).claim();
    }
    expect(bench.slot.retry["a"]).toMatchObject({ tries: 1 });
    expect(bench.slot.retry["a"]?.location).toBeUndefined();
    expect(bench.slot.doubt).toEqual({ a: bench.now });
  });
});

describe("what a record says of a job's success", () => {
  test("a record says what the job said, and nothing that it did not say", () => {
    const { bench, part } = running(["a", "b"]);
    bench.settle({ outcomes: { a: ok({ records: 0, message: "none\nnew", changed: false }), b: ok() } });
    const success = { status: "succeeded", attempts: 1, durationMs: 50 };
    expect(part("a")).toStrictEqual({ ...success, changed: false, records: 0, message: "none new" });
    expect(part("b")).toStrictEqual({ ...success, changed: true });
  });

  test("a run in which nothing changed puts no change off", () => {
    const { bench } = running();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot).not.toHaveProperty("unbuilt");
  });

  test("a change that is put off has a version only if its job named one", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settle({ outcomes: { a: ok({ version: "1" }), b: ok() } });
    const at = bench.now;
    expect(bench.slot.unbuilt).toStrictEqual({ a: { at, version: "1" }, b: { at } });
  });
});

describe("what changed is built", () => {
  test("a change is built if more than a change of the configuration asked for any of it", () => {
    const { bench } = running(["a", "b"]);
    bench.settle({ outcomes: { a: refusedCall, b: ok({ changed: false }) } });
    bench.pass(MINUTE).offer(aConfigurationRequest({ slugs: ["b"] }));
    bench.claimGathered();
    expect(bench.run.parts).toMatchObject({ a: { build: true }, b: { build: false } });
    bench.settleAll(ok());
    expect(bench.slot.build?.changed.sort()).toEqual(["a", "b"]);
  });

  test("a change is built by its version, without doubt, where a configuration sync got a version", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settle({ outcomes: { a: ok({ version: "1" }), b: ok() } });
    expect(bench.slot).toMatchObject({ build: null, built: {}, doubt: { b: bench.now } });
    expect(bench.slot.doubt["a"]).toBeUndefined();
    bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(ok({ version: "1" }));
    expect(bench.slot.build).toMatchObject({ changed: ["a"], versions: { a: "1" } });
  });

  test("a change that is built leaves nothing behind of a source that was removed meanwhile", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.configure(["b"]);
    bench.settleAll(ok());
    expect(bench.slot.doubt).toEqual({ b: bench.now });
    const siteless = running(["a", "b"], false);
    siteless.bench.configure(["b"]);
    siteless.bench.settleAll(ok({ version: "1" }));
    expect(siteless.bench.slot.built).toStrictEqual({ b: "1" });
  });

  test("a change without a version is not kept where no site is connected", () => {
    const { bench } = running(["a", "b"], false);
    bench.settle({ outcomes: { a: ok({ version: "1" }), b: ok() } });
    expect(bench.slot.built).toStrictEqual({ a: "1" });
  });
});

describe("what a record says of a source that is built although it showed no change", () => {
  /** The source after a configuration sync that was answered so, and then one publish. */
  const twice = (first: ReturnType<typeof ok>, second: ReturnType<typeof ok>) => {
    const bench = new Bench({ sources: ["a"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settleAll(first);
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(second);
    const { countedBecause = null, ...part } = bench.sync(syncId).parts["a"] ?? { status: "running", attempts: 0 };
    return { bench, because: countedBecause, showed: showedChange({ ...bench.sync(syncId).parts["a"], ...part }) };
  };
  const unchanged = ok({ changed: false });

  test.each([
    ["says that nothing changed since an unbuilt change", ok(), unchanged, false, "unbuilt-change"],
    ["has the version of an unbuilt change", ok({ version: "1" }), ok({ version: "1" }), false, "unbuilt-change"],
    ["has another version than the unbuilt change", ok({ version: "1" }), ok({ version: "2" }), true, null],
    ["says that it has changed again", ok(), ok({ changed: true }), true, null],
    ["says nothing of changes", ok(), ok(), true, null],
  ] as const)(
    "a record says what the job said, and why an unchanged source is built: it %s",
    (_, first, second, showed, because) => {
      const { bench, ...said } = twice(first, second);
      expect(said).toEqual({ showed, because });
      expect(bench.slot.build?.changed).toEqual(["a"]);
    },
  );

  test("a record names an earlier call that got no answer", () => {
    const { bench, part } = running();
    bench.pass(EXPIRED).claim();
    bench.settleAll(ok({ changed: false }));
    expect(part()).toMatchObject({ changed: true, countedBecause: "unanswered-call" });
  });

  test("a record names the later call that got no answer, where an unbuilt change came before it", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settleAll(ok());
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.pass(EXPIRED).claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.sync(syncId).parts["a"]).toMatchObject({ countedBecause: "unanswered-call" });
  });

  test.each([
    ["with a version", ok({ version: "1" }), ok({ version: "1" })],
    ["without", ok(), unchanged],
  ] as const)("a record names the change whose build a person cancelled, %s", (_, first, second) => {
    const { bench } = running();
    bench.settleAll(first);
    bench.cancel(bench.run.lead);
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(second);
    expect(bench.sync(syncId).parts["a"]).toMatchObject({ changed: true, countedBecause: "unbuilt-change" });
  });

  test("a record says once why an unchanged source is built: what is built is delayed no longer", () => {
    const { bench } = twice(ok({ version: "1" }), ok({ version: "1" }));
    expect(bench.slot.unbuilt).toEqual({});
    bench.built();
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ version: "1" }));
    const part = bench.sync(syncId).parts["a"];
    expect([part?.changed, part?.countedBecause]).toEqual([false, undefined]);
  });

  test("a record's reason to build is forgotten with a source that is removed", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settleAll(ok());
    bench.configure(["b"]);
    expect(bench.slot.unbuilt).toEqual({ b: { at: bench.now } });
  });
});

test("a job's text is read no further than twice what a record holds", () => {
  expect(noteText(`${"\u0000".repeat(320)}abc`)).toBe(" ");
  expect(noteText(`${"\u0000".repeat(317)}abc`)).toBe(" abc");
});

describe("a try that fails long after the first call of its source", () => {
  test("an attempt that fails long after the first call is not the last one if there were fewer than five", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({ polled: { a: { location: "https://jobs/1", deadline: bench.now + HOUR } } });
    bench.pass(HOUR).settleAll(refusedCall);
    expect(bench.slot.retry["a"]).toMatchObject({ tries: 1, due: bench.now + MINUTE });
  });
});

describe("what a job says is cut before it is kept anywhere", () => {
  test("a job's text is cut before it is stored, also in a run that goes on as on record", () => {
    const bench = new Bench({ sources: ["a", "b", "c"] });
    bench.accept();
    bench.claimGathered();
    const long = "x".repeat(1000);
    bench.settle({ outcomes: { a: ok({ message: long, version: long }), b: { ...refusedCall, error: long } } });
    const { a, b } = bench.run.parts;
    expect(a?.outcome).toMatchObject({ kind: "ok", message: `${"x".repeat(155)}…` });
    expect(JSON.stringify(a?.outcome).length).toBeLessThan(400);
    expect(b?.outcome).toMatchObject({ kind: "failed", error: `${"x".repeat(155)}…` });
  });
});
