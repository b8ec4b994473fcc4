import { createHash, randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CompactSign } from "jose";
import { z } from "zod";

/** A build is long enough to be seen at work, and short enough to be waited for (ms). */
const BUILD_TAKES_MS = 8_000;
const TELL_DEADLINE_MS = 10_000;
const KEPT = 50;

const deploySchema = z.object({
  id: z.string(),
  site_id: z.string(),
  number: z.number(),
  /** The version of the content that it shows. */
  content: z.number(),
  state: z.enum(["building", "ready", "error"]),
  title: z.string().nullable(),
  context: z.literal("production"),
  created_at: z.string(),
  updated_at: z.string(),
  published_at: z.string().nullable(),
  error_message: z.string().nullable(),
  deploy_ssl_url: z.string(),
});
export type DemoDeploy = z.infer<typeof deploySchema>;

const hookSchema = z.object({
  site_id: z.string(),
  event: z.string(),
  data: z.object({ url: z.url(), signature_secret: z.string() }),
});

const stateSchema = z.object({
  deploys: z.array(deploySchema),
  hooks: z.array(hookSchema),
  /** Sites that are kept on the deploy they show. */
  locked: z.array(z.string()),
});
type State = z.infer<typeof stateSchema>;

/** An answer of the stand-in: a status and what is said, as JSON. */
export interface DemoAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What Netlify does for a team, as far as this system asks it: builds, deploys, notifications of them, a lock. */
export interface DemoNetlify {
  /** Begins a build of a site as a hook does; `title` is null for a push to Git. */
  build(siteId: string, title: string | null): DemoDeploy;
  /** Answers a call of Netlify's API; `path` begins after `/api/v1`. */
  answer(method: string, path: string, query: URLSearchParams, body: string): DemoAnswer;
  /** Every deploy, the newest first. */
  deploys(): readonly DemoDeploy[];
}

export interface DemoNetlifyOptions {
  readonly directory: string;
  /** Where this server is reached. Notifications go nowhere else, whatever address was given. */
  readonly base: string;
  /** The version of the content there is now. */
  readonly content: () => number;
  readonly report: (line: string) => void;
}

const notFound: DemoAnswer = { status: 404, body: { code: 404, message: "Not Found" } };

