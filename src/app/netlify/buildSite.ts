import { SECOND } from "../../core/durations.ts";
import { beganAfter } from "../../core/site/beganAfter.ts";
import { buildOptionsOf, buildsApart } from "../../core/site/buildOptions.ts";
import { bearsBuild, buildIdInTitle } from "../../core/site/deployEvent.ts";
import { deployOutcome, notificationsWork } from "../../core/site/followDeploy.ts";
import type { Site } from "../../core/site/site.ts";
import { type Deploy, FOLLOW, withoutFutureTimes } from "../../core/slot/deploy.ts";
import type { Outcome, Part } from "../../core/slot/slot.ts";
import type { Progress } from "../../core/worker/phases.ts";
import type { Deps, NetlifyApi } from "../deps.ts";
import type { Proof } from "../proof/proofRecord.ts";
import { buildTitle, callBuildHook } from "./callBuildHook.ts";
import { deployAddress, latestDeploys, readDeploy, startBuild } from "./netlifyApi.ts";
import { refusedBuild } from "./refusedBuild.ts";

/** How often a deploy is polled: builds take minutes, and each poll costs a worker's time. */
const LOOK_FIRST = 5 * SECOND;
const LOOK_LAST = 15 * SECOND;

/** One build of a site, made by the worker that attends the run. */
export interface SiteBuild {
  readonly site: Site;
  readonly part: Part;
  /** What is in the build; null: it is not known, or the build has begun already. */
  readonly manifest: Proof | null;
  /** Whether an outgoing call may begin, because the lease was confirmed lately. */
  mayCall(): boolean;
  /** Aborts the build's calls at once. */
  readonly signal: AbortSignal;
  /** Stores where the deploy is polled, before the first poll, so that the site is not built twice. */
  polled(location: string, deadline: number, deploy: Deploy): void;
}

const decided = (outcome: Outcome): Progress => ({ kind: "decided", outcome });

/** Polls a deploy until it ends. A deploy that can no longer be polled counts as started and over. */
const follow = async (deps: Deps, build: SiteBuild, api: NetlifyApi, location: string): Promise<Progress> => {
  const { clock } = deps;
  const { part, signal } = build;
  const began = clock.now();
  const deadline = part.deadline ?? began + FOLLOW;
  const unheard = (): Progress =>
    decided({ kind: "ok", durationMs: clock.now() - began, deploy: { ...part.deploy, state: "unheard" } });
  let pause = LOOK_FIRST;
  // The token is sent to Netlify alone, whatever URL of the deploy a document holds.
  if (!location.startsWith(deployAddress(api, ""))) return unheard();
  for (;;) {
    await clock.sleep(pause, signal);
    if (signal.aborted) return { kind: "left" };
    pause = Math.min(pause * 1.5, LOOK_LAST);
    if (!build.mayCall()) continue;
    const read = await readDeploy(deps, api, location, signal);
    if (signal.aborted) return { kind: "left" };
    if (read.kind === "refused") return unheard();
    if (read.kind === "deploy" && read.deploy.state !== "building") {
      const { deploy, notBuilt } = read;
      const foreign = part.deploy?.foreign === true ? { foreign: true } : {};
      return decided(deployOutcome({ ...deploy, ...foreign }, notBuilt, clock.now() - began));
    }
    if (clock.now() >= deadline) return unheard();
  }
};

/**
 * A deploy that shows everything this build would show: an earlier attempt started it, or somebody else did after the
 * request. Null: there is none.
 */
