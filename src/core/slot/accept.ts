import { jsonBytes } from "../bytes.ts";
import type { Attempt } from "../document.ts";
import { GATHER, TRIGGER_WINDOW } from "../durations.ts";
import { BODIES_BYTES, CAUSES, SOURCES } from "../limits.ts";
import { countAt } from "../usage/usage.ts";
import { remember } from "./remember.ts";
import { type Ask, type Cause, own, type Parts, type Pending, type Slot, type Trigger } from "./slot.ts";

/** Something asks for a sync: a delivery, a person, a configuration change, another slot. */
export interface Request {
  /** Recognised in the document: deciding twice about one id is deciding once. */
  readonly id: string;
  /** The delivery that the answer names, where `id` is one that its sender may send again. */
  readonly deliveryId?: string;
  /** When it arrived, by the clock of the instance that took it (ms). */
  readonly receivedAt: number;
  /** Parts it names; `all` when it names none or one that is not known. */
  readonly all: boolean;
  readonly slugs: readonly string[];
  readonly body?: string;
  /** Its parts are to be synced in full whatever else is asked (its body was too long to keep). */
  readonly full: boolean;
  readonly trigger: Trigger;
  readonly build: boolean;
  readonly cause?: Cause;
  /** Lets what is pending go at once, itself included. */
  readonly released?: boolean;
  /** Always written, whatever stands (an audit entry rides on the same write, or the cause must be named). */
  readonly written: boolean;
}

export interface Accepted {
  readonly syncId: string;
  readonly queued: boolean;
  /** The delivery that was answered so first, if this request is that one sent again. */
  readonly deliveryId?: string;
  /** The revision it was decided on: every claim of a higher one covers it. No clock is needed to prove that. */
  readonly revision: number;
  readonly scope: "all" | readonly string[];
  /** The request's body was dropped for want of room; its parts are synced in full. */
  readonly bodyDropped: boolean;
  /** Null: nothing needs to be written, the read proves it. */
  readonly slot: Slot | null;
}

/** What a pending sync covers, in the words of the API. */
export const scopeOf = (pending: Pick<Pending, "all" | "asks">): "all" | string[] =>
  pending.all ? "all" : Object.keys(pending.asks).sort();

/** The bytes of all bodies a document would hold with these asks, as they stand in its JSON. */
const bodiesHeld = (slot: Slot, asks: Pending["asks"]): number =>
  [
    ...Object.values(asks),
    ...[...Object.values(slot.running?.parts ?? {}), ...Object.values(slot.retry)].map(({ ask }) => ask),
  ]
    .map(({ body }) => (body === undefined ? 0 : jsonBytes(body)))
    .reduce((sum, bytes) => sum + bytes, 0);

/** Joins two asks of one part: never narrower than either, the newest body by arrival. */
export const mergeAsk = (older: Ask | undefined, newer: Ask): Ask => {
  if (older === undefined) return newer;
  const deliveredAt = Math.max(newer.deliveredAt ?? 0, older.deliveredAt ?? 0);
  const { body, bodyAt, bodyRev, bodySetAt } = (newer.bodyAt ?? 0) >= (older.bodyAt ?? 0) ? newer : older;
  return {
    ...older,
    ...newer,
    full: true,
    ...(body === undefined ? {} : { body }),
    ...(bodyAt === undefined ? {} : { bodyAt }),
    ...(bodyRev === undefined ? {} : { bodyRev }),
    ...(bodySetAt === undefined ? {} : { bodySetAt }),
    ...(deliveredAt > 0 ? { deliveredAt } : {}),
  };
};

/**
 * Would the request change nothing but the trigger? Then the read alone may answer it, because pending leaves its slot
 * only by a claim (which starts after that read) or a recorded act of a person.
 *
 * A body counts as older than one committed after the request's first read or after its arrival: the two were concurrent,
 * so either order is true. Without this a burst of bodies costs one serial write each. A wrong clock can only pick another
 * hint here, since the part is asked for in full.
 */
const covered = (pending: Pending, request: Request, firstRev: number): boolean => {
  if (request.build && !pending.build) return false;
  if (request.all && !pending.all) return false;
  return request.slugs.every((slug) => {
    const ask = own(pending.asks, slug);
    if (request.body !== undefined) {
      if (ask?.full !== true) return false;
      const older = (ask.bodyAt ?? 0) > request.receivedAt;
      return older || (ask.bodyRev ?? 0) > firstRev || (ask.bodySetAt ?? 0) > request.receivedAt;
    }
    return pending.all || ask?.full === true;
  });
};

const isDelivery = ({ trigger }: Request): boolean => trigger.type === "webhook";

/**
 * When what the request asks for was last asked for (ms). For a delivery only other deliveries count: a call that stands
 * for none is not made when it has settled, nor believed.
 */
const lastAsked = (pending: Pending, request: Request): number => {
  if (!isDelivery(request)) return pending.at;
  const { deliveredAt = Number.NEGATIVE_INFINITY } = pending;
  if (request.all) return deliveredAt;
  return Math.min(...request.slugs.map((slug) => Math.max(own(pending.asks, slug)?.deliveredAt ?? 0, deliveredAt)));
};

