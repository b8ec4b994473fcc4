import { expect, onTestFinished, test, vi } from "vitest";
import type { FunctionAnswer } from "../../src/dev/functionPool.ts";
import type { Functions } from "../../src/dev/functions.ts";
import { createGateway } from "../../src/dev/gateway.ts";
import { listen } from "../../src/dev/listen.ts";

const later = <T>() => {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
};

/** A function whose invocations answer and end when told. */
const held = async () => {
  const invocations: {
    answer: (answer: FunctionAnswer | undefined) => void;
    end: () => void;
    fail: (error: Error) => void;
  }[] = [];
  const matched = {
    name: "held",
    background: false,
    scheduled: false,
    invoke: () => {
      const answer = later<FunctionAnswer | undefined>();
      const ended = later<void>();
      const fail = (error: Error): void => {
        answer.reject(error);
        ended.reject(error);
      };
      invocations.push({ answer: answer.resolve, end: ended.resolve, fail });
      return { answer: answer.promise, ended: ended.promise };
    },
  };
  const functions: Functions = {
    warm: () => {},
    match: () => matched,
    names: [],
    scheduled: [],
    close: async () => {},
  };
  const background = { start: () => {}, close: () => {} };
  const nobody = async (): Promise<boolean> => false;
  const gateway = createGateway({ functions, background, before: nobody, after: nobody, report: () => {} });
  const { port, close } = await listen(gateway, "0");
  onTestFinished(close);
  return { invocations, send: (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" }) };
};

const OK: FunctionAnswer = { status: 200, headers: [], body: new Uint8Array() };

/** Sends so many, one after the other, and has each answered and its afterwork go on; the last of them may not begin. */
const answered = async (count: number, { invocations, send }: Awaited<ReturnType<typeof held>>, path = "/hooks/a") => {
  for (let sent = 0; sent < count; sent += 1) {
    const before = invocations.length;
    const answer = send(path);
    await vi.waitFor(() => expect(invocations.length).toBe(before + 1), { interval: 2, timeout: 3000 });
    invocations.at(-1)?.answer(OK);
    expect((await answer).status).toBe(200);
  }
};

test("a webhook is answered while nine others still do what comes after their answers", async () => {
  const world = await held();
  await answered(10, world);
});

test("what comes after answers is bounded: one webhook too many waits until another has ended, and is not lost", async () => {
  const world = await held();
  await answered(12, world);
  const waiting = world.send("/hooks/a");
  // Other requests have places of their own; that one of them is served tells that the webhook is not merely slow.
  await answered(1, world, "/api/v1/session");
  await answered(1, world, "/api/v1/session");
  expect(world.invocations).toHaveLength(14);
  world.invocations[3]?.end();
  await vi.waitFor(() => expect(world.invocations).toHaveLength(15), { interval: 2 });
  world.invocations[14]?.answer(OK);
  expect((await waiting).status).toBe(200);
});

test("a function that fails, or ends without an answer, is told as such and leaves its place to the next", async () => {
  const world = await held();
  for (let sent = 0; sent < 30; sent += 1) {
    const answer = world.send("/hooks/a");
    await vi.waitFor(() => expect(world.invocations.length).toBe(sent + 1), { interval: 2 });
    const invocation = world.invocations.at(-1);
    if (sent % 2 === 0) invocation?.fail(new Error("broken"));
    else {
      invocation?.answer(undefined);
      invocation?.end();
    }
    expect((await answer).status).toBe(502);
  }
});
