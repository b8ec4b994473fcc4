import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Attempt, Decision } from "../../src/core/document.ts";
import { envelope, VERSION } from "../../src/core/document.ts";
import { type LayerDocument, layerDocumentSchema } from "../../src/core/layer/layer.ts";
import { DOCUMENT_CEILING_BYTES } from "../../src/core/limits.ts";
import { accept, type Request } from "../../src/core/slot/accept.ts";
import { documentCodec } from "../../src/store/codec.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import {
  type Codec,
  CorruptDocument,
  NewerDocument,
  type Store,
  StoreUnavailable,
  type Written,
} from "../../src/store/store.ts";
import { type Driver, drive, type Step, type Stepped, update } from "../../src/store/update.ts";
import { aLayer, aRequest, aSource, must, SettableClock, START } from "../support/builders.ts";
import { repetitions } from "../support/repetitions.ts";

const KEY = "layers/one";
const schema = z.looseObject({ ...envelope, ids: z.array(z.string()) });
type Ids = z.infer<typeof schema>;
const codec = documentCodec<Ids>(schema);
const empty: Ids = { v: VERSION, rev: 0, by: "", at: 0, ids: [] };
const options = { by: "me", budget: 8000, attempts: 20 };

/** Adds an id once: finding it means that it is there already. */
const add =
  (id: string, asked: Attempt[] = []) =>
  (document: Ids | null, attempt: Attempt): Decision<Ids, string> => {
    asked.push(attempt);
    const { ids, ...rest } = document ?? empty;
    if (ids.includes(id)) return { kind: "keep", result: "found" };
    return { kind: "write", document: { ...rest, ids: [...ids, id] }, result: "added" };
  };

/** A store that does what the test says before each call. */
class Scripted implements Store {
  readonly inner = new MemoryStore();
  readonly calls: string[] = [];
  readonly #write: (write: () => Promise<Written>, attempt: number) => Promise<Written>;
  readonly #read: (attempt: number) => Promise<void>;
  #writes = 0;
  #reads = 0;

  constructor(
    write: (write: () => Promise<Written>, attempt: number) => Promise<Written>,
    read = async (_n: number) => {},
  ) {
    this.#write = write;
    this.#read = read;
  }

  async read(key: string) {
    this.calls.push("read");
    this.#reads += 1;
    await this.#read(this.#reads);
    return this.inner.read(key);
  }

  write(key: string, text: string, expected: string | null) {
    this.calls.push("write");
    this.#writes += 1;
    return this.#write(() => this.inner.write(key, text, expected), this.#writes);
  }

  list(prefix: string) {
    return this.inner.list(prefix);
  }
}

const driver = (store: Store, clock = new SettableClock()): Driver => ({
  store,
  now: () => clock.now(),
  elapsed: () => clock.elapsed(),
  sleep: async (ms) => clock.pass(ms),
  pause: () => 10,
});

/** Pauses that each take longer than a loop may. */
const slowly = (clock: SettableClock) => ({
  now: () => clock.now(),
  elapsed: () => clock.elapsed(),
  sleep: async (ms: number) => clock.pass(ms),
  pause: () => options.budget,
});

const stored = async (store: Store): Promise<Ids> => codec.decode(must(await store.read(KEY)).text, KEY);
const lost = () => new StoreUnavailable("the reply was lost");

