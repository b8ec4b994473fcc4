import type { z } from "@hono/zod-openapi";
import { type SyncState, stateId } from "../../../app/stored/records.ts";
import { isoTime, timeOrNull } from "../../../app/time.ts";
import type { buildSchema, deploySchema } from "../../../contract/records/syncSchemas.ts";
import { SECOND } from "../../../core/durations.ts";
import { BUILD, siteParts, waitsForRunning } from "../../../core/site/pacing.ts";
import type { Site } from "../../../core/site/site.ts";
import type { Deploy } from "../../../core/slot/deploy.ts";
import { gate, opening } from "../../../core/slot/pace.ts";
import { own } from "../../../core/slot/slot.ts";
import type { Cause } from "../../../core/slot/sync.ts";
import { becauseOf, buildCost } from "../../../core/stage/because.ts";
import { buildStage } from "../../../core/stage/buildStage.ts";
import type { Standing } from "../../../core/stage/stage.ts";
import { isWebUrl } from "../../../core/webUrl.ts";
import { type Scope, seesRecord } from "../../access/scope.ts";
import { standingView } from "./standingView.ts";
import { lifeOf } from "./syncView.ts";

type BuildView = z.input<typeof buildSchema>;
type Waiting = Pick<BuildView, "waitingFor" | "waitingUntil" | "nextTryAt" | "because" | "buildNow">;
const NOTHING_AWAITED: Waiting = {
  waitingFor: null,
  waitingUntil: null,
  nextTryAt: null,
  because: null,
  buildNow: null,
};

/** What a site's next build waits for, and until when. If the time has passed, the build is about to start. */
const waitingOf = (state: SyncState, site: Site): Waiting => {
  const { slot } = site;
  const { pace } = siteParts(site);
  const isNext = state.kind === "pending" || state.status === "retrying";
  const retry = own(slot.retry, BUILD);
  if (!isNext || (state.kind !== "pending" && retry?.syncId !== state.sync.id)) return NOTHING_AWAITED;
  if (state.kind === "pending") {
    if (waitsForRunning(site, state.pending)) return { ...NOTHING_AWAITED, waitingFor: "build" };
    const { at, waitingFor } = opening(state.pending, slot, pace);
    // A released build waits for nobody, and its earliest start may have passed long ago.
    const isReleased = waitingFor === null && state.pending.released === true;
    return {
      ...{ waitingFor, waitingUntil: isReleased ? null : isoTime(at), nextTryAt: null },
      because: becauseOf(site, state.pending),
      buildNow: waitingFor === null ? null : buildCost(site, state.pending),
    };
  }
  if (retry === undefined || pace === undefined) return NOTHING_AWAITED;
  const { at, waitingFor } = gate(retry.due, slot, pace);
  return {
    ...NOTHING_AWAITED,
    waitingFor,
    waitingUntil: waitingFor === null ? null : isoTime(at),
    nextTryAt: isoTime(at),
  };
};

/** A deploy, as it is shown. */
export const deployView = (deploy: Deploy): z.input<typeof deploySchema> => {
  const { id, url, state, startedAt, endedAt, published, error, foreign } = deploy;
  const durationMs = startedAt === undefined || endedAt === undefined ? null : Math.max(endedAt - startedAt, 0);
  return {
    id: id ?? null,
    url: url !== undefined && isWebUrl(url) ? url : null,
    state,
    publication: published === undefined ? "unknown" : published ? "published" : "locked",
    startedAt: timeOrNull(startedAt ?? null),
    durationSeconds: durationMs === null ? null : Math.round(durationMs / SECOND),
    error: error ?? null,
    foreign: foreign === true,
  };
};

/** The deploy of a build, running or recorded. */
export const deployOf = (state: SyncState, site: Site): Deploy | undefined => {
  if (state.kind === "pending") return undefined;
  const { id, parts } = state.sync;
  const open = Object.values(site.slot.running?.parts ?? {}).find(({ syncId }) => syncId === id);
  return open?.deploy ?? Object.values(parts).find(({ deploy }) => deploy !== undefined)?.deploy;
};

const buildStandingOf = (state: SyncState, site: Site): Standing => {
  const after = state.kind === "pending" ? state.pending.at : (state.sync.startedAt ?? state.sync.queuedAt);
  return buildStage(site, stateId(state), state, after);
};

/** The layers' syncs that requested a build, as far as they are remembered. */
export const causesOf = (state: SyncState): readonly Cause[] =>
  (state.kind === "pending" ? state.pending : state.sync).causes ?? [];

/** What a person asked of a build. */
const optionsOf = (state: SyncState): Pick<BuildView, "branch" | "clearCache"> => {
  const { branch = null, clearCache = false } = state.kind === "pending" ? state.pending : state.sync;
  return { branch, clearCache };
};

/**
 * A site's build, as the API shows it. A scoped reader sees only syncs of its own layers. It sees the trigger's type and
 * time, and its id only if such a sync caused the build.
 */
export const buildView = (state: SyncState, site: Site, scope: Scope | null = null): BuildView => {
  const { deliveries, trigger } = state.kind === "pending" ? state.pending : state.sync;
  const parts = state.kind === "pending" ? [] : Object.values(state.sync.parts);
  const deploy = deployOf(state, site);
  const standing = buildStandingOf(state, site);
  const life = { ...lifeOf(state, standing), ...standingView(standing) };
  const seen = causesOf(state).filter(({ dataLayerId, syncId }) => seesRecord(scope, dataLayerId, syncId));
  const isShown =
    scope === null || seen.some(({ syncId }) => trigger.id === syncId || trigger.id.startsWith(`${syncId}.`));
  return {
    ...life,
    trigger: isShown ? life.trigger : { type: life.trigger.type, at: life.trigger.at },
    requests: scope === null ? deliveries : seen.length,
    causes: seen.map(({ dataLayerId, name, syncId, again = false }) => ({ dataLayerId, name, syncId, again })),
    ...optionsOf(state),
    message: parts.find(({ message }) => message !== undefined)?.message ?? null,
    deploy: deploy === undefined ? null : deployView(deploy),
    ...waitingOf(state, site),
  };
};
