import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { FunctionPool, isRoomForOneMore } from "../../src/dev/functions/functionPool.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

/** Stands in for Netlify's runtime: calls the function with the event and answers with what it gives. */
const RUNTIME = `export const getLambdaHandler = (source) => async (event, stream) => {
  const { default: handle } = await import(source);
  stream.end(String(await handle(event)));
};`;
/** Counts its loads in a file, and takes as long for one as the real functions do. */
const FUNCTION = `import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
appendFileSync(new URL("./loads", import.meta.url), "x");
if (existsSync(new URL("./broken", import.meta.url))) process.exit(3);
await sleep(200);
export default async ({ until }) => {
  while (until !== undefined && !existsSync(until)) await sleep(5);
  return "answered";
};`;

const opened = () => {
  const folder = temporaryDirectory();
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return pathToFileURL(join(folder, name)).href;
  };
  const files = { source: write("function.mjs", FUNCTION), runtime: write("runtime.mjs", RUNTIME) };
  write("loads", "");
  const pool = new FunctionPool([{ ...files, background: false, schedule: null }]);
  onTestFinished(() => pool.close());
  const call = async (event: object = {}): Promise<string | undefined> => {
    const answer = await pool.invoke({ source: files.source, event, timeoutMs: 20_000 }).answer;
    return answer === undefined ? undefined : Buffer.from(answer.body).toString();
  };
  return {
    folder,
    write,
    pool,
    call,
    source: files.source,
    loads: () => readFileSync(join(folder, "loads"), "utf8").length,
  };
};

test("a burst on a cold server is answered by the first instance that is free, not by one that is loaded for each call", async () => {
  const { call, loads } = opened();
  const answers = await Promise.all(Array.from({ length: 50 }, () => call()));
  expect(answers).toEqual(Array(50).fill("answered"));
  expect(loads()).toBeLessThanOrEqual(3);
});

test("a call that lasts holds up none that comes later, and goes on", async () => {
  const { folder, write, call } = opened();
  const until = join(folder, "released");
  const long = [call({ until }), call({ until }), call({ until })];
  expect(await call()).toBe("answered");
  expect(await call()).toBe("answered");
  write("released", "");
  expect(await Promise.all(long)).toEqual(Array(3).fill("answered"));
});

test("a function whose instances end while they load fails every call that waits, and works again when it is mended", async () => {
  const { folder, write, call } = opened();
  write("broken", "");
  const failed = await Promise.allSettled([call(), call(), call()]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  writeFileSync(join(folder, "function.mjs"), FUNCTION.replace("process.exit(3)", "void 0"));
  expect(await call()).toBe("answered");
});

test("calls that wait for an instance when the server stops get a refusal, as do those that come then", async () => {
  const { pool, source } = opened();
  const call = { source, event: {}, timeoutMs: 20_000 };
  const waiting = pool.invoke(call);
  await pool.close();
  await expect(waiting.answer).rejects.toMatchObject({ reason: "closed" });
  await expect(waiting.ended).rejects.toMatchObject({ reason: "closed" });
  await expect(pool.invoke(call).answer).rejects.toMatchObject({ reason: "closed" });
});

test("a retired pool answers its waiting calls before its last instance ends", async () => {
  const { folder, write, pool, call } = opened();
  const until = join(folder, "released");
  const calls = [call({ until }), call({ until })];
  pool.retire();
  write("released", "");
  expect(await Promise.all(calls)).toEqual(["answered", "answered"]);
});

test("a function runs on an instance that another function has left", async () => {
  const { write, pool, source: first } = opened();
  const source = write("other.mjs", 'export default () => "answered by another";');
  await pool.invoke({ source: first, event: {}, timeoutMs: 20_000 }).ended;
  const { answer } = pool.invoke({ source, event: {}, timeoutMs: 20_000 });
  expect(Buffer.from((await answer)?.body ?? []).toString()).toBe("answered by another");
  expect(pool.size).toBe(1);
});

test("instances without a call end after ten seconds, but for one", async () => {
  const { folder, write, pool, call } = opened();
  const until = join(folder, "released");
  const calls = [call({ until }), call({ until }), call({ until })];
  await vi.waitFor(() => expect(pool.size).toBe(3), { timeout: 20_000, interval: 10 });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  write("released", "");
  await Promise.all(calls);
  vi.advanceTimersByTime(9_000);
  expect(pool.size).toBe(3);
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(pool.size).toBe(1), { timeout: 20_000, interval: 10 });
  expect(await call()).toBe("answered");
});

test("six instances serve short calls; calls that last a quarter of a second leave room for others", () => {
  const instance = (beganAt?: number) => ({
    loading: false,
    current: beganAt === undefined ? undefined : { beganAt, message: () => {}, fail: () => {} },
  });
  const busy = (count: number, beganAt: number) => Array.from({ length: count }, () => instance(beganAt));
  expect(isRoomForOneMore(busy(5, 1000), 1100)).toBe(true);
  expect(isRoomForOneMore(busy(6, 1000), 1100)).toBe(false);
  expect(isRoomForOneMore(busy(6, 1000), 1250)).toBe(true);
  expect(isRoomForOneMore([...busy(20, 0), ...busy(5, 1000)], 1100)).toBe(true);
  expect(isRoomForOneMore([{ loading: true, current: undefined }], 1100)).toBe(false);
});
