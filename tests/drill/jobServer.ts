import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The team's side: sync jobs of every kind and a build hook, on this machine. */
export interface JobServer {
  readonly base: string;
  readonly counts: Record<string, number>;
  /** From now on the misbehaving job does what it should. */
  heal(): void;
  close(): void;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `chance` gives a number from 0 to 1. */
export const startJobServer = async (chance: () => number): Promise<JobServer> => {
  const counts: Record<string, number> = {};
  const jobs = new Map<string, number>();
  let healed = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const path = new URL(request.url ?? "/", "http://x").pathname;
      const name = path.split("/")[1] ?? "";
      counts[name] = (counts[name] ?? 0) + 1;
      const send = (status: number, body: object = {}, headers: Record<string, string> = {}) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      };
      if (name === "direct") {
        await wait(300 + chance() * 1500);
        return send(200, { changed: true });
      }
      if (name === "polled") {
        const id = String(jobs.size + 1);
        jobs.set(id, Date.now() + 1000 + chance() * 4000);
        return send(202, {}, { location: `/jobs/${id}` });
      }
      if (name === "jobs") {
        const ends = jobs.get(path.split("/")[2] ?? "") ?? 0;
        return Date.now() >= ends ? send(200, { changed: true }) : send(202);
      }
      if (name === "parked") {
        const { callbackUrl } = JSON.parse(Buffer.concat(chunks).toString());
        send(202);
        for (let tries = 0; tries < 40; tries += 1) {
          await wait(1000 + chance() * 2000);
          const answered = await fetch(callbackUrl, { method: "POST", body: '{"changed":true}' }).catch(() => null);
          if (answered !== null && answered.status < 500) return;
        }
        return;
      }
      if (name === "moody" && !healed) {
        const mood = chance();
        if (mood < 0.3) return send(500);
        if (mood < 0.5) return request.socket.destroy();
        if (mood < 0.7) {
          await wait(5000);
          return send(503);
        }
      }
      return send(200, { changed: chance() < 0.5 });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    counts,
    heal: () => {
      healed = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
