import { defined } from "../defined.ts";
import { SECOND } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { NAMED_WEBHOOKS } from "../limits.ts";
import { isLost, mayCall } from "./lease.ts";
import type { Asking, Concluding, Effect, Happened, Instant, Stepped, Worker } from "./phases.ts";
import { first, go, stay, stop } from "./stepping.ts";

type Attending = Pick<Asking, "run" | "lease" | "nextBy">;

/**
 * Requests a build of every connected site and purges the layer's tags, and then records both. A crash in between
 * repeats both, which is harmless.
 */
export const askSites = (worker: Worker, attending: Attending, layer: Layer, at: Instant): Stepped => {
  const { build } = layer.slot;
  const syncIds = build?.syncIds ?? [attending.run.lead];
  const syncs = syncIds.flatMap((id) => layer.slot.open[id] ?? []);
  const publishedAt = syncs.length === 0 ? undefined : Math.min(...syncs.map(({ queuedAt }) => queuedAt));
  const deliveries = syncs.reduce((sum, sync) => sum + sync.deliveries, 0);
  const syncId = syncIds.at(-1) ?? attending.run.lead;
  const [oldest = syncId] = [...syncIds].sort();
  const firstSyncId = oldest < syncId ? oldest : undefined;
  const [likeness, ...others] = new Set(syncIds.map((id) => layer.slot.open[id]?.likeness));
  const alike = others.length === 0 ? { likeness } : {};
  // A sync that is tried again asks its sites again, and its deliveries are counted once.
  const counted = syncs.reduce((sum, sync) => sum + (sync.sites.length === 0 ? 0 : sync.deliveries), 0);
  const webhooks = [...new Set(syncs.flatMap((sync) => sync.webhooks ?? []))].slice(-NAMED_WEBHOOKS);
  const cause = {
    dataLayerId: layer.id,
    name: layer.name,
    syncId,
    ...defined({ firstSyncId, publishedAt, ...alike }),
    deliveries,
    ...(counted === 0 ? {} : { counted }),
    ...(webhooks.length === 0 ? {} : { webhooks }),
  };
  const siteIds = layer.connectedSites.map(({ siteId }) => siteId);
  const ask = { id: build?.id ?? cause.syncId, cause, siteIds };
  const asking: Asking = { at: "asking", ...attending, ask, asked: null, purged: null };
  return first([{ do: "purge" }], askWhileSure(worker, asking, at));
};

const askWhileSure = (worker: Worker, asking: Asking, at: Instant): Stepped =>
  mayCall(asking.lease, at)
    ? go(worker, asking, { do: "ask sites", ...asking.ask })
    : recordAsked(worker, { ...asking, asked: "given up" }, at);

/** A worker that requests the builds of its sites, after an event. */
export const inAsking = (worker: Worker, asking: Asking, happened: Happened, at: Instant): Stepped => {
  switch (happened.kind) {
    case "asked":
      if (happened.asked === undefined) return go(worker, asking, { do: "sleep", ms: SECOND });
      return recordAsked(worker, { ...asking, asked: happened.asked }, at);
    case "slept":
      return askWhileSure(worker, asking, at);
    case "purged":
      return recordAsked(worker, { ...asking, purged: happened.purged }, at);
    default:
      return stay(worker);
  }
};

/** Goes on once both the sites and the cache are done. */
const recordAsked = (worker: Worker, asking: Asking, at: Instant): Stepped => {
  const { asked, purged, run, lease, nextBy } = asking;
  if (asked === null || purged === null) return go(worker, asking);
  if (asked === "given up" || purged.kind === "left") return stop(worker);
  // The worker that filled a site's slot also works it. A second worker that waited there would double the cost.
  const follow = asked.filter(({ outcome }) => outcome === "queued");
  const concluding: Concluding = { at: "concluding", run, lease, nextBy, asked, purge: purged.purge };
  return first(
    follow.map(({ siteId }): Effect => ({ do: "follow", siteId })),
    recordBuilds(worker, concluding, at),
  );
};

/** Records what was requested of the sites, while the lease is held. */
export const recordBuilds = (worker: Worker, concluding: Concluding, at: Instant): Stepped => {
  const { run, lease, nextBy, asked, purge } = concluding;
  if (isLost(lease, at)) return stop(worker);
  const effect: Effect = { do: "conclude", fence: run.fence, asked, purge, nextBy };
  return go(worker, concluding, effect);
};