describe("a decision", () => {
  test("a decision about nothing creates, with the first revision and a stamp of its own", async () => {
    const store = new MemoryStore();
    const updated = await drive(update(KEY, codec, add("a"), options), driver(store));
    expect(updated).toMatchObject({ result: "added", wrote: true });
    expect(await stored(store)).toEqual({ v: VERSION, rev: 1, by: "me.1", at: START, ids: ["a"] });
  });

  test("a decision to keep the document writes nothing", async () => {
    const store = new Scripted((write) => write());
    await drive(update(KEY, codec, add("a"), options), driver(store));
    const again = await drive(update(KEY, codec, add("a"), { ...options, by: "you" }), driver(store));
    expect(again).toMatchObject({ result: "found", wrote: false, document: { by: "me.1" } });
    expect(store.calls).toEqual(["read", "write", "read"]);
  });

  test("a decision that lost its race is made again on the new document", async () => {
    const store: Scripted = new Scripted(async (write, attempt) => {
      if (attempt === 1)
        await drive(update(KEY, codec, add("rival"), { ...options, by: "rival" }), driver(store.inner));
      return write();
    });
    const asked: Attempt[] = [];
    await drive(update(KEY, codec, add("a", asked), options), driver(store));
    expect(await stored(store)).toMatchObject({ ids: ["rival", "a"], rev: 2, by: "me.2" });
    expect(asked).toEqual([
      { now: START, rev: 1, firstRev: 0 },
      { now: START + 10, rev: 2, firstRev: 0 },
    ]);
  });

  test("a decision whose reply was lost after it landed is recognised, and not made twice", async () => {
    const store = new Scripted(async (write, attempt) => {
      const written = await write();
      if (attempt === 1) throw lost();
      return written;
    });
    const updated = await drive(update(KEY, codec, add("a"), options), driver(store));
    expect(updated).toMatchObject({ result: "found", wrote: false });
    expect((await stored(store)).ids).toEqual(["a"]);
  });

  test("a decision whose write was lost is made again under another stamp, so that the first can land no more", async () => {
    let late: (() => Promise<Written>) | undefined;
    const store = new Scripted(async (write, attempt) => {
      if (attempt > 1) return write();
      late = write;
      throw lost();
    });
    await drive(update(KEY, codec, add("a"), options), driver(store));
    expect(await must(late)()).toEqual({ kind: "conflict" });
    expect(await stored(store)).toMatchObject({ by: "me.2", ids: ["a"] });
  });

  test("a decision waits for a read that succeeds, and takes its first revision from there", async () => {
    const store = new Scripted(
      (write) => write(),
      async (n) => {
        if (n === 1) throw lost();
      },
    );
    const asked: Attempt[] = [];
    await drive(update(KEY, codec, add("a", asked), options), driver(store));
    expect(asked).toEqual([{ now: START + 10, rev: 1, firstRev: 0 }]);
  });

  test("a decision knows the revision that its first read saw, however often it is made", async () => {
    const store: Scripted = new Scripted(async (write, attempt) => {
      if (attempt <= 3) {
        await drive(update(KEY, codec, add(`r${attempt}`), { ...options, by: `r${attempt}` }), driver(store.inner));
      }
      return write();
    });
    await drive(update(KEY, codec, add("before"), options), driver(store.inner));
    const asked: Attempt[] = [];
    await drive(update(KEY, codec, add("a", asked), options), driver(store));
    expect(asked.map(({ rev, firstRev }) => [rev, firstRev])).toEqual([
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
  });

  test("a decision is never dated before the document it is written over", async () => {
    const store = new MemoryStore();
    await drive(update(KEY, codec, add("a"), options), driver(store));
    await drive(update(KEY, codec, add("b"), options), driver(store, new SettableClock(START - 5000)));
    expect((await stored(store)).at).toBe(START);
  });
});

describe("a loop that comes to no end", () => {
  test("a loop without an end stops after its number of attempts and says that nothing is known", async () => {
    const store = new Scripted(async () => ({ kind: "conflict" }));
    const machine = update(KEY, codec, add("a"), { ...options, attempts: 3 });
    await expect(drive(machine, driver(store))).rejects.toThrow(StoreUnavailable);
    expect(store.calls.filter((call) => call === "write")).toHaveLength(3);
  });

  test("a loop begins no attempt once its time is over, by a clock that does not jump", async () => {
    const clock = new SettableClock();
    const store = new Scripted(async () => {
      clock.pass(3000);
      clock.jump(-3000);
      throw lost();
    });
    await expect(drive(update(KEY, codec, add("a"), options), driver(store, clock))).rejects.toThrow(StoreUnavailable);
    expect(store.calls.filter((call) => call === "write")).toHaveLength(3);
  });

  test("a loop begins no attempt after a pause that took the rest of its time", async () => {
    const store = new Scripted(async () => ({ kind: "conflict" }));
    const sleepy: Driver = { ...driver(store), ...slowly(new SettableClock()) };
    await expect(drive(update(KEY, codec, add("a"), options), sleepy)).rejects.toThrow(StoreUnavailable);
    expect(store.calls).toEqual(["read", "write"]);
  });

  test("a loop is not repeated by a process that was frozen in the middle of its second read", async () => {
    const clock = new SettableClock();
    const store = new Scripted(
      async (write) => {
        await write();
        throw lost();
      },
      async (read) => {
        // Meanwhile somebody has made the document anew, without the trace of what landed.
        if (read === 2) clock.jump(10 * options.budget);
      },
    );
    await expect(drive(update(KEY, codec, add("a"), options), driver(store, clock))).rejects.toThrow(StoreUnavailable);
    expect(store.calls).toEqual(["read", "write", "read"]);
  });

  test("a loop is repeated once after a first read that took long: nothing of it can have landed before", async () => {
    const clock = new SettableClock();
    const store = new Scripted(
      (write) => write(),
      async () => clock.pass(10 * options.budget),
    );
    const { result } = await drive(update(KEY, codec, add("a"), options), driver(store, clock));
    expect(result).toBe("added");
  });

  test("a loop with one attempt waits for nothing", () => {
    const machine = update(KEY, codec, add("a"), { by: "me", budget: 0, attempts: 1 });
    const clock = { now: START, elapsed: 0 };
    expect(machine.next().value).toEqual({ op: "read", key: KEY });
    machine.next({ kind: "absent", ...clock });
    expect(() => machine.next({ kind: "conflict", ...clock })).toThrow(StoreUnavailable);
  });

  test("a loop's error gives the cause of the last failure", async () => {
    const store = new Scripted(async () => {
      throw lost();
    });
    const error = await drive(update(KEY, codec, add("a"), { ...options, attempts: 1 }), driver(store)).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ cause: lost() });
  });

  test("a loop passes on what is no failure of the store", async () => {
    const store = new Scripted(async () => {
      throw new RangeError("a defect");
    });
    await expect(drive(update(KEY, codec, add("a"), options), driver(store))).rejects.toThrow(RangeError);
  });
});

