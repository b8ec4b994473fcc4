import { fingerprint, shorten } from "../bytes.ts";
import { DAY, LOST_WORKERS, RETRY_AT_LEAST, RETRY_FIRST, RETRY_LAST, RETRY_TRIES } from "../durations.ts";
import { NOTE_BYTES, VERSION_BYTES } from "../limits.ts";
import { holdAgain } from "../usage/held.ts";
import { countBuild } from "../usage/usage.ts";
import type { Deploy } from "./deploy.ts";
import { markPart } from "./ending.ts";
import { refund, type Spent } from "./pace.ts";
import type { Build, Outcome, Part, Parts, Retry, Slot } from "./slot.ts";
import { own, without } from "./slot.ts";
import { type CountedReason, putOff, unbuiltWithout } from "./unbuilt.ts";

/** A slot after some parts were judged, and the parts whose change the sites must show. */
export interface Judged {
  readonly slot: Slot;
  readonly changed: readonly { readonly slug: string; readonly syncId: string; readonly version: string | undefined }[];
}

/** How long a source waits after `tries` failed attempts (ms). */
export const backoff = (tries: number): number => Math.min(RETRY_FIRST * 2 ** (tries - 1), RETRY_LAST);

/** Control characters, and separators that some viewers treat as line ends. */
const UNSAFE = /[\p{Cc}\u2028\u2029]+/gu;

/** A job's text or a network error on one line, cut at a word to `NOTE_BYTES`. */
export const noteText = (text: string): string =>
  shorten(text.slice(0, 2 * NOTE_BYTES).replaceAll(UNSAFE, " "), NOTE_BYTES);

/**
 * Cuts the texts of an outcome before it is stored: a job may answer with 64 KB, and twenty such answers in one run
 * would make a document that cannot be written.
 */
export const cutOutcome = (outcome: Outcome): Outcome =>
  outcome.kind === "failed"
    ? { ...outcome, error: noteText(outcome.error) }
    : {
        ...outcome,
        ...(outcome.message === undefined ? {} : { message: noteText(outcome.message) }),
        ...(outcome.version === undefined ? {} : { version: fingerprint(outcome.version, VERSION_BYTES) }),
      };

const retryOf = (part: Part, error: string, due: number): Retry => {
  const {
    outcome: _outcome,
    parked: _parked,
    riding: _riding,
    location: _location,
    deadline: _deadline,
    deploy: _deploy,
    ...debt
  } = part;
  return { ...debt, due, error };
};

/** Whether an attempt found somebody else's deploy and started none. (An adopted deploy was no attempt.) */
const tookOver = (part: Part, deploy: Deploy | undefined): boolean => deploy?.foreign === true && part.parked !== true;

type Ok = Extract<Outcome, { kind: "ok" }>;
type Failure = Extract<Outcome, { kind: "failed" }>;

/**
 * A probe's first answer is only the baseline for later comparisons and builds nothing, unless a delivery, a person or
 * a configuration change that is followed by builds requested it.
 */
const isBaseline = (slot: Slot, slug: string, part: Part, { freshness }: Ok): boolean => {
  if (freshness === undefined || own(slot.built, slug) !== undefined || part.ask.deliveredAt !== undefined)
    return false;
  const type = slot.open[part.syncId]?.trigger.type;
  return type !== "manual" && !(type === "configuration" && part.build);
};

const hasChanged = (slot: Slot, slug: string, version: string | undefined, { changed, freshness }: Ok): boolean => {
  if (version === undefined) return changed !== false || own(slot.doubt, slug) !== undefined;
  // The delivery counts as a change, because the known version may have been built before it.
  return freshness === "unconfirmed" || version !== own(slot.built, slug);
};

/** Why an answer counts as changed although it shows no change; undefined: it shows one. */
const countedBecause = (
  slot: Slot,
  slug: string,
  version: string | undefined,
  { changed }: Ok,
): CountedReason | undefined => {
  const unbuilt = own(slot.unbuilt ?? {}, slug);
  if (version !== undefined) {
    if (version === own(slot.built, slug)) return "unconfirmed-publish";
    return unbuilt?.version === version ? "unbuilt-change" : undefined;
  }
  if (changed !== false) return undefined;
  return unbuilt !== undefined && unbuilt.at === own(slot.doubt, slug) ? "unbuilt-change" : "unanswered-call";
};

