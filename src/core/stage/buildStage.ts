import { defined } from "../defined.ts";
import { madeAt } from "../madeAt.ts";
import { nextLook } from "../proof/look.ts";
import { lookOf } from "../proof/lookSchema.ts";
import { isOtherService } from "../site/hookKind.ts";
import { BUILD, siteParts, waitsForRunning } from "../site/pacing.ts";
import type { Site } from "../site/site.ts";
import { type SyncStatus, successorOf } from "../slot/ending.ts";
import { gate, type Opening, opening, type WaitingFor } from "../slot/pace.ts";
import { own, type Pending, type Retry } from "../slot/slot.ts";
import type { Sync } from "../slot/sync.ts";
import { becauseOf } from "./because.ts";
import { type BuildDeploy, firstShownAt, servedByNetlify, servedByPage, servedDeploys, showsBuild } from "./served.ts";
import { type Standing, sentenceOf, worstOf } from "./stage.ts";

/** A build of a site or a sync of a layer, in any state. */
export type RecordState =
  | { readonly kind: "pending"; readonly pending: Pending }
  | { readonly kind: "claimed"; readonly sync: Sync; readonly status: SyncStatus };

const WAITS: Readonly<Record<WaitingFor, string>> = {
  quiet: "The build starts when no one has published for a while.",
  interval: "The build starts when the minimum time between builds has passed.",
  budget: "The site's build budget is used up for now.",
  brake: "Builds followed one another without a pause, so the next one waits longer.",
  build: "Another build of the site is running.",
  credits: "The team's credits at Netlify are used up.",
  "builds-stopped": "Builds are stopped at Netlify.",
};
const NOT_FOLLOWED = "The build was started at Netlify. Connect deploy notifications to see its result.";
const NOT_REPORTED = "The build was requested. The service behind the build hook does not report its result.";
const NO_END = "The deploy started, but no deploy notification reported its result.";
const LOCKED = "The site is locked to another deploy.";
const UNLOCKED = "The deploy was built while the site was locked. Publish it at Netlify, or build the site again.";
const OLDER = "Visitors still see an older deploy.";
const NOT_SEEN = "The deploy is published. The page does not show it yet.";
const PAGE_OLD = "The deploy is published, but the page does not show it.";
const START_UNKNOWN = "Layerhook does not know when the deploy that visitors see was started.";
const NOT_KEPT = "The record of the build is no longer kept.";

/** What delays a build, if Netlify builds nothing until then. A pace that delays it for longer counts itself. */
const heldStanding = ({ slot: { held } }: Site, { at, waitingFor }: Opening): Omit<Standing, "buildId"> | null =>
  held !== undefined && (waitingFor === "credits" || waitingFor === "builds-stopped")
    ? { stage: "held", since: held.since, until: at, reason: WAITS[waitingFor] }
    : null;

const pendingStanding = (site: Site, pending: Pending): Standing => {
  const { slot } = site;
  const start = opening(pending, slot, siteParts(site).pace);
  const heldByNetlify = heldStanding(site, start);
  if (heldByNetlify !== null) return { ...heldByNetlify, buildId: pending.syncId };
  const standing = { stage: "waiting", since: pending.filledAt, buildId: pending.syncId } as const;
  if (waitsForRunning(site, pending)) return { ...standing, reason: WAITS.build };
  const { at, waitingFor } = start;
  // A released build starts as soon as a worker takes it, whenever it could have started before.
  const until = pending.released === true ? {} : { until: at };
  if (waitingFor === null) return { ...standing, ...until };
  const reason = waitingFor === "budget" ? (becauseOf(site, pending) ?? WAITS.budget) : WAITS[waitingFor];
  return { ...standing, ...until, reason };
};

