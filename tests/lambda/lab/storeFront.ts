import { request as ask, type RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { STORE_HOST } from "./deploys.ts";

/** What can be wrong with a store, or with what a call is told of it, until somebody mends it. */
export type StoreFault = "no-etags" | "no-strong-consistency" | "no-credentials" | "wrong-credentials";

export const TOKEN = "a-token-of-the-labs-store";

/** The store's credentials as they come with every call, in base64; undefined: none come. */
export const blobsOf = (fault: StoreFault | null): string | undefined => {
  if (fault === "no-credentials") return undefined;
  const url = `https://${STORE_HOST}`;
  const credentials = {
    url,
    ...(fault === "no-strong-consistency" ? {} : { url_uncached: url }),
    token: fault === "wrong-credentials" ? "another-token" : TOKEN,
    primary_region: "us-east-2",
  };
  return Buffer.from(JSON.stringify(credentials)).toString("base64");
};

/** Stands before the store at `storeUrl`: takes time, and may take its ETags away. Calls `onRequest` for each request. */
export const storeFront = (
  storeUrl: string,
  delayMs: () => number,
  fault: () => StoreFault | null,
  onRequest: (method: string, path: string) => void,
): RequestListener => {
  const { hostname, port } = new URL(storeUrl);
  return (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    onRequest(method, url);
    const pass = (): void => {
      const passed = ask({ hostname, port, method, path: url, headers }, (answer) => {
        const { connection, "keep-alive": keepAlive, ...rest } = answer.headers;
        if (fault() === "no-etags") delete rest.etag;
        response.writeHead(answer.statusCode ?? 500, rest);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      request.pipe(passed);
    };
    const delay = delayMs();
    if (delay === 0) pass();
    else void sleep(delay).then(pass);
  };
};
