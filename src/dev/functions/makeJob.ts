import { FunctionError } from "./functionError.ts";
import type { Instance } from "./startInstance.ts";

export interface FunctionAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A running invocation. */
export interface Invocation {
  /** Undefined if the function ended without an answer, which a background function may. */
  readonly answer: Promise<FunctionAnswer | undefined>;
  /** Settles when the function and everything it gave to waitUntil have ended. Rejects with `FunctionError`. */
  readonly ended: Promise<void>;
}

/** What is to be run. */
export interface Call {
  /** File URL of the function. */
  readonly source: string;
  readonly event: unknown;
  readonly timeoutMs: number;
}

/** An invocation that waits for an instance or runs on one. */
export interface Job {
  readonly source: string;
  /** Starts the job on an instance. A job that gets no instance fails instead. */
  begin(instance: Instance): void;
  fail(error: FunctionError): void;
}

export interface Release {
  /** Ends an instance whose state is unknown. */
  end(instance: Instance): void;
  /** Returns an instance to the pool after its work. */
  free(instance: Instance): void;
}

/** Returns a promise with the functions that settle it. */
function later<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve: (value) => resolve(value), reject: (error) => reject(error) };
}

/** Makes a job that invokes the function at `source` with `event`, and stops it after `timeoutMs`. */
export function makeJob(
  { source, event, timeoutMs }: Call,
  { end, free }: Release,
): { job: Job; invocation: Invocation } {
  const answer = later<FunctionAnswer | undefined>();
  const ended = later<void>();
  // Both promises reject together. A caller may look at only one, and the other must not count as unhandled.
  answer.promise.catch(() => {});
  ended.promise.catch(() => {});
  const fail = (error: FunctionError): void => {
    answer.reject(error);
    ended.reject(error);
  };
  const begin = (instance: Instance): void => {
    const failWith = (error: FunctionError, release: (instance: Instance) => void): void => {
      clearTimeout(timer);
      instance.current = undefined;
      fail(error);
      release(instance);
    };
    const timer = setTimeout(() => {
      failWith(new FunctionError("timeout", `The function was stopped after ${timeoutMs / 1000} seconds`), end);
    }, timeoutMs);
    instance.current = {
      beganAt: performance.now(),
      fail: (error) => failWith(error, end),
      message(value) {
        const message = parseMessage(value);
        if (message.type === "answer") {
          answer.resolve(message.answer);
        } else if (message.type === "threw") {
          failWith(new FunctionError("threw", message.error), free);
        } else {
          clearTimeout(timer);
          answer.resolve(undefined);
          ended.resolve();
          free(instance);
        }
      },
    };
    instance.worker.postMessage({ source, event, deadline: Date.now() + timeoutMs });
  };
  return { job: { source, begin, fail }, invocation: { answer: answer.promise, ended: ended.promise } };
}

type Message = { type: "answer"; answer: FunctionAnswer } | { type: "threw"; error: string } | { type: "done" };

function parseMessage(value: unknown): Message {
  const field = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
  if (field("type") === "threw") return { type: "threw", error: String(field("error")) };
  if (field("type") !== "answer") return { type: "done" };
  const headers: [string, string][] = [];
  const given = field("headers");
  for (const pair of Array.isArray(given) ? given : []) {
    if (Array.isArray(pair)) headers.push([String(pair[0]), String(pair[1])]);
  }
  const body = field("body");
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  return { type: "answer", answer: { status: Number(field("status")), headers, body: bytes } };
}
