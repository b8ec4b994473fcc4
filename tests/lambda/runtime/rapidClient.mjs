/**
 * Stands in for the native part of AWS's Node runtime client (`rapid-client.node`), which needs a compiler to build: the
 * same three calls of Lambda's Runtime API, over `node:http`. It is copied beside that client, hence plain JavaScript.
 */
import { Agent, request } from "node:http";

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const call = (method, path, body, headers) =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, agent, method, path: `/2018-06-01/runtime${path}`, headers },
      (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: answer.headers }));
        answer.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });

/** The native client posts synchronously, so the next invocation is asked for only when this post is through. */
let posted = Promise.resolve();
const post = (path, body, headers) => {
  posted = call("POST", path, body, { "content-type": "application/json", ...headers });
};

export const initializeClient = () => {};
export const next = () => posted.then(() => call("GET", "/invocation/next"));
export const done = (id, body) => post(`/invocation/${id}/response`, body, {});
export const error = (id, body, cause) =>
  post(`/invocation/${id}/error`, body, { "lambda-runtime-function-xray-error-cause": cause });
