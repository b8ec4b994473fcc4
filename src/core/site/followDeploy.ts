import { defined } from "../defined.ts";
import { DAY } from "../durations.ts";
import { apply } from "../layer/apply.ts";
import { DEPLOYS } from "../limits.ts";
import { takePending, takeRetries } from "../slot/claim.ts";
import { type Deploy, FOLLOW, joinDeploy, withoutFutureTimes } from "../slot/deploy.ts";
import { endFinished } from "../slot/ending.ts";
import { report } from "../slot/settle.ts";
import { type Change, type Outcome, own, type Part, type Run, type Slot } from "../slot/slot.ts";
import { beganAfter } from "./beganAfter.ts";
import { buildsApart } from "./buildOptions.ts";
import { bearsBuild, buildIdInTitle, type DeployEvent, deployMark, type EventMoment } from "./deployEvent.ts";
import type { DeployHistory, KnownDeploy } from "./deployHistory.ts";
import type { NotBuilt } from "./notBuilt.ts";
import { oweAgain } from "./oweAgain.ts";
import { BUILD, siteParts } from "./pacing.ts";
import type { Site } from "./site.ts";

const isOfPart = (part: Part, { kind, deploy, title }: DeployEvent): boolean =>
  part.deploy?.id === deploy.id ||
  title.includes(deployMark(part)) ||
  (kind === "succeeded" && bearsBuild(title, part.syncId));

/**
 * How many attempts a build has if its deploys fail. A second attempt helps if a registry was down, not if a page is
 * broken, and each attempt costs credits.
 */
const DEPLOY_TRIES = 2;

const NOT_BUILT: Readonly<Record<NotBuilt, string>> = {
  cancelled: "someone cancelled the deploy at Netlify",
  ignored:
    "the site's ignore rule cancelled the build. A build hook brings no commit, so change the rule to build when $INCOMING_HOOK_TITLE is set",
  superseded: "Netlify skipped the build, because a newer build was waiting",
  credits: "held: the team's credits at Netlify are used up",
  "builds-stopped": "held: builds are stopped at Netlify",
};

/** How a deploy that Netlify did not build counts for the build that waits for it. */
const notBuiltCounts = (why: NotBuilt): Partial<Extract<Outcome, { kind: "failed" }>> => {
  if (why === "cancelled") return { atMost: 1 };
  if (why === "ignored") return { atMost: 1, unbuilt: true };
  return why === "superseded" ? { unbuilt: true, uncounted: true } : { unbuilt: true, uncounted: true, held: why };
};

/**
 * The outcome of a call whose deploy has ended; `notBuilt` is the reason if Netlify did not build. Only a person or the
 * site's own rule ends a build that Netlify did not make. Any other stays owed.
 */
export const deployOutcome = (deploy: Deploy, notBuilt: NotBuilt | null, durationMs: number): Outcome => {
  if (deploy.state !== "failed") return { kind: "ok", durationMs, deploy };
  const why = deploy.error === undefined ? "" : ` (${deploy.error})`;
  const error = notBuilt === null ? `the deploy failed${why}` : `${NOT_BUILT[notBuilt]}${why}`;
  const failed = { kind: "failed", error, unanswered: false, durationMs, deploy } as const;
  if (notBuilt !== null && notBuilt !== "cancelled" && notBuilt !== "ignored") {
    return { ...failed, ...notBuiltCounts(notBuilt) };
  }
  // A failed deploy that was not started for this build was no attempt of it: the build still has to start.
  if (deploy.foreign === true) return failed;
  return notBuilt === null ? { ...failed, atMost: DEPLOY_TRIES } : { ...failed, ...notBuiltCounts(notBuilt) };
};

/** Whether deploy notifications work: one has arrived after the last time a build was waited for in vain. */
export const notificationsWork = ({ deploys, slot }: Pick<Site, "deploys" | "slot">): boolean =>
  deploys !== undefined && deploys.heardAt > (slot.unheardAt ?? 0);

const recordDeployStart = (slot: Slot, run: Run, part: Part, deploy: Deploy, now: number): Slot => {
  const joined = joinDeploy(part.deploy, deploy);
  // A deploy may be queued at Netlify, so its time counts from the first notification about it.
  const first = part.deploy?.id === undefined && part.parked === true;
  const deadline = first ? Math.max(part.deadline ?? 0, now + FOLLOW) : part.deadline;
  const next: Part = { ...part, deploy: joined, ...defined({ deadline }) };
  const leaseUntil = run.by === null && deadline !== undefined ? deadline : run.leaseUntil;
  return { ...slot, running: { ...run, parts: { ...run.parts, [BUILD]: next }, leaseUntil } };
};

/**
 * Whether an event tells of a deploy that makes up for the lost notifications of a running build's own deploy: it began
 * after the build's call, visitors see it, and nothing was ever heard of the build's own.
 */
