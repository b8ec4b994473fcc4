import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileCache } from "../support/cache.ts";
import { builtDashboard } from "./builtDashboard.ts";

const MAIN = fileURLToPath(new URL("../../src/dev/main.ts", import.meta.url));

export const tokens = {
  Owner: "owner-token-for-the-browser-0123456789",
  Developer: "developer-token-for-the-browser-012345",
  Reviewer: "reviewer-token-for-the-browser-0123456",
} as const;
export type Role = keyof typeof tokens;

export interface Site {
  readonly base: string;
  /** Calls the API as an Owner and returns the body. Throws unless the status is 2xx. */
  api<T>(method: string, path: string, body?: object): Promise<T>;
  /** Publishes to a webhook's URL, as a CMS does. */
  publish(url: string, body?: object): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `npm run dev` on a free port, with a new folder that holds the built pages. A build of the demo takes a second. */
export const startSite = async (): Promise<Site> => {
  const data = mkdtempSync(join(tmpdir(), "layerhook-dashboard-"));
  cpSync(await builtDashboard(), join(data, "pages"), { recursive: true });
  const member = (role: Role) => ({
    name: `${role} of the team`,
    email: `${role.toLowerCase()}@example.com`,
    role,
    token: tokens[role],
  });
  const child = spawn(process.execPath, [MAIN, "--json", "--build-seconds", "1"], {
    env: {
      ...process.env,
      PORT: "0",
      LAYERHOOK_DATA_DIR: data,
      ...compileCache,
      LAYERHOOK_SECRET: "",
      LAYERHOOK_OWNER_TOKEN: tokens.Owner,
      LAYERHOOK_TOKENS: JSON.stringify([member("Developer"), member("Reviewer")]),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const ended = once(child, "exit");
  let base: string | undefined;
  while (base === undefined) {
    const next = await Promise.race([once(child.stdout, "data"), ended.then(() => "ended")]);
    if (next === "ended") throw new Error(`The dev server ended too early: ${output}`);
    base = /^ {2}Dashboard +(http:\S+)\/$/m.exec(output)?.[1];
  }
  const at = base;
  return {
    base: at,
    async api(method, path, body) {
      const response = await fetch(`${at}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${tokens.Owner}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text === "" ? "null" : text);
    },
    async publish(url, body = {}) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    },
    async stop() {
      // Kill the server at once, because its folder is deleted next.
      child.kill("SIGKILL");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
};
