import { request as ask } from "node:http";
import { FROM, PLATFORM_BYTES } from "./gateway.ts";

/** A request to the lab. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: string | object;
  /** The deploy's host; the main address if unset. */
  readonly host?: string;
  /** The caller's address; each may make 600 calls of the API a minute. */
  readonly from?: string;
  /** Whether the owner's token goes along, which is so for the API if unset. */
  readonly asOwner?: boolean;
}

export interface LabAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** How many bytes the platform's own headers had. */
  readonly platformBytes: number;
  readonly ms: number;
  /** Throws if the body is no JSON. */
  json(): unknown;
}

/** Calls the lab's door on a connection of its own, which no freeze can have killed. */
export const callLab = (port: number, ownerToken: string, path: string, call: Call): Promise<LabAnswer> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const { method = "GET", host, from, asOwner = path.startsWith("/api/") } = call;
    const body = typeof call.body === "object" ? JSON.stringify(call.body) : call.body;
    const headers = {
      ...(asOwner ? { authorization: `Bearer ${ownerToken}` } : {}),
      ...(typeof call.body === "object" ? { "content-type": "application/json" } : {}),
      ...(host === undefined ? {} : { host }),
      ...(from === undefined ? {} : { [FROM]: from }),
      ...call.headers,
    };
    const request = ask({ host: "127.0.0.1", port, agent: false, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("error", reject);
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const { [PLATFORM_BYTES]: platformBytes, ...rest } = answer.headers;
        resolve({
          status: answer.statusCode ?? 0,
          headers: rest,
          text,
          platformBytes: Number(platformBytes ?? 0),
          ms: performance.now() - began,
          json: () => JSON.parse(text),
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
