import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalHandler } from "./gateway.ts";
import { BodyTooLargeError, readNodeBody } from "./readNodeBody.ts";

interface Content {
  readonly version: number;
  readonly syncedAt: string;
}

interface Build {
  readonly number: number;
  readonly site: string;
  readonly title: string;
  readonly at: string;
  readonly content: number;
}

const JOB_TAKES_MS = 2_000;
const KEPT_BUILDS = 50;
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Stands in for what a team owns: a sync job (`POST /demo/job`) that fetches content into `directory`, a build hook
 * (`POST /demo/build_hooks/{id}`) and the site it builds (`GET /demo/site`).
 */
export function createDemoSite(directory: string, report: (line: string) => void): LocalHandler {
  const contentFile = join(directory, "content.json");
  const buildsFile = join(directory, "builds.json");
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
  const builds = (): Build[] => {
    const value = readJson(buildsFile);
    return Array.isArray(value) ? value.filter(isBuild) : [];
  };

  return async (request, response, url) => {
    if (url.pathname !== "/demo" && !url.pathname.startsWith("/demo/")) return false;
    const answer = (status: number, type: string, body: string): true => {
      response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
      response.end(request.method === "HEAD" ? undefined : body);
      return true;
    };
    const json = (status: number, body: object): true => answer(status, "application/json", JSON.stringify(body));

    if (request.method === "GET" || request.method === "HEAD") {
      if (url.pathname !== "/demo/site") return json(404, { error: "Not found" });
      return answer(200, "text/html; charset=utf-8", page(content(), builds()));
    }
    if (request.method !== "POST") return json(405, { error: "Use POST" });
    const hook = /^\/demo\/build_hooks\/([\w-]{1,64})$/.exec(url.pathname)?.[1];
    if (hook === undefined && url.pathname !== "/demo/job") return json(404, { error: "Not found" });
    const body = await readNodeBody(request, MAX_BODY_BYTES).catch((error: unknown) => {
      if (error instanceof BodyTooLargeError) return undefined;
      throw error;
    });
    if (body === undefined) return json(413, { error: "The body is too large" });
    if (hook !== undefined) {
      const earlier = builds();
      const number = (earlier[0]?.number ?? 0) + 1;
      const title = (url.searchParams.get("trigger_title") ?? "").slice(0, 200);
      const at = new Date().toISOString();
      writeJson(
        buildsFile,
        [{ number, site: hook, title, at, content: content().version }, ...earlier].slice(0, KEPT_BUILDS),
      );
      report(`Demo site: build ${number}${title === "" ? "" : ` (${printable(title)})`}`);
      return json(200, {});
    }
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

function page(content: Content, builds: readonly Build[]): string {
  const rows = builds
    .map(({ number, title, at, content: version }) => {
      return `<tr><td>${number}</td><td>${escapeHtml(at)}</td><td>${version}</td><td>${escapeHtml(title)}</td></tr>`;
    })
    .join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo site</title><style>body{font:16px/1.5 system-ui;max-width:48rem;margin:3rem auto;padding:0 1rem}
td,th{text-align:left;padding:.25rem 1rem .25rem 0}</style>
<h1>Demo site</h1>
<p>Content version <strong>${content.version}</strong>, synced ${escapeHtml(content.syncedAt)}.
The site shows version ${builds[0]?.content ?? 0}, from build ${builds[0]?.number ?? 0}.</p>
<table><thead><tr><th>Build</th><th>At</th><th>Content</th><th>Asked for by</th></tr></thead><tbody>${rows}</tbody></table>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A title comes from whoever calls the hook: control characters in it could rewrite the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

function isBuild(value: unknown): value is Build {
  return (
    typeof field(value, "number") === "number" &&
    typeof field(value, "content") === "number" &&
    ["site", "title", "at"].every((name) => typeof field(value, name) === "string")
  );
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
