import { accept } from "../slot/accept.ts";
import { FOLLOW } from "../slot/deploy.ts";
import type { Slot } from "../slot/slot.ts";
import { holdAgain } from "../usage/held.ts";
import { buildIdInTitle, type DeployEvent, type EventMoment } from "./deployEvent.ts";
import type { DeployHistory, KnownDeploy } from "./deployHistory.ts";
import type { Site } from "./site.ts";

/** Why Netlify did not make a build of ours that is still owed; undefined: it made it, or the build is over. */
const reasonOf = ({ notBuilt, production, title }: DeployEvent): KnownDeploy["notBuilt"] => {
  if (notBuilt === null || notBuilt === "cancelled" || notBuilt === "ignored") return undefined;
  return production && buildIdInTitle(title) !== undefined ? notBuilt : undefined;
};

/**
 * Whether newer deploys show what a deploy was for: `shown`, `perhaps` while one still builds, or `no`. A deploy of whose
 * end nobody told in time shows nothing.
 */
const shownByNewer = (
  recent: readonly KnownDeploy[],
  skipped: KnownDeploy,
  now: number,
): "shown" | "perhaps" | "no" => {
  const newer = recent.filter(
    ({ id, startedAt = 0 }) => id !== skipped.id && startedAt >= (skipped.startedAt ?? Number.POSITIVE_INFINITY),
  );
  if (newer.some(({ state }) => state === "ready")) return "shown";
  return newer.some(({ state, startedAt = 0 }) => state === "building" && now < startedAt + FOLLOW) ? "perhaps" : "no";
};

const withReason = ({ notBuilt: _former, ...deploy }: KnownDeploy, notBuilt: KnownDeploy["notBuilt"]): KnownDeploy =>
  notBuilt === undefined ? deploy : { ...deploy, notBuilt };

/**
 * The site's slot with a build owed again, because Netlify says only now that it did not make one that counted as made.
 * That happens where the build's end was not waited for. While a newer deploy builds, the history notes the reason, and
 * the build is owed again if that deploy fails too. `deploys` is the history with the event. `slot` null: nothing is
 * owed. `id` is that of the new build.
 */
export const oweAgain = (
  site: Site,
  event: DeployEvent,
  deploys: DeployHistory,
  { now, rev }: EventMoment,
  id: string,
): { readonly slot: Slot | null; readonly deploys: DeployHistory } => {
  const { slot } = site;
  const isBusy = slot.running !== null || slot.pending !== null || Object.keys(slot.retry).length > 0;
  const isRepeated = site.deploys?.recent.some((other) => other.id === event.deploy.id && other.state === "failed");
  const reasonNow = isRepeated === true ? undefined : reasonOf(event);
  const judged = deploys.recent.map((deploy) => {
    const why = deploy.notBuilt ?? (deploy.id === event.deploy.id ? reasonNow : undefined);
    // A build that runs or waits shows everything that was requested before.
    const shown = why === undefined || isBusy ? "shown" : shownByNewer(deploys.recent, deploy, now);
    return { deploy: withReason(deploy, shown === "perhaps" ? why : undefined), why, isOwed: shown === "no" };
  });
  const noted = { ...deploys, recent: judged.map(({ deploy }) => deploy) };
  const owed = judged.find(({ isOwed }) => isOwed);
  if (owed?.why === undefined) return { slot: null, deploys: noted };
  const deployId = owed.deploy.id ?? event.deploy.id;
  const request = {
    id: `again.${deployId}`,
    receivedAt: now,
    all: true,
    slugs: [],
    full: true,
    trigger: { type: "build", id: deployId, at: now },
    build: false,
    written: true,
  } as const;
  const held =
    owed.why === "superseded"
      ? {}
      : { held: holdAgain(slot.held, owed.why === "credits" ? "credits" : "builds-stopped", now) };
  const { slot: owing } = accept(slot, request, { now, rev, firstRev: rev }, id);
  return { slot: owing === null ? null : { ...owing, ...held }, deploys: noted };
};