/** Stands in for Netlify, with its state in `directory`. A build that a stop of the server cut off is finished by the next one. */
export function createDemoNetlify({ directory, base, content, report }: DemoNetlifyOptions): DemoNetlify {
  const file = join(directory, "netlify.json");
  const state: State = readState(file);
  const now = (): string => new Date().toISOString();
  const save = (): void => {
    const temporary = `${file}.tmp`;
    writeFileSync(temporary, JSON.stringify(state, null, 2), { mode: 0o600 });
    renameSync(temporary, file);
  };

  const tell = async (event: string, deploy: DemoDeploy): Promise<void> => {
    const body = JSON.stringify(deploy);
    const hooks = state.hooks.filter((hook) => hook.site_id === deploy.site_id && hook.event === event);
    for (const { data } of hooks) {
      try {
        const { pathname, search } = new URL(data.url);
        const response = await fetch(`${base}${pathname}${search}`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "x-netlify-event": event,
            "x-webhook-signature": await signed(body, data.signature_secret),
          },
          body,
          redirect: "manual",
          signal: AbortSignal.timeout(TELL_DEADLINE_MS),
        });
        await response.body?.cancel();
        if (!response.ok) report(`Demo Netlify: ${event} was answered ${response.status}`);
      } catch (error) {
        report(`Demo Netlify: ${event} was not taken (${error instanceof Error ? error.name : "unknown"})`);
      }
    }
  };

  const finish = async (deploy: DemoDeploy): Promise<void> => {
    await sleep(BUILD_TAKES_MS, undefined, { ref: false });
    deploy.state = "ready";
    deploy.updated_at = now();
    const locked = state.locked.includes(deploy.site_id);
    if (!locked) deploy.published_at = deploy.updated_at;
    save();
    report(`Demo site: deploy ${deploy.number} is ${locked ? "built; the site is locked to another one" : "live"}`);
    await tell("deploy_created", deploy);
  };

  const build = (siteId: string, title: string | null): DemoDeploy => {
    const number = (state.deploys[0]?.number ?? 0) + 1;
    const id = randomBytes(12).toString("hex");
    const at = now();
    const deploy: DemoDeploy = {
      id,
      site_id: siteId,
      number,
      content: content(),
      state: "building",
      title: title?.slice(0, 200) ?? null,
      context: "production",
      created_at: at,
      updated_at: at,
      published_at: null,
      error_message: null,
      deploy_ssl_url: `https://${id}--${siteId}.netlify.example`,
    };
    state.deploys.unshift(deploy);
    state.deploys.splice(KEPT);
    save();
    report(`Demo site: build ${number}${title === null ? " (pushed to Git)" : ` (${printable(title)})`}`);
    void tell("deploy_building", deploy).then(() => finish(deploy));
    return deploy;
  };

  for (const deploy of state.deploys) if (deploy.state === "building") void finish(deploy);

  const lock = (deploy: DemoDeploy, locked: boolean): DemoAnswer => {
    state.locked = state.locked.filter((id) => id !== deploy.site_id);
    if (locked) state.locked.push(deploy.site_id);
    save();
    void tell(locked ? "deploy_locked" : "deploy_unlocked", deploy);
    return { status: 200, body: deploy };
  };

  const restore = (deploy: DemoDeploy): DemoAnswer => {
    deploy.published_at = now();
    save();
    void tell("deploy_restored", deploy);
    return { status: 200, body: deploy };
  };

  const hook = (siteId: string | null, body: string): DemoAnswer => {
    const parsed = hookSchema.safeParse({ site_id: siteId, ...parsedObject(body) });
    if (!parsed.success) return { status: 422, body: { code: 422, message: "site_id, event and data are needed" } };
    const { site_id, event, data } = parsed.data;
    // Anybody on this machine may register one. It must not make this server call elsewhere.
    if (new URL(data.url).origin !== base) {
      return { status: 422, body: { code: 422, message: `data.url must begin with ${base}` } };
    }
    // One for each event: whoever asks again has a new address.
    state.hooks = state.hooks.filter((other) => other.site_id !== site_id || other.event !== event);
    state.hooks.push({ site_id, event, data });
    save();
    return { status: 201, body: { site_id, event, type: "url" } };
  };

  return {
    build,
    deploys: () => state.deploys,
    answer(method, path, query, body) {
      const [, what, id = "", then = "", other = "", last = ""] = path.split("/");
      const post = method === "POST";
      const deploy = state.deploys.find((one) => one.id === (what === "deploys" ? id : other));
      if (what === "hooks" && post) return hook(query.get("site_id"), body);
      if (what === "sites" && then === "builds" && post) {
        const begun = build(id, query.get("title"));
        return { status: 200, body: { id: begun.id, deploy_id: begun.id, done: false } };
      }
      if (what === "sites" && then === "deploys" && other === "" && method === "GET") {
        return { status: 200, body: state.deploys.filter((one) => one.site_id === id) };
      }
      if (deploy === undefined) return notFound;
      if (what === "deploys" && then === "" && method === "GET") return { status: 200, body: deploy };
      if (what === "deploys" && post && (then === "lock" || then === "unlock")) return lock(deploy, then === "lock");
      if (what === "sites" && post && then === "deploys" && last === "restore") return restore(deploy);
      return notFound;
    },
  };
}

async function signed(body: string, secret: string): Promise<string> {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const payload = new TextEncoder().encode(JSON.stringify({ iss: "netlify", sha256 }));
  return new CompactSign(payload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
}

function parsedObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function readState(file: string): State {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return { deploys: [], hooks: [], locked: [] };
  }
}

/** A title comes from whoever calls the hook: control characters in it could rewrite the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
