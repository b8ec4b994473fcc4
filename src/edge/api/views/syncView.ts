import type { z } from "@hono/zod-openapi";
import { type SyncState, stateId } from "../../../app/stored/records.ts";
import { isoTime } from "../../../app/time.ts";
import type { syncSchema } from "../../../contract/records/syncSchemas.ts";
import { defined } from "../../../core/defined.ts";
import { scopeOf } from "../../../core/slot/accept.ts";
import { showedChange, siteError, successorOf } from "../../../core/slot/ending.ts";
import type { Actor, Sync, SyncPart, Trigger } from "../../../core/slot/sync.ts";
import { countedReasons } from "../../../core/slot/unbuilt.ts";

type SyncView = z.input<typeof syncSchema>;

/** A time, as it is shown. */
export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

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

/** What a sync and a build have in common, as it is shown. */
export const lifeOf = (
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
