import type { z } from "@hono/zod-openapi";
import { type SyncState, stateId } from "../../../app/stored/records.ts";
import { isoTime } from "../../../app/time.ts";
import type { buildSchema, deploySchema, syncSchema } from "../../../contract/records/syncSchemas.ts";
import { defined } from "../../../core/defined.ts";
import { SECOND } from "../../../core/durations.ts";
import { type Site, siteParts } from "../../../core/site/site.ts";
import { scopeOf } from "../../../core/slot/accept.ts";
import type { Deploy } from "../../../core/slot/deploy.ts";
import { showedChange, siteError, successorOf } from "../../../core/slot/ending.ts";
import { opening } from "../../../core/slot/pace.ts";
import type { Actor, Cause, Sync, SyncPart, Trigger } from "../../../core/slot/sync.ts";
import { countedReasons } from "../../../core/slot/unbuilt.ts";
import { isWebUrl } from "../../../core/webUrl.ts";
import { type Scope, seesRecord } from "../../access/scope.ts";

type SyncView = z.input<typeof syncSchema>;
type BuildView = z.input<typeof buildSchema>;

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** An actor, without unknown fields of a neighbouring release. */
export const actorView = ({ id, name, email }: Actor): Actor => ({ id, name, email });

const triggerView = ({ type, id, at, webhook, actor }: Trigger): SyncView["trigger"] => ({
  type,
  id,
  at: isoTime(at),
  ...defined({
    webhook: webhook === undefined || webhook === "default" ? webhook : { ref: webhook.ref, name: webhook.name },
    actor: actor && actorView(actor),
  }),
});

/**
 * The most important error: a source that failed for good, then a missing site, then the reason of the whole sync, then
 * a source that waits for a retry.
 */
const errorOf = (sync: Sync): string | null => {
  const parts = Object.values(sync.parts);
  const first = (status: SyncPart["status"]) => parts.find((part) => part.status === status)?.error;
  const [site] = sync.sites.map(siteError).filter((error) => error !== null);
  return first("failed") ?? site ?? sync.error ?? first("retrying") ?? first("cancelled") ?? null;
};

const lifeOf = (
  state: SyncState,
): Omit<SyncView, "scope" | "deliveries" | "freshness" | "dataSources" | "sites" | "purge"> => {
  if (state.kind === "pending") {
    const { pending } = state;
    return {
      id: stateId(state),
      status: "pending",
      trigger: triggerView(pending.trigger),
      attempts: 0,
      queuedAt: isoTime(pending.filledAt),
      startedAt: null,
      finishedAt: null,
      claimRevision: null,
      error: null,
      supersededBy: null,
    };
  }
  const { sync, status } = state;
  return {
    id: sync.id,
    status,
    trigger: triggerView(sync.trigger),
    attempts: sync.attempts,
    queuedAt: isoTime(sync.queuedAt),
    startedAt: timeOrNull(sync.startedAt),
    finishedAt: timeOrNull(sync.finishedAt),
    claimRevision: sync.claimRev,
    error: errorOf(sync),
    supersededBy: successorOf(sync),
  };
};

const partView = (slug: string, part: SyncPart): SyncView["dataSources"][number] => ({
  slug,
  status: part.status,
  attempts: part.attempts,
  durationMs: part.durationMs ?? null,
  error: part.error ?? null,
  message: part.message ?? null,
  changed: showedChange(part),
  countedBecause: countedReasons.find((reason) => reason === part.countedBecause) ?? null,
  records: part.records ?? null,
  freshness: part.freshness ?? null,
});

const freshnessOf = (parts: readonly SyncPart[]): SyncView["freshness"] => {
  const all = parts.map(({ freshness }) => freshness);
  return all.includes("unconfirmed") ? "unconfirmed" : all.includes("confirmed") ? "confirmed" : null;
};

const untouched = {
  attempts: 0,
  durationMs: null,
  error: null,
  message: null,
  changed: null,
  countedBecause: null,
  records: null,
  freshness: null,
};

/** A layer's sync, as it is shown. */
export const syncView = (state: SyncState): SyncView => {
  const life = lifeOf(state);
  if (state.kind === "pending") {
    const { pending, slugs } = state;
    const dataSources = slugs.map((slug) => ({ slug, status: "pending" as const, ...untouched }));
    return {
      ...life,
      scope: scopeOf(pending),
      deliveries: pending.deliveries,
      freshness: null,
      dataSources,
      sites: [],
      purge: null,
    };
  }
  const { sync } = state;
  return {
    ...life,
    scope: sync.scope,
    deliveries: sync.deliveries,
    freshness: freshnessOf(Object.values(sync.parts)),
    dataSources: Object.entries(sync.parts).map(([slug, part]) => partView(slug, part)),
    sites: sync.sites.map((site) => {
      const { siteId, name, buildId, outcome } = site;
      return { siteId, name, buildId, outcome, error: siteError(site) };
    }),
    purge:
      sync.purge === undefined
        ? null
        : { outcome: sync.purge.outcome, tags: sync.purge.tags, error: sync.purge.error ?? null },
  };
};

/** What a site's pending build waits for, and until when. If the time has passed, the build is about to start. */
const waitingOf = (site: Site): Pick<BuildView, "waitingFor" | "waitingUntil"> => {
  const { pending, running, spent } = site.slot;
  if (pending === null) return { waitingFor: null, waitingUntil: null };
  if (running !== null) return { waitingFor: "build", waitingUntil: null };
  const { at, waitingFor } = opening(pending, spent, siteParts(site).pace);
  return { waitingFor, waitingUntil: isoTime(at) };
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
const deployOf = (state: SyncState, site: Site): Deploy | undefined => {
  if (state.kind === "pending") return undefined;
  const { id, parts } = state.sync;
  const open = Object.values(site.slot.running?.parts ?? {}).find(({ syncId }) => syncId === id);
  return open?.deploy ?? Object.values(parts).find(({ deploy }) => deploy !== undefined)?.deploy;
};

/** The layers' syncs that requested a build, as far as they are remembered. */
export const causesOf = (state: SyncState): readonly Cause[] =>
  (state.kind === "pending" ? state.pending : state.sync).causes ?? [];

/**
 * A site's build, as the API shows it. A scoped reader sees only syncs of its own layers. It sees the trigger's type and
 * time, and its id only if such a sync caused the build.
 */
export const buildView = (state: SyncState, site: Site, scope: Scope | null = null): BuildView => {
  const { deliveries, trigger } = state.kind === "pending" ? state.pending : state.sync;
  const parts = state.kind === "pending" ? [] : Object.values(state.sync.parts);
  const deploy = deployOf(state, site);
  const life = lifeOf(state);
  const seen = causesOf(state).filter(({ dataLayerId, syncId }) => seesRecord(scope, dataLayerId, syncId));
  const isShown =
    scope === null || seen.some(({ syncId }) => trigger.id === syncId || trigger.id.startsWith(`${syncId}.`));
  return {
    ...life,
    trigger: isShown ? life.trigger : { type: life.trigger.type, at: life.trigger.at },
    requests: scope === null ? deliveries : seen.length,
    causes: seen.map(({ dataLayerId, name, syncId }) => ({ dataLayerId, name, syncId })),
    message: parts.find(({ message }) => message !== undefined)?.message ?? null,
    deploy: deploy === undefined ? null : deployView(deploy),
    ...(state.kind === "pending" ? waitingOf(site) : { waitingFor: null, waitingUntil: null }),
  };
};