const retryStanding = (site: Site, retry: Retry, buildId: string): Standing => {
  const { pace } = siteParts(site);
  const start: Opening = pace === undefined ? { at: retry.due, waitingFor: null } : gate(retry.due, site.slot, pace);
  const held = heldStanding(site, start);
  if (held !== null) return { ...held, buildId };
  return { stage: "retrying", since: retry.since, until: start.at, reason: sentenceOf(retry.error), buildId };
};

/** How a build ended: its own record says so, or what the site's document remembers of its last one. */
interface BuildEnd extends BuildDeploy {
  readonly status: string;
  readonly error?: string | undefined;
}

const servedStanding = (site: Site, build: BuildDeploy, after: number): Standing | null => {
  const served = servedDeploys(site, build);
  const [first] = served;
  if (first === undefined || !served.every((one) => showsBuild(one, build, after) === true)) return null;
  const now = Math.max(...served.map(({ at }) => at));
  // What went live stays live since then, however many deploys replace it.
  const since = Math.min(now, firstShownAt(site, build, after, served) ?? now);
  return { stage: "live", since, buildId: build.buildId, ...defined({ deployId: first.deploy.id }) };
};

/** Whether Netlify told of the end of the lock after `at` (ms), and of no lock since. */
const isUnlockedSince = ({ deploys }: Site, at: number): boolean =>
  deploys?.locked === false && (deploys.heard?.["unlocked"] ?? 0) > at;

const builtStanding = (site: Site, end: BuildEnd, after: number): Standing => {
  const { buildId, deploy, at } = end;
  const standing = { since: at, buildId, ...defined({ deployId: deploy?.id }) };
  if (deploy === undefined) {
    return { ...standing, stage: "asked", reason: isOtherService(site) ? NOT_REPORTED : NOT_FOLLOWED };
  }
  if (deploy.state !== "ready") return { ...standing, stage: "asked", reason: NO_END };
  if (deploy.published === false) {
    return { ...standing, stage: "held", reason: isUnlockedSince(site, at) ? UNLOCKED : LOCKED };
  }
  const [byNetlify, byPage] = [servedByNetlify(site, end), servedByPage(site, end)];
  if (byNetlify !== null && showsBuild(byNetlify, end, after) === false) {
    return { ...standing, stage: "held", since: byNetlify.at, reason: OLDER };
  }
  if (byPage !== null && showsBuild(byPage, end, after) !== true) return { ...standing, ...unseenStanding(site) };
  return { ...standing, stage: "asked", reason: START_UNKNOWN };
};

/** A deploy is published, and the site's pages do not show it. */
const unseenStanding = (site: Site): Pick<Standing, "stage" | "until" | "reason"> => {
  const look = lookOf(site);
  const isLooking = nextLook(site) < Number.POSITIVE_INFINITY;
  if (isLooking) return { stage: "building", reason: NOT_SEEN, ...defined({ until: look?.due }) };
  return { stage: "held", reason: look?.reason === undefined ? OLDER : `${PAGE_OLD} ${sentenceOf(look.reason)}` };
};

const endStanding = (site: Site, end: BuildEnd, after: number): Standing => {
  const live = servedStanding(site, end, after);
  if (live !== null) return live;
  const { status, error, buildId, at, deploy } = end;
  const standing = { since: at, buildId, ...defined({ deployId: deploy?.id }) };
  switch (status) {
    case "failed":
      return { ...standing, stage: "failed", reason: sentenceOf(error ?? "The build failed") };
    case "cancelled":
      return { ...standing, stage: "failed", reason: sentenceOf(error ?? "Someone cancelled the build") };
    case "superseded":
      return { ...standing, stage: "superseded" };
    default:
      return builtStanding(site, end, after);
  }
};

const endOf = (sync: Sync, status: SyncStatus): BuildEnd => {
  const part = own(sync.parts, BUILD);
  const at = sync.finishedAt ?? sync.queuedAt;
  return { buildId: sync.id, status, deploy: part?.deploy, error: part?.error ?? sync.error, at };
};

