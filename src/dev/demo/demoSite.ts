import { mkdirSync } from "node:fs";
import type { LocalHandler } from "../gateway.ts";
import { BodyTooLargeError, readNodeBody } from "../readNodeBody.ts";
import { DEMO_SITE_ID } from "./demo.ts";
import { createDemoJob, type DemoJob } from "./demoJob.ts";
import { demoModes, hookRefusals, isDemoMode } from "./demoModes.ts";
import { createDemoNetlify, type DemoNetlify } from "./demoNetlify.ts";
import { demoFile, demoMarker, demoPageHeaders, demoPostPage, demoSitePage, liveDeploy } from "./demoPages.ts";

export interface DemoSiteOptions {
  readonly directory: string;
  /** The URL of this server, such as `http://localhost:8888`. */
  readonly base: string;
  readonly report: (line: string) => void;
  /** How long a build that succeeds takes (ms); eight seconds if absent. */
  readonly buildTakesMs?: number | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Returns what the page of the demo's CMS shows. */
const stateOf = (job: DemoJob, netlify: DemoNetlify): object => {
  const [newest] = netlify.deploys();
  return {
    job: job.state(),
    mode: netlify.mode(),
    modes: demoModes,
    live: liveDeploy(netlify.deploys(), netlify.mode())?.content ?? null,
    deploy:
      newest === undefined
        ? null
        : {
            number: newest.number,
            state: newest.state,
            error: newest.error_message,
            published: newest.published_at !== null,
          },
  };
};

/** Answers the paths below `/demo` that show or choose what the job and the demo's Netlify do; undefined: another path. */
const answerChoice = (method: string, url: URL, job: DemoJob, netlify: DemoNetlify): Answer | undefined => {
  const mode = url.searchParams.get("mode");
  if (url.pathname === "/demo/state") {
    return method === "GET"
      ? { status: 200, body: stateOf(job, netlify) }
      : { status: 405, body: { error: "Use GET" } };
  }
  if (url.pathname === "/demo/job/mode") {
    if (method !== "POST" || (mode !== "fail" && mode !== "work"))
      return { status: 422, body: { error: "Use POST with ?mode=fail or ?mode=work" } };
    job.setFails(mode === "fail");
    return { status: 200, body: job.state() };
  }
  if (url.pathname !== "/demo/netlify/mode") return undefined;
  if (method === "POST" && isDemoMode(mode)) netlify.setMode(mode);
  else if (method !== "GET")
    return { status: 422, body: { error: "Use POST with ?mode= and one of these", modes: demoModes } };
  return { status: 200, body: { mode: netlify.mode(), modes: demoModes } };
};

/**
 * Serves stand-ins for what a team owns: a CMS to publish with (`GET /demo`, `POST /demo/posts/{id}`), a sync job (`POST /demo/job`) that fetches
 * content into `directory`, a site (`GET /demo/site`) with a build hook (`POST /demo/build_hooks/{id}`) and a repository
 * (`POST /demo/push`), and the part of Netlify's API for builds and deploys (`/demo/netlify/api/v1`).
 */
export function createDemoSite({ directory, base, report, buildTakesMs }: DemoSiteOptions): LocalHandler {
  mkdirSync(directory, { recursive: true });
  const job = createDemoJob(directory, report);
  const netlify = createDemoNetlify({ directory, base, content: () => job.content().version, buildTakesMs, report });

  return async (request, response, url) => {
    if (url.pathname !== "/demo" && !url.pathname.startsWith("/demo/")) return false;
    const method = request.method ?? "GET";
    const answer = (status: number, type: string, body: string, headers: Answer["headers"] = {}): true => {
      response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), ...headers });
      response.end(method === "HEAD" ? undefined : body);
      return true;
    };
    const json = ({ status, body, headers }: Answer): true =>
      answer(status, "application/json", JSON.stringify(body), headers);

    if (method === "GET" || method === "HEAD") {
      const html = "text/html; charset=utf-8";
      if (url.pathname === "/demo/site")
        return answer(200, html, demoSitePage(job.content(), netlify.deploys(), netlify.mode()), demoPageHeaders);
      const post = /^\/demo\/site\/posts\/([\w-]{1,64})$/.exec(url.pathname)?.[1];
      const page =
        post === undefined ? undefined : demoPostPage(job.content(), netlify.deploys(), netlify.mode(), post);
      if (page !== undefined) return answer(200, html, page, demoPageHeaders);
      const live = liveDeploy(netlify.deploys(), netlify.mode());
      if (url.pathname === "/demo/site/.well-known/layerhook.json" && live !== undefined)
        return json({ status: 200, body: demoMarker(live) });
      const file = demoFile(url.pathname);
      if (file !== undefined) return answer(200, file.type, file.text, demoPageHeaders);
    }
    const choice = answerChoice(method, url, job, netlify);
    if (choice !== undefined) return json(choice);
    const api = /^\/demo\/netlify\/api\/v1(\/[\w/-]*)$/.exec(url.pathname)?.[1];
    const hook = /^\/demo\/build_hooks\/([\w-]{1,64})$/.exec(url.pathname)?.[1];
    const saves = /^\/demo\/posts\/([\w-]{1,64})$/.exec(url.pathname)?.[1];
    const posts =
      hook !== undefined || saves !== undefined || url.pathname === "/demo/job" || url.pathname === "/demo/push";
    if (api === undefined && !posts) return json({ status: 404, body: { error: "Not found" } });
    if (posts && method !== "POST") return json({ status: 405, body: { error: "Use POST" } });
    const body = await readNodeBody(request, MAX_BODY_BYTES).catch((error: unknown) => {
      if (error instanceof BodyTooLargeError) return undefined;
      throw error;
    });
    if (body === undefined) return json({ status: 413, body: { error: "The body is too large" } });
    if (api !== undefined) return json(netlify.answer(method, api, url.searchParams, body.toString("utf8")));
    if (saves !== undefined) {
      job.savePost(saves, body.toString("utf8").slice(0, 1000));
      return json({ status: 200, body: { id: saves } });
    }
    if (hook !== undefined) {
      const refusal = hookRefusals[netlify.mode()];
      if (refusal !== undefined) return json(refusal);
      netlify.build(hook, url.searchParams.get("trigger_title") ?? "");
      return json({ status: 200, body: {} });
    }
    if (url.pathname === "/demo/push") return json({ status: 201, body: netlify.build(DEMO_SITE_ID, null) });
    return json(await job.run());
  };
}
