import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const questionSchema = z.object({ id: z.number(), question: z.looseObject({ about: z.string() }) });

/** What a child answers to questions beside the one about its processor time. */
export type Answers = Readonly<Record<string, (question: Readonly<Record<string, unknown>>) => unknown>>;

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The options that the parent gave. Throws if they are others. */
export const optionsOf = <T>(schema: z.ZodType<T>): T => schema.parse(JSON.parse(process.argv[2] ?? "{}"));

/** Tells the parent where this process serves, and answers its questions until it is gone. */
export const answerParent = (url: string, answers: Answers = {}): void => {
  process.on("message", async (message) => {
    const { id, question } = questionSchema.parse(message);
    const answer = question.about === "cpu" ? cpu() : await answers[question.about]?.(question);
    process.send?.({ id, answer: answer ?? null });
  });
  process.once("disconnect", () => process.exit());
  process.send?.({ url });
};

/** Serves on a free port. A thousand callers may connect at once. */
export const listen = async (listener: RequestListener, port = 0): Promise<string> => {
  const server = createServer({ keepAliveTimeout: 120_000 }, listener);
  await new Promise<void>((resolve) => server.listen({ port, host: "127.0.0.1", backlog: 4096 }, resolve));
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}`;
};