describe("a document that is not what it should be", () => {
  const refusing = async (text: string) => {
    const store = new MemoryStore();
    await store.write(KEY, text, null);
    const error = await drive(update(KEY, codec, add("a"), options), driver(store)).catch((e: unknown) => e);
    expect((await store.read(KEY))?.text).toBe(text);
    return error;
  };

  test.each(["", "{", "null", "[]", '{"v":1}', '{"v":1,"rev":"1","by":"","at":0,"ids":[]}', '{"v":"2"}'])(
    "a damaged document, %s, is refused and left as it is",
    async (text) => expect(await refusing(text)).toBeInstanceOf(CorruptDocument),
  );

  test("a document of a later version is refused and left as it is, whatever else it holds", async () => {
    expect(await refusing(JSON.stringify({ ...empty, v: VERSION + 1 }))).toBeInstanceOf(NewerDocument);
    expect(await refusing(JSON.stringify({ v: VERSION + 1 }))).toBeInstanceOf(NewerDocument);
  });

  test("a damaged document proves nothing about a write before it whose outcome is unknown", async () => {
    const unknown = { kind: "unavailable", cause: lost() } as const;
    const refused = { kind: "conflict" } as const;
    const errorAfter = (...writes: (typeof unknown | typeof refused)[]): unknown => {
      const machine = update(KEY, codec, add("a"), options);
      const clock = { now: START, elapsed: 0 };
      machine.next();
      try {
        for (const write of writes) {
          machine.next({ kind: "absent", ...clock });
          machine.next({ ...write, ...clock });
          machine.next({ kind: "paused", ...clock });
        }
        return machine.next({ kind: "found", text: "{", etag: "", ...clock });
      } catch (error) {
        return error;
      }
    };
    for (const error of [errorAfter(unknown), errorAfter(unknown, refused), errorAfter(refused, unknown)]) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(error).toMatchObject({
        message: "layers/one cannot be read after a write whose outcome is unknown",
        cause: expect.any(CorruptDocument),
      });
    }
    for (const error of [errorAfter(), errorAfter(refused)]) expect(error).toBeInstanceOf(CorruptDocument);
  });

  test("a document of an earlier version is read, and written as one of this version", async () => {
    const store = new MemoryStore();
    await store.write(KEY, JSON.stringify({ ...empty, v: VERSION - 1, rev: 4 }), null);
    await drive(update(KEY, codec, add("a"), options), driver(store));
    expect(await stored(store)).toMatchObject({ v: VERSION, rev: 5 });
  });

  test("a damaged document is refused in words that hold nothing of its content", async () => {
    expect(String(await refusing('{"v":1,"secret":"whsec_1234"}'))).not.toContain("whsec_1234");
    expect(String(await refusing("whsec_1234"))).not.toContain("whsec_1234");
  });

  test("a document that has grown beyond its bounds is not written, in bytes and not in characters", () => {
    const document = (ids: string[]): Ids => ({ ...empty, ids });
    expect(() => codec.encode(document(["x".repeat(DOCUMENT_CEILING_BYTES - 200)]))).not.toThrow();
    expect(() => codec.encode(document(["x".repeat(DOCUMENT_CEILING_BYTES)]))).toThrow();
    expect(() => codec.encode(document(["語".repeat(DOCUMENT_CEILING_BYTES / 2)]))).toThrow();
  });

  test("a document keeps the fields that only a later release knows", () => {
    const layers = documentCodec<LayerDocument>(layerDocumentSchema);
    const text = JSON.stringify({
      ...aLayer(),
      future: { deep: [1] },
      sources: aLayer().sources.map((source) => ({ ...source, future: 2 })),
      slot: { ...aLayer().slot, future: { x: 3 } },
    });
    expect(JSON.parse(layers.encode(layers.decode(text, KEY)))).toEqual(JSON.parse(text));
  });
});

