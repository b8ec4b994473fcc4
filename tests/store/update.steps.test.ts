import { describe, expect, test } from "vitest";
import type { Decision } from "../../src/core/document.ts";
import { type Codec, StoreUnavailable } from "../../src/store/store.ts";
import { type Driver, drive, type Step, type Stepped, type UpdateOptions, update } from "../../src/store/update.ts";
import { must, SettableClock, START } from "../support/builders.ts";

/** A document that is its revision, so that a step can be told by hand. */
interface Count {
  readonly rev: number;
}
const codec: Codec<Count> = {
  decode: (text) => ({ rev: Number(text) }),
  encode: ({ rev }) => String(rev),
  stamp: (_document, previous, by) => {
    stamps.push(by);
    return { rev: (previous?.rev ?? 0) + 1 };
  },
};
let stamps: string[] = [];
const write = (): Decision<Count, string> => ({ kind: "write", document: { rev: 0 }, result: "done" });
const loop = (options: { budget?: number; attempts?: number } = {}) => {
  stamps = [];
  return update("layers/one", codec, write, { by: "me", budget: 1000, attempts: 3, ...options });
};

type Told = Stepped extends infer S ? (S extends Stepped ? Omit<S, "now" | "elapsed"> : never) : never;
type Machine = ReturnType<typeof loop>;
const start = (machine: Machine): Step => must(stepOf(machine.next()));
const tell = (machine: Machine, told: Told, elapsed = 0): Step =>
  must(stepOf(machine.next({ ...told, now: START + elapsed, elapsed })));
const stepOf = (result: IteratorResult<Step, unknown>): Step | null => (result.done === true ? null : result.value);
const failure = (machine: Machine, told: Told, elapsed = 0): unknown => {
  try {
    return tell(machine, told, elapsed);
  } catch (error) {
    return error;
  }
};
const gone = new StoreUnavailable("the reply was lost");
const unavailable: Told = { kind: "unavailable", cause: gone };
const read: Step = { op: "read", key: "layers/one" };

describe("the loop asks", () => {
  test("the loop requests a read, a write over just what it read, and after a lost race a pause and all of it again", () => {
    const machine = loop();
    expect(start(machine)).toEqual(read);
    const over = (text: string, expected: string): Step => ({ op: "write", key: "layers/one", text, expected });
    expect(tell(machine, { kind: "found", text: "4", etag: '"e4"' })).toEqual(over("5", '"e4"'));
    expect(tell(machine, { kind: "conflict" })).toEqual({ op: "pause", attempt: 1, after: "conflict" });
    expect(tell(machine, { kind: "paused" })).toEqual(read);
    expect(tell(machine, { kind: "found", text: "5", etag: '"e5"' })).toEqual(over("6", '"e5"'));
    expect(tell(machine, unavailable)).toEqual({ op: "pause", attempt: 2, after: "unavailable" });
    expect(tell(machine, { kind: "paused" })).toEqual(read);
    expect(tell(machine, { kind: "absent" })).toEqual({ op: "write", key: "layers/one", text: "1", expected: null });
    expect(stamps).toEqual(["me.1", "me.2", "me.3"]);
  });

  test("the loop requests a pause after a read that failed, as after a write that failed", () => {
    const machine = loop();
    start(machine);
    expect(tell(machine, unavailable)).toEqual({ op: "pause", attempt: 1, after: "unavailable" });
  });
});