const judgeOk = (judged: Judged, slug: string, part: Part, outcome: Ok): Judged => {
  // A build went through, so Netlify holds nothing back. A call after which nothing was heard proves nothing.
  const { held, ...others } = judged.slot;
  const free = held === undefined || outcome.deploy?.state === "unheard" ? judged.slot : others;
  const slot = tookOver(part, outcome.deploy) ? takeBack(free) : free;
  const version = outcome.version === undefined ? undefined : fingerprint(outcome.version, VERSION_BYTES);
  const baseline = version !== undefined && isBaseline(slot, slug, part, outcome);
  const changed = !baseline && hasChanged(slot, slug, version, outcome);
  const because = changed ? countedBecause(slot, slug, version, outcome) : undefined;
  const told = {
    ...(because === undefined ? {} : { countedBecause: because }),
    ...(outcome.records === undefined ? {} : { records: outcome.records }),
    ...(outcome.message === undefined ? {} : { message: noteText(outcome.message) }),
    ...(outcome.deploy === undefined ? {} : { deploy: outcome.deploy }),
    ...(outcome.freshness === undefined ? {} : { freshness: outcome.freshness }),
  };
  const known = baseline ? { ...slot.built, [slug]: version } : slot.built;
  const judgedSlot = { ...slot, built: known, doubt: without(slot.doubt, slug), ...unbuiltWithout(slot, slug) };
  const marked = markPart(judgedSlot, part.syncId, slug, {
    status: "succeeded",
    attempts: attemptsOf(part) + 1,
    durationMs: outcome.durationMs,
    changed,
    ...told,
  });
  if (!changed) return { ...judged, slot: marked };
  return { slot: marked, changed: [...judged.changed, { slug, syncId: part.syncId, version }] };
};

const refundStart = (slot: Slot, spent: Spent): Slot => ({
  ...slot,
  spent: refund(spent),
  usage: countBuild(slot.usage, spent, -1),
});

const takeBack = (slot: Slot): Slot => (slot.spent === undefined ? slot : refundStart(slot, slot.spent));

/** Whether a failed attempt may have started a build: a call without an answer may have, and a failed deploy did. */
const startedBuild = (part: Part, { unanswered, deploy, unbuilt }: Failure) =>
  unanswered || (deploy !== undefined && unbuilt !== true && !tookOver(part, deploy));

/** The number of attempts so far, counted or not. */
const attemptsOf = ({ tries, lost, uncounted = 0 }: Pick<Part, "tries" | "lost" | "uncounted">): number =>
  tries + lost + uncounted;

/**
 * A failed attempt waits for the next one, or fails for good after five attempts and fifteen minutes. A shorter outage
 * costs no publish, and a longer one is announced instead of retried for ever.
 */
const judgeFailed = (slot: Slot, slug: string, part: Part, outcome: Failure, now: number, parts: Parts): Slot => {
  const error = noteText(outcome.error);
  const known = parts.known.includes(slug);
  const { deploy, atMost, held } = outcome;
  const counted = outcome.uncounted === true ? { uncounted: (part.uncounted ?? 0) + 1 } : { tries: part.tries + 1 };
  const tried: Part = { ...part, ...counted };
  const { tries } = tried;
  const paid = startedBuild(part, outcome) ? slot : takeBack(slot);
  const holding = held === undefined ? paid : { ...paid, held: holdAgain(paid.held, held, now) };
  const doubted = outcome.unanswered && known ? { ...holding, doubt: { ...holding.doubt, [slug]: now } } : holding;
  const record = {
    attempts: attemptsOf(tried),
    durationMs: outcome.durationMs,
    error,
    ...(deploy === undefined ? {} : { deploy }),
  };
  if (!known) {
    return markPart(doubted, part.syncId, slug, { ...record, status: "cancelled" });
  }
  const over = atMost === undefined ? tries >= RETRY_TRIES && now >= part.since + RETRY_AT_LEAST : tries >= atMost;
  if (over && outcome.uncounted !== true) {
    return markPart(doubted, part.syncId, slug, { ...record, status: "failed" });
  }
  // A receiver that names a later time is believed for a day at most.
  const due = Math.max(now + backoff(Math.max(tries, 1)), Math.min(outcome.notBefore ?? 0, now + DAY));
  const retry = retryOf(tried, error, due);
  return markPart({ ...doubted, retry: { ...doubted.retry, [slug]: retry } }, part.syncId, slug, {
    ...record,
    status: "retrying",
  });
};