const standIn = async (
  deps: Deps,
  { site, part, signal }: SiteBuild,
  api: NetlifyApi,
  netlifySiteId: string,
): Promise<(Deploy & { readonly id: string }) | null> => {
  const askedAt = site.slot.open[part.syncId]?.trigger.at ?? part.since;
  const isApart = site.branch != null || buildsApart(part.ask);
  const now = deps.clock.now();
  const listed = await latestDeploys(deps, api, netlifySiteId, signal);
  const latest = listed.map((one) => ({ ...one, deploy: withoutFutureTimes(one.deploy, now) }));
  const former = latest.filter(({ title }) => bearsBuild(title, part.syncId)).at(-1)?.deploy;
  const found = latest.find(({ deploy: { state, startedAt }, production, title }) => {
    if (!production || state === "failed" || startedAt === undefined) return false;
    const buildId = buildIdInTitle(title);
    // A deploy of ours shows what was requested before it started, and nothing later, whatever the clocks say.
    const covers =
      buildId === undefined ? !isApart && beganAfter(startedAt, { askedAt, deploy: former }) : buildId === part.syncId;
    return covers && deps.clock.now() < startedAt + FOLLOW;
  });
  if (found === undefined) return null;
  return bearsBuild(found.title, part.syncId) ? found.deploy : { ...found.deploy, foreign: true };
};

/** Starts a build by Netlify's API. Null: Netlify refuses the token or the site, so the build hook must be called. */
const byToken = async (
  deps: Deps,
  build: SiteBuild,
  api: NetlifyApi,
  netlifySiteId: string,
): Promise<Progress | null> => {
  const { site, part, signal } = build;
  const began = deps.clock.now();
  const failed = (error: string, unanswered: boolean): Progress =>
    decided({ kind: "failed", error, unanswered, durationMs: deps.clock.now() - began });
  const other = await standIn(deps, build, api, netlifySiteId);
  if (signal.aborted) return { kind: "left" };
  let deploy: Deploy & { readonly id: string };
  if (other === null) {
    const title = buildTitle(site.slot.open[part.syncId], part);
    const started = await startBuild(deps, api, netlifySiteId, { title, ...buildOptionsOf(site, part.ask) }, signal);
    if (signal.aborted) return { kind: "left" };
    if (started.kind === "silence") return failed(started.error, started.unsent !== true);
    if (started.kind === "refused") {
      const now = deps.clock.now();
      const outcome = refusedBuild(started.answer, {
        from: "Netlify's API",
        kind: "netlify",
        secret: "",
        now,
        durationMs: now - began,
      });
      // Another refusal concerns the token or the site's id. The build hook may still work.
      const isFinal = outcome.kind === "failed" && outcome.held === undefined;
      return isFinal && [401, 403, 404, 410, 422].includes(started.answer.status) ? null : decided(outcome);
    }
    deploy = { id: started.deployId, state: "building" };
  } else {
    deploy = other;
    if (deploy.state === "ready") return decided(deployOutcome(deploy, null, deps.clock.now() - began));
  }
  const deadline = deps.clock.now() + FOLLOW;
  const location = deployAddress(api, deploy.id);
  build.polled(location, deadline, deploy);
  return follow(deps, { ...build, part: { ...part, deadline, deploy } }, api, location);
};

/** Starts a build by the build hook. */
const byHook = async (deps: Deps, { site, part, manifest, signal }: SiteBuild): Promise<Progress> => {
  const began = deps.clock.now();
  const { outcome } = await callBuildHook(deps, site, part, signal, manifest);
  if (signal.aborted) return { kind: "left" };
  // A deploy notification will report the end, so no worker waits for it.
  if (outcome.kind === "ok" && notificationsWork(site)) return { kind: "parked", deadline: began + FOLLOW };
  return decided(outcome);
};

/**
 * Builds a site and follows the deploy to its end where possible: by deploy notifications if they work, or else by
 * polling with a token and the site's id at Netlify. Otherwise the build is over when its hook has answered. Never
 * throws; returns `left` if the signal is aborted.
 */
export const buildSite = async (deps: Deps, build: SiteBuild): Promise<Progress> => {
  const { site, part } = build;
  const { netlify: api } = deps;
  if (part.location !== undefined) {
    if (api !== undefined) return follow(deps, build, api, part.location);
    return decided({ kind: "ok", durationMs: 0, deploy: { ...part.deploy, state: "unheard" } });
  }
  if (api === undefined || site.netlifySiteId === undefined || notificationsWork(site)) return byHook(deps, build);
  return (await byToken(deps, build, api, site.netlifySiteId)) ?? byHook(deps, build);
};
