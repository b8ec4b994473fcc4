import { jsonBytes } from "../bytes.ts";
import { defined } from "../defined.ts";
import type { Attempt, Contention } from "../document.ts";
import { GATHER, PATIENCE, TRIGGER_WINDOW } from "../durations.ts";
import { BODIES_BYTES, CAUSES, NAMED_WEBHOOKS, SOURCES } from "../limits.ts";
import { countRequest } from "../usage/usage.ts";
import { type Ask, own, type Parts, type Pending, remember, type Slot } from "./slot.ts";
import type { Cause, Trigger } from "./sync.ts";

/** A request for a sync: from a delivery, a person, a configuration change or another slot. */
export interface Request {
  /** The id by which the document recognises the request, so that deciding twice is deciding once. */
  readonly id: string;
  /** The delivery that the answer names, if its sender may send `id` again. */
  readonly deliveryId?: string;
  /** When the request arrived, by the clock of the instance that took it (ms). */
  readonly receivedAt: number;
  /** The parts that the request names. `all` if it names none, or an unknown one. */
  readonly all: boolean;
  readonly slugs: readonly string[];
  readonly body?: string;
  /** Whether the request's parts must be synced in full (its body was too long to store). */
  readonly full: boolean;
  readonly trigger: Trigger;
  /** What the body is like (`likenessOf`). */
  readonly likeness?: number | undefined;
  readonly build: boolean;
  readonly cause?: Cause;
  /** Whether everything pending is released at once, this request included. */
  readonly released?: boolean;
  /** What a person asks of one build. */
  readonly branch?: string | undefined;
  readonly clearCache?: boolean | undefined;
  /** Whether the request must be written in any case (its write carries an audit entry, or its cause must be named). */
  readonly written: boolean;
}

export interface Accepted {
  readonly syncId: string;
  readonly queued: boolean;
  /** The delivery that the first answer named, if this request repeats it. */
  readonly deliveryId?: string;
  /** The revision of the decision. Every claim of a higher revision covers the request, whatever the clocks say. */
  readonly revision: number;
  readonly scope: "all" | readonly string[];
  /** Whether the body was dropped for lack of room, so that its parts are synced in full. */
  readonly bodyDropped: boolean;
  /** Null: the read proves that nothing needs to be written. */
  readonly slot: Slot | null;
  /** What a write may wait for; absent: it is sent at once. */
  readonly contention?: Contention;
}

/** What a pending sync covers, in the API's words. */
export const scopeOf = (pending: Pick<Pending, "all" | "asks">): "all" | string[] =>
  pending.all ? "all" : Object.keys(pending.asks).sort();

/** The size of all bodies in a document with these requests, in bytes of JSON. */
const bodiesHeld = (slot: Slot, asks: Pending["asks"]): number =>
  [
    ...Object.values(asks),
    ...[...Object.values(slot.running?.parts ?? {}), ...Object.values(slot.retry)].map(({ ask }) => ask),
  ]
    .map(({ body }) => (body === undefined ? 0 : jsonBytes(body)))
    .reduce((sum, bytes) => sum + bytes, 0);

/** Joins two requests for one part. The result is never narrower than either, and has the newest body by arrival. */
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
 * Whether the request would change only the trigger. Then the read alone may answer it, because a pending sync leaves
 * its slot only by a claim (which starts after that read) or by a person's recorded command.
 *
 * A body counts as older than one that was written after the request's first read or after its arrival: the two were
 * concurrent, so either order is true. Otherwise a burst of bodies would cost one write after the other. A wrong clock
 * can only choose another body here, because the part is synced in full.
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
 * When the parts of a request were last requested (ms). For a delivery only other deliveries count: a call that no
 * delivery requested neither waits `settleSeconds` nor makes a probe expect a change.
 */
const lastAsked = (pending: Pending, request: Request): number => {
  if (!isDelivery(request)) return pending.at;
  const { deliveredAt = Number.NEGATIVE_INFINITY } = pending;
  if (request.all) return deliveredAt;
  return Math.min(...request.slugs.map((slug) => Math.max(own(pending.asks, slug)?.deliveredAt ?? 0, deliveredAt)));
};

/**
 * Whether the pending sync was requested at most a second before the request arrived. The time of arrival counts, not
 * that of this attempt: a delivery that lost its race and reads again seconds later is as old as before, and calls wait
 * `settleSeconds` for it all the same. Otherwise a slow store makes every loser write again, and again.
 */
const isFresh = (pending: Pending, request: Request): boolean =>
  request.receivedAt - lastAsked(pending, request) <= TRIGGER_WINDOW;

/**
 * A delivery whose parts another delivery has just renewed can wait, so that the parts that have waited longer go first.
 */
const contentionOf = (pending: Pending | null, request: Request, now: number): { contention?: Contention } => {
  if (pending === null || request.written) return {};
  const patience = PATIENCE - (now - lastAsked(pending, request));
  return { contention: { since: now - pending.at, patience } };
};

