import type { z } from "@hono/zod-openapi";
import { type SyncState, stateId } from "../../app/records.ts";
import { isoTime } from "../../app/time.ts";
import { scopeOf } from "../../core/accept.ts";
import { successorOf } from "../../core/ending.ts";
import { opening } from "../../core/pace.ts";
import { type Site, siteParts } from "../../core/site.ts";
import type { Actor, Sync, SyncPart, Trigger } from "../../core/slot.ts";
import type { buildSchema, syncSchema } from "./syncSchemas.ts";

type SyncView = z.input<typeof syncSchema>;
type BuildView = z.input<typeof buildSchema>;

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** A person, without what a neighbouring release may have kept about them. */
export const actorView = ({ id, name, email }: Actor): Actor => ({ id, name, email });

const triggerView = ({ type, id, at, webhook, actor }: Trigger): SyncView["trigger"] => ({
  type,
  id,
  at: isoTime(at),
  ...(webhook === undefined
    ? {}
    : { webhook: webhook === "default" ? webhook : { ref: webhook.ref, name: webhook.name } }),
  ...(actor === undefined ? {} : { actor: actorView(actor) }),
});

/** What went wrong, first: a source given up, then why the whole ended, then what waits to be tried again. */
const errorOf = (sync: Sync): string | null => {
  const parts = Object.values(sync.parts);
  const first = (status: SyncPart["status"]) => parts.find((part) => part.status === status)?.error;
  return first("failed") ?? sync.error ?? first("retrying") ?? first("cancelled") ?? null;
};

const lifeOf = (
  state: SyncState,
): Omit<BuildView, "requests" | "causes" | "message" | "waitingFor" | "waitingUntil"> => {
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
  changed: part.changed ?? null,
  records: part.records ?? null,
});

const untouched = { attempts: 0, durationMs: null, error: null, message: null, changed: null, records: null };

/** A layer's sync, as it is shown. */
export const syncView = (state: SyncState): SyncView => {
  const life = lifeOf(state);
  if (state.kind === "pending") {
    const { pending, slugs } = state;
    const dataSources = slugs.map((slug) => ({ slug, status: "pending" as const, ...untouched }));
    return { ...life, scope: scopeOf(pending), deliveries: pending.deliveries, dataSources, sites: [] };
  }
  const { sync } = state;
  return {
    ...life,
    scope: sync.scope,
    deliveries: sync.deliveries,
    dataSources: Object.entries(sync.parts).map(([slug, part]) => partView(slug, part)),
    sites: sync.sites.map(({ siteId, name, buildId, outcome }) => ({ siteId, name, buildId, outcome })),
  };
};

/** What a site's pending build waits for, and until when. A time that has passed says that it is about to begin. */
const waitingOf = (site: Site): Pick<BuildView, "waitingFor" | "waitingUntil"> => {
  const { pending, running, spent } = site.slot;
  if (pending === null) return { waitingFor: null, waitingUntil: null };
  if (running !== null) return { waitingFor: "build", waitingUntil: null };
  const { at, waitingFor } = opening(pending, spent, siteParts(site).pace);
  return { waitingFor, waitingUntil: isoTime(at) };
};

/** A site's build, as it is shown. `sees`: which layers may be named. */
export const buildView = (state: SyncState, site: Site, sees: (layerId: string) => boolean = () => true): BuildView => {
  const { deliveries, causes } = state.kind === "pending" ? state.pending : state.sync;
  const parts = state.kind === "pending" ? [] : Object.values(state.sync.parts);
  return {
    ...lifeOf(state),
    requests: deliveries,
    causes: (causes ?? [])
      .filter(({ dataLayerId }) => sees(dataLayerId))
      .map(({ dataLayerId, name, syncId }) => ({ dataLayerId, name, syncId })),
    message: parts.find(({ message }) => message !== undefined)?.message ?? null,
    ...(state.kind === "pending" ? waitingOf(site) : { waitingFor: null, waitingUntil: null }),
  };
};
