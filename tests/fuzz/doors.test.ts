import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { current } from "./currentLive.ts";
import { type Door, loadDoors } from "./functionDoors.ts";
import { FuzzRun, type Tally } from "./fuzzRun.ts";
import { FuzzWorld, type Kept } from "./fuzzWorld.ts";
import { type Description, type JsonSchema, readDescription } from "./operations.ts";
import { seedWorld } from "./seedWorld.ts";
import { stepArbitrary } from "./steps.ts";

vi.mock("../../src/edge/live.ts", () => ({ makeDeps: () => current.live }));

/** How many requests to send; the ordinary run takes the same ones each time. */
const ORDINARY = 4000;
const REQUESTS = Number(process.env["FUZZ_RUNS"] ?? ORDINARY);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_260_101);
/** Steps of a sequence, at most and on average. */
const STEPS = 40;
const OFTEN = 16;
/** Milliseconds a request may take on a slow machine. */
const PATIENCE = 20;
/** Milliseconds until every function is loaded on a busy machine. */
const LOADING = 60_000;

let doors: readonly Door[] = [];
let description: Description;
let kept: Kept;
const rejections: unknown[] = [];

beforeAll(async () => {
  process.on("unhandledRejection", (reason) => rejections.push(reason));
  doors = await loadDoors();
  const world = new FuzzWorld();
  current.live = world.live;
  const api = doors.find(({ name }) => name === "api");
  const answer = await api?.answer(new Request("https://hooks.example.com/api/v1/openapi.json"));
  description = readDescription((await answer?.text()) ?? "");
  kept = await seedWorld(doors, description);
}, LOADING);

/** Every object that a schema describes, with the names it goes by. */
const objectsIn = (schema: JsonSchema, seen: readonly string[] = []): JsonSchema[] => {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  const target = name === undefined ? undefined : description.components[name];
  if (name !== undefined && target !== undefined) return seen.includes(name) ? [] : objectsIn(target, [...seen, name]);
  const inside = [...Object.values(schema.properties ?? {}), schema.items ?? {}, ...(schema.anyOf ?? [])];
  const own = schema.properties === undefined ? [] : [schema];
  return Object.keys(schema).length === 0 ? [] : [...own, ...inside.flatMap((one) => objectsIn(one, seen))];
};

describe("whatever is sent to whichever door", () => {
  test("fields that nobody knows are refused, at every depth of every body", () => {
    const bodies = description.operations.flatMap(({ body }) => (body === null ? [] : objectsIn(body)));
    expect(bodies.length).toBeGreaterThan(7);
    for (const body of bodies) expect(body["additionalProperties"], JSON.stringify(body)).toBe(false);
  });

  test("no law is broken, whatever came before", { timeout: REQUESTS * PATIENCE + 20_000 }, async () => {
    const tally: Tally = new Map();
    const prefixes = [
      "",
      "/",
      "/api/v1",
      "/api",
      "/hooks",
      "/hooks/callbacks",
      "/internal",
      "/internal/run-sync",
      "/status",
    ];
    const steps = stepArbitrary(description, prefixes);
    const sequence = fc.array(steps, { minLength: 1, maxLength: STEPS, size: "max" });
    await fc.assert(
      fc.asyncProperty(sequence, async (happening) => {
        const run = new FuzzRun(await FuzzWorld.from(kept), doors, description, tally);
        for (const step of happening) await run.step(step);
        await run.stillServes();
        expect(rejections).toEqual([]);
      }),
      {
        numRuns: Math.ceil(REQUESTS / OFTEN),
        seed: SEED,
        // A long run is not to spend an hour on making its finding small.
        endOnFailure: process.env["FUZZ_SHRINK"] === "off",
      },
    );
    if (process.env["FUZZ_RUNS"] !== undefined) {
      for (const [what, times] of [...tally].sort()) console.log(String(times).padStart(8), what);
    }
    // Garbage that is turned away at the threshold proves nothing about what is behind it.
    const reached = description.operations.filter(({ method, path }) =>
      [...tally.keys()].some((what) => what.startsWith(`${method} ${path} → 2`)),
    );
    // What is reached grows ever more slowly with the requests, so a shorter run reaches its part of it, and more.
    const wanted = Math.ceil(0.9 * description.operations.length);
    expect(reached.length).toBeGreaterThanOrEqual(Math.floor(wanted * Math.min(1, REQUESTS / ORDINARY)));
    if (REQUESTS < ORDINARY) return;
    for (const what of [
      "publish → 200",
      "publish → 401",
      "handshake",
      "callback → 200",
      "callback → 409",
      "run-sync → done",
    ]) {
      expect([...tally.keys()]).toContain(what);
    }
  });
});
