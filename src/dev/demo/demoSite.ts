import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalHandler } from "../gateway.ts";
import { BodyTooLargeError, readNodeBody } from "../readNodeBody.ts";
import { DEMO_SITE_ID } from "./demo.ts";
import { demoModes, hookRefusals, isDemoMode } from "./demoModes.ts";
import { createDemoNetlify } from "./demoNetlify.ts";
import type { DemoDeploy } from "./demoState.ts";

export interface DemoSiteOptions {
  readonly directory: string;
  /** The URL of this server, such as `http://localhost:8888`. */
  readonly base: string;
  readonly report: (line: string) => void;
}

interface Content {
  readonly version: number;
  readonly syncedAt: string;
}

const JOB_TAKES_MS = 2_000;
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Serves stand-ins for what a team owns: a sync job (`POST /demo/job`) that fetches content into `directory`, a site
 * (`GET /demo/site`) with a build hook (`POST /demo/build_hooks/{id}`) and a repository (`POST /demo/push`), and the
 * part of Netlify's API for builds and deploys (`/demo/netlify/api/v1`).
 */
export function createDemoSite({ directory, base, report }: DemoSiteOptions): LocalHandler {
  const contentFile = join(directory, "content.json");
  mkdirSync(directory, { recursive: true });

  const content = (): Content => {
    const value = readJson(contentFile);
    const version = field(value, "version");
    const syncedAt = field(value, "syncedAt");
    return {
      version: typeof version === "number" ? version : 0,
      syncedAt: typeof syncedAt === "string" ? syncedAt : "never",
    };
  };
  const netlify = createDemoNetlify({ directory, base, content: () => content().version, report });

  return async (request, response, url) => {
    if (url.pathname !== "/demo" && !url.pathname.startsWith("/demo/")) return false;
    const method = request.method ?? "GET";
    const answer = (status: number, type: string, body: string, headers: Record<string, string> = {}): true => {
      response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), ...headers });
      response.end(method === "HEAD" ? undefined : body);
      return true;
    };
    const json = (status: number, body: unknown, headers: Record<string, string> = {}): true =>
      answer(status, "application/json", JSON.stringify(body), headers);

    if ((method === "GET" || method === "HEAD") && url.pathname === "/demo/site") {
      return answer(200, "text/html; charset=utf-8", page(content(), netlify.deploys()));
    }
    if (url.pathname === "/demo/netlify/mode") {
      const mode = url.searchParams.get("mode");
      if (method === "POST" && isDemoMode(mode)) netlify.setMode(mode);
      else if (method !== "GET") return json(422, { error: "Use POST with ?mode= and one of these", modes: demoModes });
      return json(200, { mode: netlify.mode(), modes: demoModes });
    }
    const api = /^\/demo\/netlify\/api\/v1(\/[\w/-]*)$/.exec(url.pathname)?.[1];
    const hook = /^\/demo\/build_hooks\/([\w-]{1,64})$/.exec(url.pathname)?.[1];
    const posts = hook !== undefined || url.pathname === "/demo/job" || url.pathname === "/demo/push";
    if (api === undefined && !posts) return json(404, { error: "Not found" });
    if (posts && method !== "POST") return json(405, { error: "Use POST" });
    const body = await readNodeBody(request, MAX_BODY_BYTES).catch((error: unknown) => {
      if (error instanceof BodyTooLargeError) return undefined;
      throw error;
    });
    if (body === undefined) return json(413, { error: "The body is too large" });
    if (api !== undefined) {
      const answered = netlify.answer(method, api, url.searchParams, body.toString("utf8"));
      return json(answered.status, answered.body);
    }
    if (hook !== undefined) {
      const refusal = hookRefusals[netlify.mode()];
      if (refusal !== undefined) return json(refusal.status, refusal.body, refusal.headers);
      netlify.build(hook, url.searchParams.get("trigger_title") ?? "");
      return json(200, {});
    }
    if (url.pathname === "/demo/push") return json(201, netlify.build(DEMO_SITE_ID, null));
    report("Demo job: syncing…");
    await sleep(JOB_TAKES_MS);
    const version = content().version + 1;
    writeJson(contentFile, { version, syncedAt: new Date().toISOString() } satisfies Content);
    report(`Demo job: done, content version ${version}`);
    return json(200, {
      changed: true,
      version: String(version),
      records: version,
      message: `Content version ${version}`,
    });
  };
}

const shown = ({ state, published_at }: DemoDeploy): string =>
  state === "building"
    ? "building"
    : state === "error"
      ? "not built"
      : published_at === null
        ? "built, not published"
        : "published";

function page(content: Content, deploys: readonly DemoDeploy[]): string {
  const live = deploys.toSorted((a, b) => (b.published_at ?? "").localeCompare(a.published_at ?? ""))[0];
  const rows = deploys
    .map((deploy) => {
      const { number, title, created_at: at, content: version } = deploy;
      const who = title === null ? "a push to Git" : title;
      return `<tr><td>${number}</td><td>${escapeHtml(at)}</td><td>${version}</td><td>${shown(deploy)}</td><td>${escapeHtml(who)}</td></tr>`;
    })
    .join("");
  const [version, number] = live?.published_at == null ? [0, 0] : [live.content, live.number];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo site</title><style>body{font:16px/1.5 system-ui;max-width:56rem;margin:3rem auto;padding:0 1rem}
td,th{text-align:left;padding:.25rem 1rem .25rem 0}</style>
<h1>Demo site</h1>
<p>Content version <strong>${content.version}</strong>, synced ${escapeHtml(content.syncedAt)}.
The site shows version ${version}, from build ${number}.</p>
<table><thead><tr><th>Build</th><th>At</th><th>Content</th><th>Deploy</th><th>Asked for by</th></tr></thead><tbody>${rows}</tbody></table>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, JSON.stringify(value, null, 2));
  renameSync(temporary, path);
}
