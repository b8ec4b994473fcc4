import { beforeEach, describe, expect, test } from "vitest";
import type { OutgoingAnswer } from "../../../src/app/deps.ts";
import { callSource, type SourceCall } from "../../../src/app/worker/callSource.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { Part } from "../../../src/core/slot/slot.ts";
import type { Progress } from "../../../src/core/worker/phases.ts";
import { DIRECT_LIMIT } from "../../../src/core/worker/timeLeft.ts";
import { answer, World } from "../world.ts";

let world: World;
let located: [string, number][];
let sure: boolean;
const leaving = { abort: new AbortController() };

const part = (more: Partial<Part> = {}): Part => ({
  syncId: "sync-1",
  tries: 0,
  lost: 0,
  since: 0,
  ask: { full: true },
  build: true,
  callFence: 7,
  riding: false,
  ...more,
});

const call = async (more: Partial<Part> = {}, timeoutSeconds = 900, pass = 20 * MINUTE): Promise<Progress | "open"> => {
  const one: SourceCall = {
    layerId: "layer-one",
    source: world.source("a", timeoutSeconds),
    part: part(more),
    trigger: { type: "webhook", id: "delivery-1", at: world.clock.now, webhook: { ref: "wh_1", name: "CMS" } },
    mayCall: () => sure,
    signal: leaving.abort.signal,
    polled: (location, deadline) => located.push([location, deadline - world.clock.now]),
  };
  let done: Progress | "open" = "open";
  void callSource(world.deps(), one).then((progress) => {
    done = progress;
  });
  await world.clock.pass(pass);
  return done;
};

const failure = (error: string | RegExp, unanswered: boolean) => ({
  kind: "decided",
  outcome: expect.objectContaining({ kind: "failed", error: expect.stringMatching(error), unanswered }),
});
const posts = (): number => world.calls.filter(({ method }) => method === "POST").length;
const polls = (): number => world.calls.filter(({ method }) => method === "GET").length;

beforeEach(() => {
  world = new World();
  located = [];
  sure = true;
  leaving.abort = new AbortController();
});

