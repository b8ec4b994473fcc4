import { type Breakage, one } from "./breakage.ts";

/** Defences on the way to the store. */
export const storeBreakages: readonly Breakage[] = [
  one(
    "trust a write without an answer",
    "an unknown outcome is read again",
    "src/store/update.ts",
    'if (put.kind === "written") return',
    'if (put.kind === "written" || put.kind === "unavailable") return',
  ),
  {
    name: "read the clock once a loop",
    without: "each attempt has its own time",
    patches: [
      {
        file: "src/store/update.ts",
        from: "let firstRev: number | null = null;",
        to: "let firstRev: number | null = null; let firstNow: number | null = null;",
      },
      { file: "src/store/update.ts", from: "{ now: seen.now, rev", to: "{ now: (firstNow ??= seen.now), rev" },
    ],
  },
  one(
    "read eventually",
    "reads are linearizable",
    "tests/simulate/world/channel.ts",
    "this.#world.register.read(at))",
    "this.#world.register.readAsOf(at, this.#world.timeline.now - this.#world.chance.int(0, 1500)))",
  ),
  {
    name: "share a read in flight",
    without: "a read serves one request",
    patches: [
      {
        file: "src/store/update.ts",
        from: "export const drive = async",
        to: "const shared = new Map();\nexport const drive = async",
      },
      {
        file: "src/store/update.ts",
        from: "const found = await driver.store.read(step.key);",
        to: "const going = shared.get(step.key) ?? driver.store.read(step.key).finally(() => shared.delete(step.key)); shared.set(step.key, going); const found = await going;",
      },
    ],
  },
  one("write without a condition", "every write is conditional", "src/store/blobs.ts", "{ onlyIfNew: true }", "{}"),
  {
    name: "trust `modified`",
    without: "only an ETag proves a write",
    patches: [
      {
        file: "src/store/blobs.ts",
        from: "return status === 200 || status === 201 ? { response } :",
        to: "return status === 200 || status === 201 || [401, 403, 413].includes(status) ? { response } :",
      },
      { file: "src/store/blobs.ts", from: "if (!put.etag)", to: "if (put.etag === undefined)" },
    ],
  },
  one(
    "throw out of the injected fetch",
    "a call is tried once, by one loop with one budget",
    "src/store/blobs.ts",
    'return { failure: { cause: name, passing: name !== "TimeoutError" } };',
    "throw cause;",
  ),
  one(
    "send a write a second time by itself",
    "only what can be repeated is sent again without a fresh decision",
    "src/store/blobs.ts",
    'tried.failure.passing && method !== "put"',
    "tried.failure.passing",
  ),
  one(
    "accept a weak ETag",
    "a condition can be met",
    "src/store/blobs.ts",
    'const strongEtag = /^"[^"]+"$/;',
    'const strongEtag = /^(W\\/)?"[^"]+"$/;',
  ),
  {
    name: "go on without an ETag",
    without: "a condition is never built from nothing",
    patches: [
      {
        file: "src/store/blobs.ts",
        from: "if (!strongEtag.test(etag)) {",
        to: 'if (etag !== "" && !strongEtag.test(etag)) {',
      },
      { file: "src/store/blobs.ts", from: "expected !== null && !strongEtag.test(expected)", to: "false" },
    ],
  },
  {
    name: "take a refusal for absence",
    without: "a failure is not an empty store",
    patches: [
      { file: "src/store/blobs.ts", from: "const FAILED = 499;", to: "const FAILED = 404;" },
      {
        file: "src/store/blobs.ts",
        from: "if (failure !== null) throw failureOf(what, failure);",
        to: 'if (failure !== null && what !== "read") throw failureOf(what, failure);',
      },
    ],
  },
  one(
    "take a busy store for a written one",
    "409 is a refusal",
    "src/store/blobs.ts",
    "if (status === 409 || status === 404) return { response: new Response(null, { status: 412 }) };",
    "if (status === 409 || status === 404) return { response: new Response(null, { headers: { etag: '\"x\"' } }) };",
  ),
  one(
    "stamp every attempt alike",
    "equal content never has an equal ETag, and a write is recognised as one's own",
    "src/core/document.ts",
    "by, at: Math.max(now",
    'by: "one", at: Math.max(now',
  ),
  one(
    "let `at` follow the clock",
    "`at` never falls, whatever the clocks say",
    "src/core/document.ts",
    "at: Math.max(now, previous?.at ?? 0)",
    "at: now",
  ),
  one(
    "write over what a later release wrote",
    "older code never writes a document of a higher version",
    "src/store/codec.ts",
    "seen.success && seen.data.v > VERSION",
    "false",
  ),
];
