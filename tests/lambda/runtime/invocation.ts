import { randomUUID } from "node:crypto";
import type { FunctionEvent } from "../lab/event.ts";

export interface FunctionAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** A function threw, ran out of time, or its process ended. */
export class FunctionFailed extends Error {
  override readonly name = "FunctionFailed";
}

/** One call of a function, from the queue to the end of what it handed to `waitUntil`. */
export class Invocation {
  readonly id = randomUUID();
  readonly event: FunctionEvent;
  readonly timeoutMs: number;
  readonly askedAt = performance.now();
  /** Rejects with `FunctionFailed`. */
  readonly answer: Promise<FunctionAnswer>;
  /** Resolves to the failure, or to null, when the instance asks for its next call. Never rejects. */
  readonly ended: Promise<FunctionFailed | null>;
  answeredAt: number | null = null;
  #failure: FunctionFailed | null = null;
  #answer: (answer: FunctionAnswer) => void = () => {};
  #refuse: (error: FunctionFailed) => void = () => {};
  #end: (failure: FunctionFailed | null) => void = () => {};

  constructor(event: FunctionEvent, timeoutMs: number) {
    this.event = event;
    this.timeoutMs = timeoutMs;
    this.answer = new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#refuse = reject;
    });
    // Who started a background function waits for its end alone.
    this.answer.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  give(answer: FunctionAnswer): void {
    this.answeredAt = performance.now();
    this.#answer(answer);
  }

  fail(reason: string): void {
    this.#failure ??= new FunctionFailed(reason);
    this.#refuse(this.#failure);
  }

  end(): void {
    if (this.answeredAt === null) this.fail("The function ended without an answer");
    this.#end(this.#failure);
  }
}
