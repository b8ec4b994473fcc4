import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type DemoMode, demoModes, endOf, skips } from "./demoModes.ts";
import { createDemoNetlifyApi, type DemoNetlifyApi } from "./demoNetlifyApi.ts";
import { type DemoDeploy, openDemoState } from "./demoState.ts";
import { type NotifyOptions, notifyDeploy } from "./notifyDeploy.ts";

/** Duration of a demo build (ms): long enough to watch, short enough to wait for. */
const BUILD_TAKES_MS = 8_000;
const KEPT = 50;

/** The part of Netlify that this system uses: builds, deploys, deploy notifications, locked deploys. */
export interface DemoNetlify {
  /** Starts a build of a site. `title` is null for a push to Git. */
  build(siteId: string, title: string | null): DemoDeploy;
  readonly answer: DemoNetlifyApi;
  /** All deploys, newest first. */
  deploys(): readonly DemoDeploy[];
  mode(): DemoMode;
  /** Chooses what becomes of the next builds. */
  setMode(mode: DemoMode): void;
}

export interface DemoNetlifyOptions extends NotifyOptions {
  readonly directory: string;
  /** Returns the current version of the content. */
  readonly content: () => number;
  /** How long a build that succeeds takes (ms); eight seconds if absent. */
  readonly buildTakesMs?: number | undefined;
}

/**
 * Creates a stand-in for Netlify with its state in `directory`. It finishes builds that a stop of the server
 * interrupted.
 */
export function createDemoNetlify({
  directory,
  base,
  content,
  buildTakesMs = BUILD_TAKES_MS,
  report,
}: DemoNetlifyOptions): DemoNetlify {
  const saved = openDemoState(directory);
  const { state, save } = saved;
  const now = (): string => new Date().toISOString();
  const notify = async (event: string, deploy: DemoDeploy): Promise<void> => {
    if (state.mode !== "silent") await notifyDeploy(state, event, deploy, { base, report });
  };

  const fail = async (deploy: DemoDeploy, message: string | null): Promise<void> => {
    deploy.state = "error";
    deploy.updated_at = now();
    deploy.error_message = message;
    save();
    report(`Demo site: deploy ${deploy.number} is not built${message === null ? "" : `: ${message}`}`);
    await notify("deploy_failed", deploy);
  };

  const finish = async (deploy: DemoDeploy): Promise<void> => {
    const end = endOf[state.mode];
    await sleep(end?.afterMs ?? buildTakesMs, undefined, { ref: false });
    if (end !== undefined) {
      await fail(deploy, end.message);
      return;
    }
    deploy.state = "ready";
    deploy.updated_at = now();
    const locked = state.locked.includes(deploy.site_id);
    if (!locked) deploy.published_at = deploy.updated_at;
    save();
    report(`Demo site: deploy ${deploy.number} is ${locked ? "built; the site is locked to another deploy" : "live"}`);
    await notify("deploy_created", deploy);
  };

  const build = (siteId: string, title: string | null): DemoDeploy => {
    const [last] = state.deploys;
    const lags = state.mode === "old-content" && last !== undefined && last.lags !== true;
    const version = lags ? last.content : content();
    const deploy = { ...newDeploy(siteId, title, (last?.number ?? 0) + 1, version), ...(lags ? { lags } : {}) };
    state.deploys.unshift(deploy);
    state.deploys.splice(KEPT);
    save();
    report(`Demo site: build ${deploy.number}${title === null ? " (pushed to Git)" : ` (${printable(title)})`}`);
    const skipped = title === null ? undefined : skips[state.mode];
    if (skipped !== undefined) {
      deploy.skipped = true;
      void fail(deploy, skipped);
      if (skipped === null) build(siteId, null);
      return deploy;
    }
    void notify("deploy_building", deploy).then(() => finish(deploy));
    return deploy;
  };

  for (const deploy of state.deploys) if (deploy.state === "building") void finish(deploy);

  const setMode = (mode: DemoMode): void => {
    state.mode = mode;
    save();
    report(`Demo Netlify: ${demoModes[mode]}`);
  };
  return {
    build,
    deploys: () => state.deploys,
    mode: () => state.mode,
    setMode,
    answer: createDemoNetlifyApi(saved, { base, build, notify }),
  };
}

/** Returns a deploy that starts to build `content` now. */
function newDeploy(siteId: string, title: string | null, number: number, content: number): DemoDeploy {
  const id = randomBytes(12).toString("hex");
  const at = new Date().toISOString();
  return {
    id,
    site_id: siteId,
    number,
    content,
    state: "building",
    title: title?.slice(0, 200) ?? null,
    context: "production",
    created_at: at,
    updated_at: at,
    published_at: null,
    error_message: null,
    deploy_ssl_url: `https://${id}--${siteId}.netlify.example`,
  };
}

/**
 * Removes control characters from a title. Any caller of the build hook chooses the title, and could rewrite the
 * terminal.
 */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