describe("a job that answers directly", () => {
  test.each([200, 201, 204])("a direct answer of %i is done, with what it says", async (status) => {
    world.jobs.set("https://jobs.test/a", () =>
      answer(status, { changed: false, version: 7, records: 3, message: "hi", more: 1 }),
    );
    expect(await call()).toMatchObject({
      kind: "decided",
      outcome: { kind: "ok", changed: false, version: "7", records: 3, message: "hi" },
    });
  });

  test.each(['{"changed":"no","records":"x","version":null}', "no json", "", "[]", "null", '"text"'])(
    "an answer that says nothing of use is done all the same: %s",
    async (text) => {
      const said: OutgoingAnswer = { kind: "answer", status: 200, location: null, retryAfter: null, text };
      world.jobs.set("https://jobs.test/a", () => said);
      expect(await call()).toEqual({ kind: "decided", outcome: { kind: "ok", durationMs: 0 } });
    },
  );

  test.each([301, 302, 400, 401, 404, 409, 422, 429, 500, 503])(
    "a direct answer of %i has failed, and was an answer",
    async (status) => {
      world.jobs.set("https://jobs.test/a", () => answer(status));
      expect(await call()).toEqual(failure(`the job answered ${status}`, false));
    },
  );

  test("a call without an answer within its time, or five minutes at most, has failed and may have had its effect", async () => {
    world.jobs.set("https://jobs.test/a", () => new Promise<never>(() => undefined));
    expect(await call({}, 30, 29 * SECOND)).toBe("open");
    expect(await call({}, 30, 31 * SECOND)).toEqual(failure("timed out", true));
    expect(await call({}, 900, DIRECT_LIMIT - SECOND)).toBe("open");
    expect(await call({}, 900, DIRECT_LIMIT + SECOND)).toEqual(failure("timed out", true));
  });

  test("a call says which attempt it is, in full or not, and is signed under its own key", async () => {
    world.jobs.set("https://jobs.test/a", () => answer(200));
    await call({ tries: 2, lost: 1, riding: true, ask: { full: false, body: "plain <text>" } });
    const [sent] = world.calls;
    expect(JSON.parse(sent?.body ?? "")).toMatchObject({
      type: "sync.requested",
      dataLayerId: "layer-one",
      syncId: "sync-1",
      dataSource: "a",
      full: false,
      attempt: 4,
      fencingToken: 7,
      trigger: { type: "retry", of: "webhook", webhook: { ref: "wh_1", name: "CMS" } },
      webhookBody: "plain <text>",
      callbackUrl: "https://hook.test/layer-one/sync-1/a/7",
    });
    expect(sent?.headers).toMatchObject({ "idempotency-key": "sync-1/a/7", "webhook-id": "sync-1/a/7" });
  });

  test("two calls under one key are the same bytes", async () => {
    world.jobs.set("https://jobs.test/a", () => answer(500));
    const body = '{"b":1,"a":[2]}';
    await call({ ask: { full: false, body } });
    await call({ ask: { full: false, body } });
    expect(new Set(world.calls.map((sent) => sent.body?.replace(/"at":"[^"]*"/, ""))).size).toBe(1);
  });

  test("a source whose secret cannot be read is not called, and says what to do", async () => {
    const source = { ...world.source("a"), secret: "unreadable" };
    const deps = { ...world.deps(), sealer: { ...world.deps().sealer, open: () => null } };
    const progress = await callSource(deps, {
      layerId: "layer-one",
      source,
      part: part(),
      trigger: { type: "manual", id: "x", at: 0 },
      mayCall: () => true,
      signal: leaving.abort.signal,
      polled: () => undefined,
    });
    expect(progress).toEqual(failure("Rotate the secret", false));
    expect(posts()).toBe(0);
  });
});

describe("a job that is polled", () => {
  const location = "/jobs/7?x=1";
  const at = "https://jobs.test/jobs/7";
  beforeEach(() => {
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location }));
  });

  test("a polled job is polled at its Location, resolved against its own URL, until 200, and its place is stored before", async () => {
    let left = 5;
    world.jobs.set(at, () => {
      expect(located).toHaveLength(1);
      left -= 1;
      return left > 0 ? answer([202, 204, 500, 429][left % 4] ?? 202) : answer(200, { records: 9 });
    });
    expect(await call()).toMatchObject({ outcome: { kind: "ok", records: 9 } });
    expect(located).toEqual([["https://jobs.test/jobs/7?x=1", 900 * SECOND]]);
    expect([posts(), polls()]).toEqual([1, 5]);
  });

  test.each([
    ["https://jobs.test/jobs/7", true],
    ["/jobs/7", true],
    ["https://jobs.test:8443/jobs/7", false],
    ["https://other.test/jobs/7", false],
    ["http://jobs.test/jobs/7", false],
  ])("a polled job at %s is polled with a signature only on the source's own origin", async (to, isSigned) => {
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: to }));
    world.jobs.set(new URL(to, "https://jobs.test").href, () => answer(200));
    expect(await call()).toMatchObject({ outcome: { kind: "ok" } });
    const [posted, polled] = world.calls;
    const signed = (request = polled) =>
      Object.keys(request?.headers ?? {}).filter((name) => name.startsWith("webhook-"));
    expect(signed(posted)).toHaveLength(3);
    expect(signed()).toHaveLength(isSigned ? 3 : 0);
  });

  test.each([400, 401, 404, 410, 422])("a poll's answer of %i ends the job as failed", async (status) => {
    world.jobs.set(at, () => answer(status));
    expect(await call()).toEqual(failure(`${status}`, false));
    expect(polls()).toBe(1);
  });

  test.each([408, 425, 429, 500, 502, 503])(
    "a poll's answer of %i says nothing of the job, which is polled again",
    async (status) => {
      let asked = 0;
      world.jobs.set(at, () => {
        asked += 1;
        return asked < 3 ? answer(status) : answer(200);
      });
      expect(await call()).toMatchObject({ outcome: { kind: "ok" } });
    },
  );

  test("a poll's Retry-After is honoured, in seconds or as a date", async () => {
    const began = world.clock.now;
    const asked: number[] = [];
    world.jobs.set(at, () => {
      asked.push(world.clock.now - began);
      if (asked.length === 1) return answer(202, {}, { retryAfter: "60" });
      if (asked.length === 2) return answer(202, {}, { retryAfter: new Date(world.clock.now + 120_000).toUTCString() });
      return answer(200);
    });
    await call();
    expect(asked.map((ms) => Math.round(ms / SECOND))).toEqual([1, 61, 181]);
  });

  test("a polled job that has not ended in its time has failed, and may have had its effect", async () => {
    world.jobs.set(at, () => answer(202));
    expect(await call({}, 120, 119 * SECOND)).toBe("open");
    expect(await call({}, 120, 121 * SECOND)).toEqual(failure("timed out", true));
  });

  test("a polled job that a former worker started is polled, not started again, and keeps its time limit", async () => {
    world.jobs.set(at, () => answer(202));
    const deadline = world.clock.now + 30 * SECOND;
    expect(await call({ location: at, deadline }, 900, 31 * SECOND)).toEqual(failure("timed out", true));
    expect(posts()).toBe(0);
  });

  test("a polled job is not polled while the lease is not sure", async () => {
    sure = false;
    world.jobs.set(at, () => answer(200));
    expect(await call({ location: at, deadline: world.clock.now + 10 * MINUTE }, 900, MINUTE)).toBe("open");
    expect(polls()).toBe(0);
  });

  test("a polled job whose time is over is polled once more when the lease is sure, and nobody spins until then", async () => {
    sure = false;
    world.jobs.set(at, () => answer(200));
    const { clock, ...deps } = world.deps();
    let sleeps = 0;
    const sleep: typeof clock.sleep = (ms, signal) => {
      sleeps += 1;
      if (sleeps > 10) throw new RangeError("it spins");
      return clock.sleep(ms, signal);
    };
    const calling = callSource(
      { ...deps, clock: { ...clock, sleep } },
      {
        layerId: "layer-one",
        source: world.source("a"),
        part: part({ location: at, deadline: world.clock.now - SECOND }),
        trigger: { type: "manual", id: "x", at: 0 },
        mayCall: () => sure,
        signal: leaving.abort.signal,
        polled: () => undefined,
      },
    );
    await world.clock.pass(5 * SECOND);
    expect(polls()).toBe(0);
    sure = true;
    await world.clock.pass(SECOND);
    expect(await calling).toMatchObject({ kind: "decided", outcome: { kind: "ok" } });
    expect(polls()).toBe(1);
  });

  test("a worker that must leave does so at once, without an outcome", async () => {
    world.jobs.set(at, () => answer(202));
    const open = call({}, 900, 10 * SECOND);
    expect(await open).toBe("open");
    let left: Progress | null = null;
    void callSource(world.deps(), {
      layerId: "layer-one",
      source: world.source("a"),
      part: part({ location: at, deadline: world.clock.now + MINUTE }),
      trigger: { type: "manual", id: "x", at: 0 },
      mayCall: () => true,
      signal: leaving.abort.signal,
      polled: () => undefined,
    }).then((progress) => {
      left = progress;
    });
    leaving.abort.abort();
    await world.clock.settle();
    expect(left).toEqual({ kind: "left" });
  });

  test("a Location that is no URL of use has failed instead of being asked", async () => {
    world.jobs.set("https://jobs.test/a", () => answer(202, {}, { location: `/${"x".repeat(2000)}` }));
    expect(await call()).toEqual(failure("Location", false));
  });
});

describe("a job that reports by itself", () => {
  test("a job that reports by itself is parked until its time is over", async () => {
    world.jobs.set("https://jobs.test/a", () => answer(202));
    expect(await call({}, 600)).toMatchObject({ kind: "parked" });
    expect(located).toEqual([]);
  });
});