const makesUpFor = (site: Site, run: Run, part: Part, { kind, deploy, production }: DeployEvent): boolean =>
  kind === "succeeded" &&
  production &&
  deploy.published === true &&
  part.parked === true &&
  part.deploy?.id === undefined &&
  part.location === undefined &&
  site.branch == null &&
  !buildsApart(part.ask) &&
  deploy.startedAt !== undefined &&
  beganAfter(deploy.startedAt, { askedAt: run.startedAt });

/** The change of the running build by an event; null if it changes nothing. */
const updateRunning = (site: Site, given: DeployEvent, now: number): Change | null => {
  const { slot } = site;
  const run = slot.running;
  const part = run === null ? undefined : own(run.parts, BUILD);
  if (run === null || part === undefined || part.outcome !== undefined) return null;
  const isOwn = isOfPart(part, given);
  if (!isOwn && !makesUpFor(site, run, part, given)) return null;
  const event = isOwn ? given : { ...given, deploy: { ...given.deploy, foreign: true } };
  if (event.kind === "started") {
    if (part.deploy?.id === event.deploy.id) return null;
    return { slot: recordDeployStart(slot, run, part, event.deploy, now), ended: [] };
  }
  if (event.kind !== "succeeded" && event.kind !== "failed") return null;
  const deploy = joinDeploy(part.deploy, event.deploy);
  const outcome = deployOutcome(deploy, event.notBuilt, Math.max(now - run.startedAt, 0));
  const reported = report(slot, part.callFence, BUILD, outcome, now, siteParts(site));
  return reported.kind === "recorded" ? { slot: reported.slot, ended: reported.ended } : null;
};

/**
 * The latest deploys. The one that visitors see is always among them: a locked site may build many others, and what
 * began before the one they see must stay known.
 */
const keepRecent = (deploys: readonly KnownDeploy[], liveId: string | undefined): KnownDeploy[] => {
  const live = deploys.slice(DEPLOYS).find(({ id }) => id === liveId);
  return live === undefined ? deploys.slice(0, DEPLOYS) : [...deploys.slice(0, DEPLOYS - 1), live];
};

/** The known deploys of a site after an event. */
const rememberDeploy = (
  known: DeployHistory | undefined,
  event: DeployEvent,
  { now, rev }: EventMoment,
): DeployHistory => {
  const { kind, deploy, production } = event;
  const before: DeployHistory = known ?? { heardAt: now, locked: false, recent: [] };
  const heard = { ...before.heard, [kind]: now };
  const remembered = { ...before, heardAt: Math.max(now, before.heardAt), heard };
  if (kind === "locked" || kind === "unlocked") return { ...remembered, locked: kind === "locked" };
  if (!production) return remembered;
  const entryBefore = before.recent.find(({ id }) => id === deploy.id);
  const restored = kind === "restored" ? { published: true } : {};
  const buildId = buildIdInTitle(event.title);
  const foreignMark = entryBefore?.buildId === undefined ? { foreign: true } : {};
  const from = buildId === undefined ? foreignMark : { buildId };
  const joined = joinDeploy(entryBefore, { ...deploy, ...from, ...restored });
  const heardRev = entryBefore === undefined ? rev : entryBefore.heardRev;
  const entry = { ...joined, ...defined({ heardRev }) };
  // A late notification does not make a deploy live again that was replaced since.
  const at = kind === "restored" ? now : (joined.endedAt ?? now);
  const liveAt = Math.min(before.live?.at ?? 0, now);
  const live = joined.published === true && at >= liveAt;
  const served = live ? { ...before.live, id: deploy.id, at } : before.live;
  const recent = keepRecent([entry, ...before.recent.filter((other) => other !== entryBefore)], served?.id);
  return { ...remembered, recent, ...defined({ live: served }) };
};

/** The history without its times of hearing. The first event of a kind is news, a later one is not. */
const timeless = ({ heard, ...history }: DeployHistory): string =>
  JSON.stringify([{ ...history, heardAt: 0 }, Object.keys(heard ?? {})]);

const sameHistory = (a: DeployHistory | undefined, b: DeployHistory): boolean =>
  a !== undefined && timeless(a) === timeless(b);

/**
 * Lets a known deploy take the place of the pending build. The build then runs without a worker and without a call, and
 * ends with the deploy.
 */
