import type { Activity } from "../../api/types.ts";

/** A delivery may have reached the pending sync this long before the write that filled the slot (ms). */
const FILLING = 2_000;

export type Focus = { readonly kind: "sync" | "build" | "delivery"; readonly id: string };

/** What belongs to the event that a person points at. */
export interface Linked {
  readonly deliveries: ReadonlySet<string>;
  readonly syncs: ReadonlySet<string>;
  readonly builds: ReadonlySet<string>;
}

type Arrival = Pick<Activity["arrived"][number], "id" | "at">;
type Sync = Pick<Activity["syncs"][number], "id" | "queuedAt" | "startedAt"> & {
  readonly sites: readonly { readonly buildId: string | null }[];
};
type Build = Pick<Activity["sites"][number]["builds"][number], "id"> & {
  readonly causes: readonly { readonly syncId: string }[];
};

/** The part of an activity that tells what belongs together. */
interface Events {
  readonly arrived: readonly Arrival[];
  readonly deliveries: readonly Pick<Activity["deliveries"][number], "id" | "syncId">[];
  readonly syncs: readonly Sync[];
  readonly sites: readonly { readonly builds: readonly Build[] }[];
}

const isIn = (at: string, { queuedAt, startedAt }: Sync): boolean =>
  Date.parse(at) >= Date.parse(queuedAt) - FILLING && (startedAt === null || at < startedAt);

/** The sync that covers a delivery: as its log line says, or else the one that waited when it arrived. */
const syncOf = ({ deliveries, syncs }: Events, { id, at }: Arrival): string | null => {
  const logged = deliveries.find((delivery) => delivery.id === id);
  return logged === undefined ? (syncs.find((sync) => isIn(at, sync))?.id ?? null) : logged.syncId;
};

/** Whether a sync led to a build. A build names the newest syncs that requested it, and a sync the builds that it requested. */
const ledTo = (sync: Sync, build: Build): boolean =>
  build.causes.some(({ syncId }) => syncId === sync.id) || sync.sites.some(({ buildId }) => buildId === build.id);

/** Everything that belongs to one event: the deliveries, their sync, and the builds that it led to. */
export const linkedEvents = (events: Events, focus: Focus): Linked => {
  const covering = new Map(events.arrived.map((arrival) => [arrival.id, syncOf(events, arrival)]));
  const builds = events.sites.flatMap((site) => site.builds);
  const isFocused = (sync: Sync): boolean => {
    if (focus.kind === "sync") return sync.id === focus.id;
    if (focus.kind === "delivery") return sync.id === covering.get(focus.id);
    return builds.some((build) => build.id === focus.id && ledTo(sync, build));
  };
  const syncs = events.syncs.filter(isFocused);
  const ids = new Set(syncs.map(({ id }) => id));
  const led = builds.filter((build) => syncs.some((sync) => ledTo(sync, build)));
  const covered = [...covering].flatMap(([id, syncId]) => (syncId !== null && ids.has(syncId) ? [id] : []));
  return {
    deliveries: new Set(focus.kind === "delivery" ? [focus.id, ...covered] : covered),
    syncs: ids,
    builds: new Set(focus.kind === "build" ? [focus.id, ...led.map(({ id }) => id)] : led.map(({ id }) => id)),
  };
};