describe("five hundred deliveries at once", () => {
  const strict = documentCodec<LayerDocument>(layerDocumentSchema);
  const decoded = new Map<string, LayerDocument>();
  /** Documents are values: five hundred readers of one text need not decode it five hundred times. */
  const layers: Codec<LayerDocument> = {
    ...strict,
    decode(text, key) {
      const known = decoded.get(text) ?? strict.decode(text, key);
      decoded.set(text, known);
      return known;
    },
  };
  const slugs = ["posts", "authors"];

  interface Contender {
    readonly machine: Generator<Step, { result: unknown }, Stepped>;
    step: Step | null;
    attempts: number;
  }

  /** Each in turn does one step; the one clock moves a little with every round. */
  const contend = async (requests: readonly Request[], standing: LayerDocument = aLayer()) => {
    const store = new MemoryStore();
    await store.write(KEY, layers.encode(standing), null);
    let writes = 0;
    let now = START;
    const contenders = requests.map((request, index): Contender => {
      const decide = (document: LayerDocument | null, attempt: Attempt): Decision<LayerDocument, string> => {
        if (document?.kind !== "layer") throw new Error("no layer");
        const accepted = accept(document.slot, request, attempt, `sync-${index}`);
        if (accepted.slot === null) return { kind: "keep", result: accepted.syncId };
        return { kind: "write", document: { ...document, slot: accepted.slot }, result: accepted.syncId };
      };
      const machine = update(KEY, layers, decide, { by: `p${index}`, budget: 8000, attempts: 60 });
      const first = machine.next();
      return { machine, step: first.done === true ? null : first.value, attempts: 0 };
    });
    const perform = async (step: Step): Promise<Stepped> => {
      const clock = { now, elapsed: now - START };
      if (step.op === "pause" || step.op === "step back") return { kind: "paused", ...clock };
      if (step.op === "read") {
        const found = await store.read(step.key);
        return found === null ? { kind: "absent", ...clock } : { kind: "found", ...found, ...clock };
      }
      const { kind } = await store.write(step.key, step.text, step.expected);
      if (kind === "written") writes += 1;
      return { kind, ...clock };
    };
    const results = new Set<unknown>();
    const turn = (machine: Contender["machine"], answer: Stepped) => {
      try {
        return machine.next(answer);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        return { done: true, value: { result: "503" } } as const;
      }
    };
    while (contenders.some(({ step }) => step !== null)) {
      now += 10;
      for (const contender of contenders) {
        if (contender.step === null) continue;
        if (contender.step.op === "read") contender.attempts += 1;
        const next = turn(contender.machine, await perform(contender.step));
        contender.step = next.done === true ? null : next.value;
        if (next.done === true) results.add(next.value.result);
      }
    }
    return { writes, results, most: Math.max(...contenders.map(({ attempts }) => attempts)) };
  };

  const five = <T>(make: (index: number) => T): T[] =>
    Array.from({ length: repetitions(500) }, (_, index) => make(index));

  test("five hundred deliveries for everything at once cost one write", async () => {
    const { writes, results, most } = await contend(five((i) => aRequest({ receivedAt: START + (i % 7) })));
    expect([writes, results.size]).toEqual([1, 1]);
    expect(most).toBe(2);
  });

  test("five hundred deliveries with bodies cost at most two writes for each source they name", async () => {
    const requests = five((i) =>
      aRequest({ slugs: [slugs[i % 2] ?? ""], body: String(i), receivedAt: START + (i % 7) }),
    );
    const { writes, results } = await contend(requests);
    expect(writes).toBeLessThanOrEqual(2 * slugs.length);
    expect(results.size).toBe(1);
  });

  test("five hundred deliveries with bodies cost no more while one from a clock ahead of all others is stored", async () => {
    const ahead = aRequest({ slugs: ["posts"], body: "ahead", receivedAt: START + 60_000 });
    const { slot } = accept(aLayer().slot, ahead, { now: START, rev: 2, firstRev: 1 }, "sync-ahead");
    const standing = aLayer({}, { slot: must(slot), rev: 2 });
    const requests = five((i) => aRequest({ slugs: ["posts"], body: String(i), receivedAt: START + i }));
    const { writes, results } = await contend(requests, standing);
    expect([...results]).toEqual(["sync-ahead"]);
    expect(writes).toBeLessThanOrEqual(2);
  });

  test("five hundred deliveries with bodies of which not all can be kept cost at most two writes for each source", async () => {
    const many = Array.from({ length: 8 }, (_, i) => `s${i}`);
    const body = "x".repeat(16_000);
    const requests = five((i) => aRequest({ slugs: [many[i % 8] ?? ""], body, receivedAt: START + i }));
    const { writes, results } = await contend(requests, aLayer({ sources: many.map((slug) => aSource(slug)) }));
    expect(results.size).toBe(1);
    expect(writes).toBeLessThanOrEqual(2 * many.length);
  });
});