const adopt = (
  site: Site,
  { heardRev: _heardRev, notBuilt: _notBuilt, ...deploy }: KnownDeploy,
  { now, rev }: EventMoment,
): Change => {
  const { slot } = site;
  const parts = siteParts(site);
  const fence = slot.fence + 1;
  const claimant = { by: "", now, rev, start: true };
  const fromPending =
    slot.pending === null ? { slot, parts: {} } : takePending(slot, slot.pending, {}, fence, claimant, parts);
  const fromRetry = takeRetries(fromPending.slot, fence, Number.POSITIVE_INFINITY, {});
  const deadline = now + FOLLOW;
  const taken = Object.entries({ ...fromRetry.parts, ...fromPending.parts }).map(
    ([slug, part]) =>
      [
        slug,
        { ...part, parked: true, deadline, deploy: { ...deploy, foreign: deploy.buildId !== part.syncId } },
      ] as const,
  );
  const lead = slot.pending?.syncId ?? taken[0]?.[1].syncId ?? "";
  const run: Run = {
    fence,
    by: null,
    lead,
    phase: "sources",
    startRev: rev,
    startedAt: now,
    leaseUntil: deadline,
    parts: Object.fromEntries(taken),
  };
  return endFinished({ ...fromRetry.slot, fence, running: run }, now);
};

/**
 * A known deploy that began after the last request for the pending build, and so shows everything requested; null if
 * there is none.
 */
const coveringDeploy = ({ slot, deploys, branch }: Site, now: number): KnownDeploy | null => {
  const { pending, running } = slot;
  const retry = own(slot.retry, BUILD);
  if (running !== null || slot.paused || (pending === null && retry === undefined)) return null;
  // The deploy of a lost worker's call is followed already.
  if (retry?.location !== undefined || (pending?.notBefore ?? 0) > now) return null;
  const askedAt = Math.max(pending?.at ?? 0, retry?.askedAt ?? retry?.since ?? 0);
  const askedRev = Math.max(pending?.askedRev ?? 0, retry?.askedRev ?? 0);
  const isApart = branch != null || buildsApart(pending) || buildsApart(retry?.ask);
  // What is pending was requested after the deploy of a build that is tried again.
  const former = pending === null && retry !== undefined ? slot.open[retry.syncId]?.parts[BUILD]?.deploy : undefined;
  const covers = ({ startedAt, buildId, heardRev = Number.POSITIVE_INFINITY }: KnownDeploy): boolean =>
    buildId === undefined
      ? // A wrong clock must not hide a change: a deploy first noticed at or before the request's revision began
        // before the request.
        !isApart && heardRev > askedRev && startedAt !== undefined && beganAfter(startedAt, { askedAt, deploy: former })
      : // An attempt that seemed to fail may have started a deploy. That deploy shows what was requested before the
        // call, and nothing later, however long it waited in Netlify's queue.
        pending === null && buildId === retry?.syncId;
  const recent = (deploys?.recent ?? []).filter(covers);
  const ready = recent.find(({ state }) => state === "ready");
  const building = recent.find(({ state, startedAt }) => state === "building" && now < (startedAt ?? now) + FOLLOW);
  return ready ?? building ?? null;
};

/**
 * Lets a deploy that began elsewhere (a push to Git, a button) take the place of the pending build, or of one that is
 * tried again, so that the deploy's end is the build's end. Null: nothing waits, or no deploy covers it.
 */
export const coverByDeploy = (site: Site, moment: EventMoment): Change | null => {
  const deploy = coveringDeploy(site, moment.now);
  if (deploy === null) return null;
  const adopted = adopt(site, deploy, moment);
  if (deploy.state !== "ready") return adopted;
  const { running } = adopted.slot;
  const part = running === null ? undefined : own(running.parts, BUILD);
  if (part === undefined) return adopted;
  const outcome = deployOutcome(part.deploy ?? deploy, null, 0);
  const reported = report(adopted.slot, part.callFence, BUILD, outcome, moment.now, siteParts(site));
  return reported.kind === "recorded" ? { slot: reported.slot, ended: [...adopted.ended, ...reported.ended] } : adopted;
};

/** How old the last notification may become before an event without news is recorded (ms). */
const RECORDED_EVERY = DAY;

/**
 * Applies an event to a site: the running build goes on or ends, and the pending build may be covered. Returns the same
 * site if the event has no news, because events come twice, late, and in any order.
 */
export const followDeploy = (site: Site, given: DeployEvent, moment: EventMoment & { readonly id: string }): Site => {
  const { now } = moment;
  const event = { ...given, deploy: withoutFutureTimes(given.deploy, now) };
  const remembered = rememberDeploy(site.deploys, event, moment);
  const running = updateRunning(site, event, now);
  const { slot: owing, deploys } =
    running === null ? oweAgain(site, event, remembered, moment, moment.id) : { slot: null, deploys: remembered };
  const isStale = !notificationsWork(site) || now - (site.deploys?.heardAt ?? 0) > RECORDED_EVERY;
  const isKnown = sameHistory(site.deploys, deploys) && !isStale;
  const withDeploys: Site = isKnown ? site : { ...site, deploys };
  const owingAgain = owing === null ? withDeploys : { ...withDeploys, slot: owing };
  const followed = running === null ? owingAgain : apply(owingAgain, running);
  const covered = coverByDeploy(followed, moment);
  return covered === null ? followed : apply(followed, covered);
};