describe("the loop steps back before a write", () => {
  const contention = { since: 10, patience: 100 };
  const contended = (stepBack?: UpdateOptions["stepBack"]) => {
    const decide = (): Decision<Count, string> => ({ kind: "write", document: { rev: 0 }, result: "done", contention });
    const options = { by: "me", budget: 1000, attempts: 3, ...(stepBack === undefined ? {} : { stepBack }) };
    return update("layers/one", codec, decide, options);
  };
  const found: Told = { kind: "found", text: "4", etag: '"e4"' };

  test("the loop waits and reads again, instead of a write that others contend for", () => {
    const asked: unknown[] = [];
    const machine = contended((...facts) => {
      asked.push(facts);
      return asked.length === 1 ? 25 : 0;
    });
    start(machine);
    expect(tell(machine, found, 30)).toEqual({ op: "step back", ms: 25 });
    expect(tell(machine, { kind: "paused" }, 55)).toEqual(read);
    expect(tell(machine, { kind: "found", text: "5", etag: '"e5"' }, 95)).toMatchObject({ op: "write", text: "6" });
    expect(asked).toEqual([
      [contention, { roundTrip: 30, queued: 0, raced: false }],
      [contention, { roundTrip: 40, queued: 0, raced: true }],
    ]);
  });

  test("the loop says how long a lost write stood in a queue, once another writer was faster", () => {
    const queues: number[] = [];
    const machine = contended((_contention, { queued }) => {
      queues.push(queued);
      return 0;
    });
    start(machine);
    tell(machine, found, 30);
    tell(machine, { kind: "conflict" }, 200);
    tell(machine, { kind: "paused" }, 200);
    tell(machine, { kind: "found", text: "5", etag: '"e5"' }, 230);
    expect(queues).toEqual([0, 140]);
  });

  test("the loop takes a slow write for no queue while nobody else has written", () => {
    const queues: number[] = [];
    const machine = contended((_contention, { queued }) => {
      queues.push(queued);
      return 0;
    });
    start(machine);
    tell(machine, found, 30);
    tell(machine, unavailable, 500);
    tell(machine, { kind: "paused" }, 500);
    tell(machine, found, 530);
    expect(queues).toEqual([0, 0]);
  });

  test("the loop ends if it steps back until its time is over", () => {
    const machine = contended(() => 600);
    start(machine);
    tell(machine, found);
    tell(machine, { kind: "paused" }, 600);
    tell(machine, found, 630);
    tell(machine, { kind: "paused" }, 1230);
    expect(failure(machine, found, 1260)).toBeInstanceOf(StoreUnavailable);
  });

  test("the loop asks for no step back before a write that nobody contends for", () => {
    const machine = update("layers/one", codec, write, { by: "me", budget: 1000, attempts: 3, stepBack: () => 25 });
    start(machine);
    expect(tell(machine, found)).toMatchObject({ op: "write" });
  });

  test("the loop sends every write at once for a writer that gives no way", () => {
    const machine = contended();
    start(machine);
    expect(tell(machine, found)).toMatchObject({ op: "write" });
  });
});

