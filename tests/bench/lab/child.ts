import { fork } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { compileCache } from "../../support/cache.ts";

/** A process of the bench that serves HTTP, and answers questions of the process that started it. */
export interface Child {
  readonly url: string;
  /** Asks for something and waits for the answer. Rejects if the process ends before. */
  ask<T>(question: object, answer: z.ZodType<T>): Promise<T>;
  /** Tells it to do something and waits until it is done. Rejects if the process ends before. */
  tell(order: object): Promise<void>;
  /** The processor time that it has taken so far (ms). */
  cpu(): Promise<number>;
  /** Ends it with SIGKILL, as a machine that dies. */
  kill(): Promise<void>;
}

const helloSchema = z.object({ url: z.string() });
const replySchema = z.object({ id: z.number(), answer: z.unknown() });
const cpuSchema = z.number();

/** Starts `file` with `options` and waits until it serves. Rejects if it ends before. */
export const startChild = async (
  file: string,
  options: object,
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> => {
  const child = fork(file, [JSON.stringify(options)], {
    env: { ...process.env, ...compileCache, ...environment },
    // The functions log a line for each request.
    stdio: ["ignore", "ignore", process.env["LAYERHOOK_BENCH_DEBUG"] === "1" ? "inherit" : "ignore", "ipc"],
  });
  const exited = once(child, "exit");
  const ended = exited.then(() => {
    throw new Error(`${file} ended`);
  });
  ended.catch(() => undefined);
  const waiting = new Map<number, (answer: unknown) => void>();
  let questions = 0;
  const hello = once(child, "message");
  const [first] = await Promise.race([hello, ended]);
  const { url } = helloSchema.parse(first);
  child.on("message", (message) => {
    const { id, answer } = replySchema.parse(message);
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask = async <T>(question: object, schema: z.ZodType<T>): Promise<T> => {
    questions += 1;
    const id = questions;
    const answered = new Promise<unknown>((resolve) => waiting.set(id, resolve));
    if (child.connected) child.send({ id, question });
    return schema.parse(await Promise.race([answered, ended]));
  };
  return {
    url,
    ask,
    async tell(order) {
      await ask(order, z.null());
    },
    cpu: () => ask({ about: "cpu" }, cpuSchema),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
};
