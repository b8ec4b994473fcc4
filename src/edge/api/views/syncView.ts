import type { z } from "@hono/zod-openapi";
import type { StagedSync } from "../../../app/show/stages.ts";
import { type SyncState, stateId } from "../../../app/stored/records.ts";
import { isoTime, timeOrNull } from "../../../app/time.ts";
import type { syncSchema } from "../../../contract/records/syncSchemas.ts";
import { defined } from "../../../core/defined.ts";
import { scopeOf } from "../../../core/slot/accept.ts";
import { showedChange, siteError, successorOf, syncError } from "../../../core/slot/ending.ts";
import type { Actor, Sync, SyncPart, Trigger } from "../../../core/slot/sync.ts";
import { countedReasons } from "../../../core/slot/unbuilt.ts";
import { shownStatus } from "../../../core/stage/shownStatus.ts";
import type { Standing } from "../../../core/stage/stage.ts";
import { stagedView, standingView } from "./standingView.ts";

type SyncView = z.input<typeof syncSchema>;

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

/** What a sync and a build have in common, as it is shown where it stands. */
export const lifeOf = (
  state: SyncState,
  { stage, reason }: Standing,
): Pick<
  SyncView,
  | "id"
  | "status"
  | "trigger"
  | "attempts"
  | "queuedAt"
  | "startedAt"
  | "finishedAt"
  | "claimRevision"
  | "error"
  | "supersededBy"
> => {
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
  const { sync } = state;
  const status = shownStatus(state.status, stage);
  // The error of one that ended well is that of its site.
  const error = syncError(sync) ?? (status === state.status ? null : (reason ?? null));
  return {
    id: sync.id,
    status,
    trigger: triggerView(sync.trigger),
    attempts: sync.attempts,
    queuedAt: isoTime(sync.queuedAt),
    startedAt: timeOrNull(sync.startedAt),
    finishedAt: timeOrNull(sync.finishedAt),
    claimRevision: sync.claimRev,
    error,
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

/** How many deliveries a sync covers. */
export interface DeliveryCount {
  readonly count: number;
  readonly isAll: boolean;
}

/** How many deliveries were written into a sync. A change of the settings is counted there, and is none. */
const writtenIn = ({ deliveries, trigger }: Pick<Sync, "deliveries" | "trigger">): number =>
  trigger.type === "configuration" ? Math.max(deliveries - 1, 0) : deliveries;

const countView = (
  written: number,
  counted: DeliveryCount | null,
): Pick<SyncView, "deliveries" | "deliveriesAtLeast"> =>
  counted === null
    ? { deliveries: written, deliveriesAtLeast: true }
    : {
        deliveries: Math.max(written, counted.count),
        deliveriesAtLeast: !counted.isAll || counted.count < written,
      };

/**
 * A layer's sync, as it is shown. `counted` is what the log says of its deliveries; null: at least those that were
 * written.
 */
export const syncView = ({ state, standing, sites }: StagedSync, counted: DeliveryCount | null = null): SyncView => {
  const life = { ...lifeOf(state, standing), ...stagedView(standing) };
  if (state.kind === "pending") {
    const { pending, slugs } = state;
    const dataSources = slugs.map((slug) => ({ slug, status: "pending" as const, ...untouched }));
    return {
      ...life,
      scope: scopeOf(pending),
      ...countView(writtenIn(pending), counted),
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
    ...countView(writtenIn(sync), counted),
    freshness: freshnessOf(Object.values(sync.parts)),
    dataSources: Object.entries(sync.parts).map(([slug, part]) => partView(slug, part)),
    sites: sites.map((site) => {
      const { siteId, name, buildId, outcome } = site.request;
      const error = siteError(site.request);
      return { siteId, name, buildId, outcome, error, ...standingView(site.standing) };
    }),
    purge:
      sync.purge === undefined
        ? null
        : { outcome: sync.purge.outcome, tags: sync.purge.tags, error: sync.purge.error ?? null },
  };
};