describe("the loop ends", () => {
  const last = (machine: Machine): void => {
    start(machine);
    tell(machine, { kind: "absent" });
  };

  test("the loop ends without a pause once a write returned after its time, and not a moment before", () => {
    for (const told of [{ kind: "conflict" } as const, unavailable]) {
      const over = loop();
      last(over);
      expect(failure(over, told, 1000)).toBeInstanceOf(StoreUnavailable);
      const within = loop();
      last(within);
      expect(tell(within, told, 999)).toMatchObject({ op: "pause" });
    }
  });

  test("the loop ends without a pause once a read failed after its time, and not a moment before", () => {
    const over = loop();
    start(over);
    expect(failure(over, unavailable, 1000)).toBeInstanceOf(StoreUnavailable);
    const within = loop();
    start(within);
    expect(tell(within, unavailable, 999)).toMatchObject({ op: "pause" });
  });

  test("the loop ends after a pause that took the rest of its time, and not a moment before", () => {
    const over = loop();
    last(over);
    tell(over, { kind: "conflict" });
    expect(failure(over, { kind: "paused" }, 1000)).toBeInstanceOf(StoreUnavailable);
    const within = loop();
    last(within);
    tell(within, { kind: "conflict" });
    expect(tell(within, { kind: "paused" }, 999)).toEqual(read);
  });

  test("the loop ends after a second read that came after its time, and not a moment before", () => {
    for (const [elapsed, ends] of [
      [1000, true],
      [999, false],
    ] as const) {
      const machine = loop();
      last(machine);
      tell(machine, { kind: "conflict" });
      tell(machine, { kind: "paused" });
      const next = failure(machine, { kind: "absent" }, elapsed);
      expect([elapsed, next instanceof StoreUnavailable]).toEqual([elapsed, ends]);
    }
  });

  test("the loop ends after its last attempt", () => {
    const machine = loop({ attempts: 2 });
    last(machine);
    tell(machine, { kind: "conflict" });
    tell(machine, { kind: "paused" });
    tell(machine, { kind: "absent" });
    tell(machine, { kind: "conflict" });
    expect(failure(machine, { kind: "paused" })).toBeInstanceOf(StoreUnavailable);
  });

  test("the loop ends with an error that names the document, and the obstacle", () => {
    const raced = loop();
    last(raced);
    expect(failure(raced, { kind: "conflict" }, 1000)).toMatchObject({
      message: "no decision on layers/one in time",
      cause: "lost every race",
    });
    const failed = loop();
    last(failed);
    expect(failure(failed, unavailable, 1000)).toMatchObject({ cause: gone });
    const unread = loop();
    start(unread);
    expect(failure(unread, unavailable, 1000)).toMatchObject({ cause: gone });
    const confused = loop();
    start(confused);
    expect(failure(confused, { kind: "written" }, 1000)).toMatchObject({ cause: "written" });
    expect(() => loop({ attempts: 0 }).next()).toThrow(
      expect.objectContaining({ message: "no decision on layers/one in time", cause: "nothing was tried" }),
    );
  });
});

describe("in production", () => {
  const driven = (clock: SettableClock, pause: Driver["pause"]) => {
    const slept: number[] = [];
    const driver: Driver = {
      store: {
        read: async () => null,
        write: async () => ({ kind: "conflict" }),
        list: async () => [],
      },
      now: () => clock.now(),
      // A process that has been up for a while before the loop began.
      elapsed: () => clock.elapsed() + 100_000,
      sleep: async (ms) => {
        slept.push(ms);
        clock.pass(ms);
      },
      pause,
    };
    return { slept, ended: drive(loop({ attempts: 10 }), driver).catch((error: unknown) => error) };
  };

  test("the loop sleeps as long as requested before each attempt in production, and not at all for no time", async () => {
    const { slept, ended } = driven(new SettableClock(), (attempt) => (attempt % 2 === 0 ? 0 : attempt * 10));
    expect(await ended).toBeInstanceOf(StoreUnavailable);
    expect(slept).toEqual([10, 30, 50, 70, 90]);
  });

  test("the loop sleeps as long as it steps back in production, and no pause is made for that", async () => {
    const slept: number[] = [];
    const waits = [25, 0];
    const decide = (): Decision<Count, string> => ({
      ...{ kind: "write", document: { rev: 0 }, result: "done" },
      contention: { since: 10, patience: 100 },
    });
    const stepBack = () => waits.shift() ?? 0;
    const ended = await drive(update("layers/one", codec, decide, { by: "me", budget: 1000, attempts: 3, stepBack }), {
      store: { read: async () => null, write: async () => ({ kind: "written", etag: '"e"' }), list: async () => [] },
      now: () => START,
      elapsed: () => 0,
      sleep: async (ms) => void slept.push(ms),
      pause: () => 600,
    });
    expect([ended.result, slept]).toEqual(["done", [25]]);
  });

  test("the loop's time in production is over by either clock: in a frozen process one of them may stop", async () => {
    for (const frozen of ["now", "elapsed"] as const) {
      const clock = new SettableClock();
      const { slept, ended } = driven(
        Object.assign(clock, { [frozen]: () => (frozen === "now" ? START : 0) }),
        () => 600,
      );
      expect(await ended).toBeInstanceOf(StoreUnavailable);
      expect(slept).toEqual([600, 600]);
    }
  });
});
