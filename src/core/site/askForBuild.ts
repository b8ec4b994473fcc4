import type { Attempt, Decision } from "../document.ts";
import { MINUTE } from "../durations.ts";
import { UNTOLD } from "../limits.ts";
import { hasRoom, oweAudit } from "../owed.ts";
import { accept } from "../slot/accept.ts";
import { noteRequest, opening, PAUSE } from "../slot/pace.ts";
import type { Actor, Cause, SiteAsk } from "../slot/sync.ts";
import { dayName, monthStart, nextMonth } from "../usage/calendar.ts";
import type { BuildEvent } from "./buildEvents.ts";
import { buildPrice } from "./hookKind.ts";
import { heldOpening, paceOf, pacingOf } from "./pacing.ts";
import type { Site, SiteDocument } from "./site.ts";

/** The actor of what the system does by itself. */
const SYSTEM: Actor = { id: "layerhook", name: "Layerhook", email: "" };

/**
 * Announces once for each day or month that the budget holds the pending build back. Nothing is dropped: the build
 * starts with the next budget, or when a person releases it.
 */
export const announceBudget = (site: Site, now: number, entryId: string): Site => {
  const { pending, spent } = site.slot;
  const pace = paceOf(site);
  if (pending === null || spent === undefined) return site;
  const { at, waitingFor } = opening(pending, site.slot, pace);
  // A budget that is spread over the month holds back for hours again and again. That is announced once a month.
  const until = pace.adapts === true ? nextMonth(now) : at;
  if (waitingFor !== "budget" || spent.announced === until) return site;
  const entry = oweAudit({
    id: entryId,
    at: now,
    actor: SYSTEM,
    action: "site.budget_reached",
    target: { type: "site", id: site.id, name: site.name },
    dataLayerId: null,
    detail: {
      dailyBuilds: pace.daily,
      monthlyBuilds: pace.monthly,
      builtToday: spent.today,
      builtThisMonth: spent.thisMonth,
    },
  });
  return { ...site, slot: { ...site.slot, spent: { ...spent, announced: until } }, owed: [...site.owed, entry] };
};

const brakeEventId = (buildId: string): string => `build.held/brake/${buildId}`;

/** Tells the layers behind the pending build once that the brake holds it back, until the editors pause. */
export const tellBrake = (site: Site, now: number): Site => {
  const { pending, spent } = site.slot;
  if (pending === null || spent === undefined || spent.braked === true) return site;
  if (heldOpening(site, pending)?.waitingFor !== "brake") return site;
  const { syncId: buildId, causes = [] } = pending;
  const { streak = 1, alike = 1 } = spent;
  const row =
    alike > 1 ? `${alike} builds in a row were for publishes that are alike` : `${streak} builds followed one another`;
  const reason = `${row}, without a pause of ${PAUSE / MINUTE} minutes. Each further one waits longer. Look at what the senders send, or build now.`;
  const id = brakeEventId(buildId);
  const event: BuildEvent = { id, event: "build.held", buildId, at: now, causes, reason, brake: true };
  const untold = [...(site.untold ?? []), event].slice(-UNTOLD);
  return { ...site, slot: { ...site.slot, spent: { ...spent, braked: true } }, untold };
};

/** Tells the layers behind the pending build once that a person released it from the brake, if they were told of the brake. */
export const tellReleased = (site: Site, now: number): Site => {
  const { pending, spent } = site.slot;
  if (pending === null || spent?.braked !== true) return site;
  const { syncId: buildId, causes = [] } = pending;
  const id = `brake.over/${buildId}`;
  const untold = site.untold ?? [];
  // A second click must not push out the event of another build.
  if (untold.some((event) => event.id === id)) return site;
  const event: BuildEvent = { id, event: "brake.over", buildId, at: now, causes, brake: true };
  // Events are told at the same time. That of the brake would flag the webhooks if it were told last.
  const left = untold.filter((one) => one.id !== brakeEventId(buildId));
  return { ...site, untold: [...left, event].slice(-UNTOLD) };
};

/**
 * Tells the layers behind the pending build, once a month, that all builds of the month are made, so that it waits for the
 * next month, and what a person can do.
 */
export const tellUsedUp = (site: Site, now: number): Site => {
  const { pending, spent } = site.slot;
  if (pending === null || spent === undefined || spent.usedUp === spent.month) return site;
  if (heldOpening(site, pending)?.waitingFor !== "budget") return site;
  const { syncId: buildId, causes = [] } = pending;
  const more =
    pacingOf(site).monthlyBuilds === null
      ? "If the team has a larger plan, choose it on the setup page, or give the site a monthlyBuilds of its own."
      : "A larger monthlyBuilds lets it start.";
  const reason = `The month's builds of this site are made (${spent.thisMonth}), so this one starts on ${dayName(monthStart(spent.month + 1))} (UTC). ${buildPrice(site).text} ${more}`;
  const event = { id: `build.held/budget/${buildId}`, event: "build.held", buildId, at: now, causes, reason };
  const untold = [...(site.untold ?? []), event].slice(-UNTOLD);
  return { ...site, slot: { ...site.slot, spent: { ...spent, usedUp: spent.month } }, untold };
};

/** A layer's request for a build of a site. */
export interface BuildRequest {
  readonly siteId: string;
  /**
   * The id of the build that the layer owes. A second request after a crash finds the first one and changes nothing.
   */
  readonly id: string;
  readonly cause: Cause;
  /** The ids of a new build and of an audit entry, equal for all attempts. */
  readonly newSyncId: string;
  readonly entryId: string;
}

/** Requests a build in a site's slot. If the budget holds the build back, the audit log says so once. */
export const askForBuild = (
  site: SiteDocument | null,
  { siteId, id, cause, newSyncId, entryId }: BuildRequest,
  attempt: Attempt,
): Decision<SiteDocument, SiteAsk> => {
  if (site?.kind !== "site") return { kind: "keep", result: { siteId, name: "", buildId: null, outcome: "missing" } };
  const { now } = attempt;
  const request = {
    id,
    receivedAt: now,
    all: true,
    slugs: [],
    full: true,
    trigger: { type: "build", id, at: now },
    build: false,
    cause,
    written: true,
  } as const;
  const accepted = accept(site.slot, request, attempt, newSyncId);
  const outcome = accepted.queued ? "queued" : "coalesced";
  const asked: SiteAsk = { siteId, name: site.name, buildId: accepted.syncId, outcome };
  if (accepted.slot === null) return { kind: "keep", result: asked };
  const asking = { ...site, slot: { ...accepted.slot, habit: noteRequest(site.slot.habit, now) } };
  const next = tellUsedUp(tellBrake(asking, now), now);
  // The request must not fail for lack of room. An announcement that has no room now is made with the next request.
  return { kind: "write", document: hasRoom(site) ? announceBudget(next, now, entryId) : next, result: asked };
};
