import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** Serves a sync job that answers when the test calls `release`. Ends with the test. */
export const heldJob = async (): Promise<{ readonly url: string; release(): void }> => {
  const waiting: ServerResponse[] = [];
  let free = false;
  const answer = (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  };
  const server = createServer((request, response) => {
    request.resume();
    if (free) answer(response);
    else waiting.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the job has no port");
  return {
    url: `http://localhost:${address.port}/job`,
    release() {
      free = true;
      for (const response of waiting.splice(0)) answer(response);
    },
  };
};