/** How the site's last build ended, as its document says. */
const lastEnd = ({ lastEnded, deploys }: Site): BuildEnd | null => {
  const sync = lastEnded?.sync;
  if (sync == null) return null;
  const { id, status, deploy, error, finishedAt, queuedAt } = sync;
  const known = deploy ?? deploys?.recent.find(({ buildId }) => buildId === id);
  return { buildId: id, status, deploy: known, error, at: finishedAt ?? queuedAt };
};

/**
 * Where a build stands that has left the site's document, as far as the document tells: a later deploy shows it, or the
 * document remembers how its last build ended. Null: only the build's record tells.
 */
export const rememberedStage = (site: Site, buildId: string, after: number): Standing | null => {
  const end = lastEnd(site);
  if (end !== null && end.buildId === buildId && end.status !== "superseded") return endStanding(site, end, after);
  return servedStanding(site, { buildId, at: after }, after);
};

/**
 * Where a build of a site stands; `state` is null if its record is no longer kept. Live if the deploy that visitors are
 * served began after `after` (ms), whatever became of the build: a later deploy shows what a failed one would have.
 */
export const buildStage = (site: Site, buildId: string, state: RecordState | null, after: number): Standing => {
  if (state === null) {
    return (
      rememberedStage(site, buildId, after) ?? {
        stage: "asked",
        since: madeAt(buildId) ?? 0,
        reason: NOT_KEPT,
        buildId,
      }
    );
  }
  if (state.kind === "pending") {
    return servedStanding(site, { buildId, at: after }, after) ?? pendingStanding(site, state.pending);
  }
  const { sync, status } = state;
  const end = endOf(sync, status);
  if (sync.finishedAt !== null) return endStanding(site, end, after);
  const { running, retry } = site.slot;
  const part = running === null ? undefined : own(running.parts, BUILD);
  const deploy = part?.syncId === sync.id ? part.deploy : end.deploy;
  const live = servedStanding(site, { ...end, deploy }, after);
  if (live !== null) return live;
  const waiting = own(retry, BUILD);
  if (waiting?.syncId === sync.id) return retryStanding(site, waiting, buildId);
  const since = deploy?.startedAt ?? running?.startedAt ?? sync.startedAt ?? sync.queuedAt;
  return { stage: "building", since, buildId, ...defined({ deployId: deploy?.id }) };
};

/** The build that took over a superseded one; null: none did. */
export const builtInstead = (state: RecordState | null): string | null =>
  state?.kind === "claimed" && state.status === "superseded" ? successorOf(state.sync) : null;

/**
 * Where a site stands: its worst among the pending build, the running one, the one to be tried again, and the last one
 * that ended. Null: nothing was ever built.
 */
export const siteStage = (site: Site): Standing | null => {
  const { pending, running, retry, open } = site.slot;
  const end = lastEnd(site);
  const waiting = own(retry, BUILD);
  const syncId = running === null ? undefined : own(running.parts, BUILD)?.syncId;
  const sync = syncId === undefined ? undefined : own(open, syncId);
  const active = [
    ...(pending === null ? [] : [pendingStanding(site, pending)]),
    ...(waiting === undefined ? [] : [retryStanding(site, waiting, waiting.syncId)]),
    ...(sync === undefined
      ? []
      : [buildStage(site, sync.id, { kind: "claimed", sync, status: "running" }, sync.startedAt ?? sync.queuedAt)]),
  ];
  // A build that is tried again or held stands for all that an earlier one did not show, and has the newer reason.
  const isTriedAgain = active.some(({ stage }) => stage === "retrying" || stage === "held");
  const isOver = end === null || end.status === "superseded" || isTriedAgain;
  // What began after the end of a build shows everything that the build would have shown.
  const worst = worstOf(isOver ? active : [...active, endStanding(site, end, end.at)]);
  return worst === null ? null : { ...worst, siteId: site.id };
};