/** Judges a part by its outcome: success, retry or final failure. */
export const judge = (judged: Judged, slug: string, part: Part, outcome: Outcome, now: number, parts: Parts): Judged =>
  outcome.kind === "ok"
    ? judgeOk(judged, slug, part, outcome)
    : { ...judged, slot: judgeFailed(judged.slot, slug, part, outcome, now, parts) };

/** Judges a part whose call will never be answered: a failed attempt that may have had its effect. */
export const judgeUnanswered = (
  judged: Judged,
  slug: string,
  part: Part,
  error: string,
  now: number,
  parts: Parts,
): Judged => ({
  ...judged,
  slot: judgeFailed(judged.slot, slug, part, { kind: "failed", error, unanswered: true, durationMs: 0 }, now, parts),
});

/**
 * Judges a part whose accepted build never reported its end. It counts as started and over. The silence is recorded, so
 * that the next build is not waited for in vain.
 */
export const judgeUnheard = (judged: Judged, slug: string, part: Part, now: number, parts: Parts): Judged => {
  const deploy: Deploy = { ...part.deploy, state: "unheard" };
  const outcome: Outcome = { kind: "ok", durationMs: Math.max(now - part.since, 0), deploy };
  return judge({ ...judged, slot: { ...judged.slot, unheardAt: now } }, slug, part, outcome, now, parts);
};

/**
 * Judges a part whose worker vanished before the part had an outcome. A polled job goes on; any other call may have had
 * its effect. The third loss counts as a failed attempt, or a source that kills its workers would be taken over for
 * ever.
 */
export const judgeLost = (judged: Judged, slug: string, part: Part, now: number, parts: Parts): Judged => {
  const lost = part.lost + 1;
  if (lost >= LOST_WORKERS || !parts.known.includes(slug)) {
    const error = `worker_lost: the worker stopped ${lost} times before this source answered`;
    // This call counts as an attempt and not also as a loss, because the number of calls is the sum of both.
    return judgeUnanswered(judged, slug, part, error, now, parts);
  }
  const deploy = part.deploy === undefined ? {} : { deploy: part.deploy };
  const polled = part.location === undefined ? {} : { location: part.location, ...deploy };
  const deadline = part.deadline === undefined ? {} : { deadline: part.deadline };
  const retry: Retry = {
    ...retryOf({ ...part, lost }, "worker_lost: the worker stopped, and another worker took over", now),
    ...polled,
    ...deadline,
  };
  const doubt = part.location === undefined ? { ...judged.slot.doubt, [slug]: now } : judged.slot.doubt;
  const slot = { ...judged.slot, doubt, retry: { ...judged.slot.retry, [slug]: retry } };
  return {
    ...judged,
    slot: markPart(slot, part.syncId, slug, { status: "retrying", attempts: attemptsOf({ ...part, lost }) }),
  };
};

/**
 * Owes the builds after a finished sources phase. Changes that only a configuration sync requested are not built but
 * kept in doubt, so that the source's next answer is built even if it says that nothing changed.
 */
export const oweBuild = (judged: Judged, builds: readonly string[], id: string, now: number, parts: Parts): Slot => {
  const { slot, changed } = judged;
  const still = changed.filter(({ slug }) => parts.known.includes(slug));
  const versions = Object.fromEntries(still.flatMap((c) => (c.version === undefined ? [] : [[c.slug, c.version]])));
  if (!changed.some(({ slug }) => builds.includes(slug))) {
    const unseen = still.filter(({ version }) => version === undefined).map(({ slug }) => [slug, now]);
    // Only a site's own slot has a pace, and there are no sites behind it to build.
    const unbuilt = parts.pace === undefined ? putOff(slot, still, now) : {};
    return { ...slot, ...unbuilt, doubt: { ...slot.doubt, ...Object.fromEntries(unseen) } };
  }
  if (!parts.sites) return { ...slot, built: { ...slot.built, ...versions } };
  const syncIds = [...(slot.build?.syncIds ?? []), ...changed.map(({ syncId }) => syncId)];
  const build: Build = {
    ...slot.build,
    id,
    syncIds: [...new Set(syncIds)],
    changed: [...new Set([...(slot.build?.changed ?? []), ...changed.map(({ slug }) => slug)])],
    versions: { ...slot.build?.versions, ...versions },
    since: slot.build?.since ?? now,
  };
  return { ...slot, build };
};
