import type { Layer } from "../layer/layer.ts";
import { wantsEvent } from "../layer/messages.ts";
import type { Site } from "../site/site.ts";
import { alarmOf, endAlarm, raiseAlarm } from "./alarms.ts";
import { judgeDigest } from "./digest.ts";
import { DIGEST } from "./digestSchema.ts";
import { type AccessSeen, judgeAccess } from "./judgeAccess.ts";
import { earliest, isEndUnknown, overdueAfter, unliveAtSite, unliveInLayer } from "./overdue.ts";
import type { PublicAccess } from "./publicAccess.ts";
import { silentAt } from "./silence.ts";

/** What the repair remembers of a layer between its visits, so that a publish is followed without a write. */
export interface Watch {
  /** The earliest publish that may not be live (ms); null: none is known. */
  readonly since: number | null;
  /** The last sync whose publish is known to be live, or to be followed at its sites. */
  readonly done?: string | undefined;
  /** The last look whether senders get through to us. */
  readonly access?: AccessSeen | undefined;
}

/** What a look at a layer finds. */
export interface Verdict {
  /** The layer with its alarms raised and ended; the same object: nothing changed. */
  readonly layer: Layer;
  /** When the layer is to be looked at again if nothing changes (ms). */
  readonly due: number;
  readonly watch: Watch | undefined;
}

/** What a look at a layer rests on. */
export interface Known {
  /** The layer's connected sites; null: they were not read. */
  readonly sites: readonly Site[] | null;
  /** Whether senders get through to us; null: nobody looked. */
  readonly access: PublicAccess | null;
  readonly watch: Watch | undefined;
  readonly now: number;
}

/** Something that the look rests on, and that was not read: the layer's sites, or whether senders get through to us. */
export interface Needed {
  readonly kind: "sites-needed" | "access-needed";
}
const SITES_NEEDED: Needed = { kind: "sites-needed" };

const NEVER = Number.POSITIVE_INFINITY;

/** When the publish of the last sync was queued, unless it is known to be live or to be followed (ms). */
const lastQueued = ({ lastEnded, connectedSites }: Layer, done: string | undefined): number => {
  const sync = lastEnded?.sync;
  const isOpen = sync != null && sync.status === "succeeded" && sync.id !== done && connectedSites.length > 0;
  return isOpen ? sync.queuedAt : NEVER;
};

const judgeOverdue = (layer: Layer, { sites, watch, now }: Known): Verdict | Needed => {
  const limit = overdueAfter(layer);
  const own = unliveInLayer(layer);
  const isRaised = alarmOf(layer, "publish.overdue") !== undefined;
  const oldest = Math.min(own?.from ?? NEVER, watch?.since ?? NEVER, lastQueued(layer, watch?.done));
  const done = layer.lastEnded?.sync?.id;
  if (oldest === NEVER && !isRaised) return { layer, due: NEVER, watch: { since: null, done } };
  if (sites === null) {
    const due = oldest + limit;
    return isRaised || due <= now ? SITES_NEEDED : { layer, due, watch: { since: oldest, done: watch?.done } };
  }
  const unlive = earliest([own, ...sites.map((site) => unliveAtSite(site, layer.id))].flatMap((one) => one ?? []));
  const next = { since: unlive?.from ?? null, done };
  if (unlive === null) {
    // Not to know is no reason to say that all is well.
    if (isRaised && sites.some(isEndUnknown)) return { layer, due: now, watch: next };
    return { layer: endAlarm(layer, "publish.overdue", now), due: NEVER, watch: next };
  }
  const due = unlive.from + limit;
  // While the alarm stands, every tick looks whether it is over.
  if (due <= now) return { layer: raiseAlarm(layer, "publish.overdue", unlive.since, now), due: now, watch: next };
  return { layer: endAlarm(layer, "publish.overdue", now), due, watch: next };
};

const judgeSilence = (layer: Layer, now: number): Pick<Verdict, "layer" | "due"> => {
  const alarm = alarmOf(layer, "source.silent");
  const since = layer.lastDeliveryAt ?? 0;
  if (alarm !== undefined && since > alarm.since) return { layer: endAlarm(layer, "source.silent", now), due: NEVER };
  const at = silentAt(layer) ?? NEVER;
  if (alarm !== undefined || at > now) return { layer, due: alarm === undefined ? at : NEVER };
  return { layer: raiseAlarm(layer, "source.silent", since, now), due: NEVER };
};

const judgeMissing = (layer: Layer, known: Known): Verdict | Needed => {
  const { now } = known;
  const ticked = endAlarm(layer, "tick.late", now);
  const silence = wantsEvent(layer, "source.silent")
    ? judgeSilence(ticked, now)
    : { layer: endAlarm(ticked, "source.silent", now), due: NEVER };
  if (!wantsEvent(layer, "publish.overdue")) {
    return { layer: endAlarm(silence.layer, "publish.overdue", now), due: silence.due, watch: undefined };
  }
  const overdue = judgeOverdue(silence.layer, known);
  return "kind" in overdue ? overdue : { ...overdue, due: Math.min(overdue.due, silence.due) };
};

/** What a tick finds missing at a layer, and whether its digest is due. The tick itself ends the alarm that ticks are late. */
export const judgeLayer = (layer: Layer, known: Known): Verdict | Needed => {
  const missing = judgeMissing(layer, known);
  if ("kind" in missing) return missing;
  const access = judgeAccess(missing.layer, known.access, known.watch?.access, known.now);
  if (access === null) return { kind: "access-needed" };
  const digest = judgeDigest(access.layer, known.sites, known.now);
  if (digest === null) return SITES_NEEDED;
  const watch = access.seen === undefined ? missing.watch : { since: null, ...missing.watch, access: access.seen };
  return { layer: digest.layer, due: Math.min(missing.due, access.due, digest.due), watch };
};

/** The events for which a tick looks at a layer. */
const WATCHED = ["publish.overdue", "source.silent", "site.private", DIGEST];

/** Whether anybody wants to hear of what a tick finds at the layer, or the layer remembers something for that. */
export const isWatched = (layer: Layer): boolean =>
  (layer.alarms ?? []).length > 0 || layer.week !== undefined || WATCHED.some((event) => wantsEvent(layer, event));