/** The causes with another one. Of too many, the newest are kept. */
export const addCause = (causes: readonly Cause[] | undefined, cause: Cause | undefined): { causes?: Cause[] } => {
  if (cause === undefined) return {};
  // A later run of the same sync may request the build again while it still waits. The cause keeps the fields that a
  // later release added.
  const known = (causes ?? []).find(({ syncId }) => syncId === cause.syncId);
  const others = (causes ?? []).filter((other) => other !== known);
  const published = [known?.publishedAt, cause.publishedAt].filter((at) => at !== undefined);
  const first = published.length === 0 ? {} : { publishedAt: Math.min(...published) };
  return { causes: [...others, { ...known, ...cause, ...first }].slice(-CAUSES) };
};

/** How many publishes a request for a build brings that no request before has counted. */
const newPublishes = ({ cause }: Request): number =>
  cause === undefined || cause.again === true ? 0 : Math.max((cause.deliveries ?? 1) - (cause.counted ?? 0), 0);

/** What a pending sync says of the deliveries behind it: what they are like, their webhooks, and of a build how many they are. */
const withOrigins = (
  standing: Pending | null,
  request: Request,
): Pick<Pending, "likeness" | "webhooks" | "publishes"> => {
  const { webhook } = request.trigger;
  const ref = webhook === undefined || webhook === "default" ? webhook : webhook.ref;
  const known = standing?.webhooks ?? [];
  const webhooks = ref === undefined ? known : [...known.filter((other) => other !== ref), ref].slice(-NAMED_WEBHOOKS);
  const publishes = (standing?.publishes ?? 0) + newPublishes(request);
  return defined({
    likeness: standing === null || standing.likeness === request.likeness ? request.likeness : undefined,
    webhooks: webhooks.length === 0 ? undefined : webhooks,
    publishes: publishes === 0 ? undefined : publishes,
  });
};

/** The request without its body, which cannot be stored: its parts are synced in full. */
const withoutBody = ({ body: _body, ...request }: Request): Request => ({ ...request, full: true });

/**
 * The pending build with what is asked of the build itself. Any other request than a person's drops the branch: a
 * publish has to go live, and a build of another branch shows visitors nothing.
 */
const withOptions = (standing: Pending | null, { trigger, branch, clearCache }: Request) => {
  const { branch: former, likeness: _likeness, ...rest } = standing ?? {};
  return {
    ...rest,
    ...defined({
      branch: trigger.type === "manual" ? (branch ?? former) : undefined,
      clearCache: clearCache === true || standing?.clearCache === true ? true : undefined,
    }),
  };
};

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
 * the pending sync covers the request already. Never changes the running sync or a retry. (Contract, rules 1 and 2.)
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
    isFresh(standing, request)
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
  // A build layer accepts any slug as a label, and too many labels mean "all".
  const crowded = Object.keys(asks).length > SOURCES;
  const toAll = request.all && isDelivery(request) ? attempt.now : 0;
  const deliveredAt = Math.max(standing?.deliveredAt ?? 0, toAll);
  const pending: Pending = {
    ...withOptions(standing, request),
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
    ...withOrigins(standing, request),
    ...(request.released === true ? { released: true } : {}),
    ...addCause(standing?.causes, request.cause),
  };
  const queued = standing === null;
  const byName = request.deliveryId === undefined ? {} : { deliveryId: request.deliveryId };
  const decision = { id: request.id, syncId, queued, rev: attempt.rev, ...byName };
  const usage = countRequest(slot.usage, attempt.now, { isDelivery: isDelivery(request), isMerged: !queued });
  return {
    syncId,
    queued,
    revision: attempt.rev,
    scope: scopeOf(pending),
    bodyDropped,
    slot: remember({ ...slot, pending, usage }, decision),
    ...contentionOf(standing, request, attempt.now),
  };
};

/** The parts that a pending sync requests and that exist now. */
export const pendingSlugs = (pending: Pending, parts: Parts): string[] =>
  parts.known.filter((slug) => pending.all || own(pending.asks, slug) !== undefined);

/**
 * The ask of one part at a claim: the pending sync's, joined with `older`, the ask of a retry or open call that it takes
 * over. A branch counts only if both asked for it.
 */
export const takenAsk = (pending: Pending, slug: string, older: Ask | undefined): Ask => {
  const named = own(pending.asks, slug);
  const deliveredAt = Math.max(named?.deliveredAt ?? 0, pending.deliveredAt ?? 0);
  const { clearCache } = pending;
  const asked = { ...named, full: pending.all || named?.full === true, ...defined({ clearCache }) };
  const { branch: _branch, ...merged } = mergeAsk(older, { ...asked, ...(deliveredAt > 0 ? { deliveredAt } : {}) });
  const isSame = older === undefined || older.branch === pending.branch;
  return { ...merged, ...defined({ branch: isSame ? pending.branch : undefined }) };
};
