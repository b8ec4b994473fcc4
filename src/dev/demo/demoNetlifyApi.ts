import { apiRefusals } from "./demoModes.ts";
import { type DemoDeploy, type DemoState, hookSchema } from "./demoState.ts";

/** An answer of the demo's Netlify. `body` is sent as JSON. */
export interface DemoAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers a call of Netlify's API. `path` starts after `/api/v1`. */
export type DemoNetlifyApi = (method: string, path: string, query: URLSearchParams, body: string) => DemoAnswer;

export interface DemoNetlifyApiOptions {
  /** The URL of this server. */
  readonly base: string;
  readonly build: (siteId: string, title: string | null) => DemoDeploy;
  readonly notify: (event: string, deploy: DemoDeploy) => Promise<void>;
}

/** A site has one hook for each event. */
const hookId = (siteId: string, event: string): string => `${siteId}.${event}`;

const notFound: DemoAnswer = { status: 404, body: { code: 404, message: "Not Found" } };
const unprocessable = (message: string): DemoAnswer => ({ status: 422, body: { code: 422, message } });

/**
 * The part of Netlify's API for builds and deploys: start a build, list, read, lock and restore deploys, add a hook.
 */
export function createDemoNetlifyApi(
  { state, save }: DemoState,
  { base, build, notify }: DemoNetlifyApiOptions,
): DemoNetlifyApi {
  const lock = (deploy: DemoDeploy, locked: boolean): DemoAnswer => {
    state.locked = state.locked.filter((id) => id !== deploy.site_id);
    if (locked) state.locked.push(deploy.site_id);
    save();
    void notify(locked ? "deploy_locked" : "deploy_unlocked", deploy);
    return { status: 200, body: deploy };
  };

  const restore = (deploy: DemoDeploy): DemoAnswer => {
    deploy.published_at = new Date().toISOString();
    save();
    void notify("deploy_restored", deploy);
    return { status: 200, body: deploy };
  };

  const addHook = (siteId: string | null, body: string): DemoAnswer => {
    const parsed = hookSchema.safeParse({ site_id: siteId, ...parsedObject(body) });
    if (!parsed.success) return unprocessable("site_id, event and data are needed");
    const { site_id, event, data } = parsed.data;
    // Any program on this machine can register a hook, and must not make this server call another host.
    if (new URL(data.url).origin !== base) return unprocessable(`data.url must begin with ${base}`);
    // A site has one hook for each event. A new hook replaces the former one, because its URL has changed.
    state.hooks = state.hooks.filter((other) => other.site_id !== site_id || other.event !== event);
    state.hooks.push({ site_id, event, data });
    save();
    return { status: 201, body: { id: hookId(site_id, event), site_id, event, type: "url" } };
  };

  const removeHook = (id: string): DemoAnswer => {
    const { length } = state.hooks;
    state.hooks = state.hooks.filter(({ site_id, event }) => hookId(site_id, event) !== id);
    save();
    return state.hooks.length < length ? { status: 204, body: null } : notFound;
  };

  return (method, path, query, body) => {
    const [, what, id = "", then = "", other = "", last = ""] = path.split("/");
    const post = method === "POST";
    const deploy = state.deploys.find((one) => one.id === (what === "deploys" ? id : other));
    if (what === "hooks" && method === "DELETE") return removeHook(id);
    if (what === "hooks" && post) return addHook(query.get("site_id"), body);
    if (what === "sites" && then === "builds" && post) {
      const refusal = apiRefusals[state.mode];
      if (refusal !== undefined) return refusal;
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
  };
}

function parsedObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
