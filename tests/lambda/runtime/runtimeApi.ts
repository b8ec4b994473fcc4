import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { close, listen } from "../lab/outside.ts";
import type { FunctionAnswer, Invocation } from "./invocation.ts";

/** Lambda's Runtime API for one instance. */
export interface RuntimeApi {
  readonly port: number;
  /** Hands over a call, which has to end at `deadline` of the instance's own clock (ms). The instance must be waiting. */
  give(invocation: Invocation, functionName: string, deadline: number): void;
  close(): Promise<void>;
}

/** What the instance says by itself. */
export interface RuntimeEvents {
  /** The instance is done with its call and waits for the next. */
  onNext(): void;
  onInitError(error: string): void;
}

const preludeSchema = z.object({
  statusCode: z.number().default(200),
  headers: z.record(z.string(), z.string()).default({}),
  multiValueHeaders: z.record(z.string(), z.array(z.string())).default({}),
});
const PRELUDE_END = Buffer.alloc(8);

/** Splits what an instance streams: the prelude as JSON, eight zero bytes, the body. */
const answerIn = (streamed: Buffer): FunctionAnswer => {
  const at = streamed.indexOf(PRELUDE_END);
  if (at < 0) throw new Error("The function's answer has no prelude");
  const { statusCode, headers, multiValueHeaders } = preludeSchema.parse(JSON.parse(streamed.toString("utf8", 0, at)));
  const several = Object.entries(multiValueHeaders).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  return { status: statusCode, headers: [...Object.entries(headers), ...several], body: streamed.subarray(at + 8) };
};

const whole = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

const accept = (response: ServerResponse): void => {
  response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
};

const settle = async (invocation: Invocation, request: IncomingMessage, failed: boolean): Promise<void> => {
  const body = await whole(request);
  const inTrailer = request.trailers["lambda-runtime-function-error-body"];
  if (typeof inTrailer === "string") invocation.fail(Buffer.from(inTrailer, "base64").toString());
  else if (failed) invocation.fail(body.toString());
  else invocation.give(answerIn(body));
};

export const startRuntimeApi = async ({ onNext, onInitError }: RuntimeEvents): Promise<RuntimeApi> => {
  let waiting: ServerResponse | null = null;
  let current: Invocation | null = null;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "";
    if (path.endsWith("/invocation/next")) {
      waiting = response;
      current = null;
      return onNext();
    }
    if (path.endsWith("/init/error")) onInitError((await whole(request)).toString());
    else if (current !== null) await settle(current, request, path.endsWith("/error"));
    accept(response);
  };
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      current?.fail(String(error));
      response.destroy();
    });
  });
  const port = await listen(server);

  return {
    port,
    give(invocation, functionName, deadline) {
      if (waiting === null) throw new Error("The instance does not wait for a call");
      current = invocation;
      waiting.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.id,
        "lambda-runtime-deadline-ms": String(deadline),
        "lambda-runtime-invoked-function-arn": `arn:aws:lambda:us-east-2:000000000000:function:${functionName}`,
        "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
      });
      waiting.end(JSON.stringify(invocation.event));
      waiting = null;
    },
    close: () => close(server),
  };
};