const addCause = (causes: readonly Cause[] | undefined, cause: Cause | undefined): { causes?: Cause[] } => {
  if (cause === undefined) return {};
  // A later run of the same sync may ask again while this build still waits: what a later release noted on it stays.
  const known = (causes ?? []).find(({ syncId }) => syncId === cause.syncId);
  const others = (causes ?? []).filter((other) => other !== known);
  return { causes: [...others, { ...known, ...cause }].slice(-CAUSES) };
};

/** The request as it counts when its body cannot be kept: its parts are synced in full. */
const withoutBody = ({ body: _body, ...request }: Request): Request => ({ ...request, full: true });

const mergeAsks = (standing: Pending | null, request: Request, attempt: Attempt): Record<string, Ask> => {
  const body =
    request.body === undefined
      ? {}
      : { body: request.body, bodyAt: request.receivedAt, bodyRev: attempt.rev, bodySetAt: attempt.now };
  const delivered = isDelivery(request) ? { deliveredAt: attempt.now } : {};
  const asks: Record<string, Ask> = { ...standing?.asks };
  for (const slug of request.slugs) {
    asks[slug] = mergeAsk(own(asks, slug), { full: request.full, ...body, ...delivered });
  }
  return asks;
};

/**
 * Decides about a request: fills the empty pending slot under `newSyncId`, merges into the pending sync, or finds that
 * it covers the request already. Never touches the running sync or a retry. (Contract, rules 1 and 2.)
 */
export const accept = (slot: Slot, request: Request, attempt: Attempt, newSyncId: string): Accepted => {
  const named = { all: request.all, asks: Object.fromEntries(request.slugs.map((slug) => [slug, null])) };
  const known = slot.recent.find(({ id }) => id === request.id);
  if (known !== undefined) {
    const { pending } = slot;
    const scope =
      pending?.syncId === known.syncId
        ? scopeOf(pending)
        : (slot.open[known.syncId]?.scope ?? (named.all ? "all" : Object.keys(named.asks).sort()));
    const revision = known.rev ?? attempt.rev - 1;
    const first = known.deliveryId === undefined ? {} : { deliveryId: known.deliveryId };
    return { syncId: known.syncId, queued: known.queued, revision, scope, bodyDropped: false, slot: null, ...first };
  }
  const standing = slot.pending;
  const answered = (bodyless: boolean) =>
    standing !== null &&
    !request.written &&
    covered(standing, bodyless ? withoutBody(request) : request, attempt.firstRev) &&
    attempt.now - lastAsked(standing, request) <= TRIGGER_WINDOW
      ? {
          syncId: standing.syncId,
          queued: false,
          revision: attempt.rev - 1,
          scope: scopeOf(standing),
          bodyDropped: bodyless,
          slot: null,
        }
      : null;
  const kept = answered(false);
  if (kept !== null) return kept;

  let asks = mergeAsks(standing, request, attempt);
  const bodyDropped = request.body !== undefined && bodiesHeld(slot, asks) > BODIES_BYTES;
  if (bodyDropped) {
    const dropped = answered(true);
    if (dropped !== null) return dropped;
    asks = mergeAsks(standing, withoutBody(request), attempt);
  }

  const syncId = standing?.syncId ?? newSyncId;
  const newest = standing === null || request.receivedAt >= standing.trigger.at;
  // A build layer takes any slug for a label; so many of them say no more than "all".
  const crowded = Object.keys(asks).length > SOURCES;
  const toAll = request.all && isDelivery(request) ? attempt.now : 0;
  const deliveredAt = Math.max(standing?.deliveredAt ?? 0, toAll);
  const pending: Pending = {
    ...standing,
    syncId,
    filledAt: standing?.filledAt ?? attempt.now,
    notBefore: standing?.notBefore ?? attempt.now + GATHER,
    at: Math.max(attempt.now, standing?.at ?? 0),
    askedRev: attempt.rev,
    trigger: newest ? request.trigger : standing.trigger,
    all: request.all || crowded || standing?.all === true,
    asks: crowded ? {} : asks,
    deliveries: (standing?.deliveries ?? 0) + 1,
    build: request.build || standing?.build === true,
    ...(deliveredAt > 0 ? { deliveredAt } : {}),
    ...(request.released === true ? { released: true } : {}),
    ...addCause(standing?.causes, request.cause),
  };
  const queued = standing === null;
  const byName = request.deliveryId === undefined ? {} : { deliveryId: request.deliveryId };
  const decision = { id: request.id, syncId, queued, rev: attempt.rev, ...byName };
  const usage = countAt(slot.usage, attempt.now, {
    asked: 1,
    deliveries: request.trigger.type === "webhook" ? 1 : 0,
    coalesced: queued ? 0 : 1,
  });
  return {
    syncId,
    queued,
    revision: attempt.rev,
    scope: scopeOf(pending),
    bodyDropped,
    slot: remember({ ...slot, pending, usage }, decision),
  };
};

/** A pending sync of everything instead of what it names; it stands for the same deliveries, which settle as they did. */
export const askAll = (pending: Pending): Pending => {
  const asks = Object.values(pending.asks).map(({ deliveredAt }) => deliveredAt ?? 0);
  const deliveredAt = Math.max(pending.deliveredAt ?? 0, ...asks);
  return { ...pending, all: true, asks: {}, ...(deliveredAt > 0 ? { deliveredAt } : {}) };
};

/** The parts a pending sync asks for, of those there are now. */
export const pendingSlugs = (pending: Pending, parts: Parts): string[] =>
  parts.known.filter((slug) => pending.all || own(pending.asks, slug) !== undefined);
