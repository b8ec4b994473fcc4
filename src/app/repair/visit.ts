import type { Tokens } from "../../core/access/tokens.ts";
import { type Layer, type LayerDocument, layerParts } from "../../core/layer/layer.ts";
import { nextMessage } from "../../core/layer/messages.ts";
import { owesAnything } from "../../core/owed.ts";
import { nextLook } from "../../core/proof/look.ts";
import type { SiteDocument } from "../../core/site/site.ts";
import { nextDue } from "../../core/slot/nextDue.ts";
import { partsOf, type SlotOwner } from "../../core/slotOwner.ts";
import { sumUsage } from "../../core/usage/usage.ts";
import type { Watch } from "../../core/watch/judge.ts";
import { LAYERS, SITES, TOKENS } from "../../store/keys.ts";
import { StoreUnavailable, unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { layerCodec, siteCodec, tokensCodec } from "../stored/documents.ts";
import type { SeenDocument } from "../stored/drainHint.ts";
import { needsReseal, type Sealing, sealingOf } from "../stored/sealing.ts";
import { type Debtor, settleOwed, TOKENS_DEBTOR } from "../stored/settleOwed.ts";
import { sendNotifications } from "../worker/sendNotifications.ts";
import { catchUp } from "./catchUp.ts";
import { noteLast } from "./noteLast.ts";
import type { Visit } from "./planVisits.ts";
import { reseal } from "./reseal.ts";
import { NEVER_AGAIN, shardOf } from "./shards.ts";
import { creditsNoteOf } from "./shareBuilds.ts";
import { reportTrouble, type Tick } from "./tick.ts";
import { dropMarkerInTime, isSpent, removeTombstone } from "./tombstones.ts";
import { type Watched, watchLayer } from "./watchLayer.ts";

const UNREADABLE = "its stored secrets cannot be decrypted, because LAYERHOOK_SECRET changed";

type Document = LayerDocument | SiteDocument | Tokens;

const debtorOf = (key: string): Debtor => {
  if (key === TOKENS) return TOKENS_DEBTOR;
  return key.startsWith(LAYERS)
    ? { kind: "layer", id: key.slice(LAYERS.length) }
    : { kind: "site", id: key.slice(SITES.length) };
};

const decode = (text: string, key: string): Document => {
  if (key === TOKENS) return tokensCodec.decode(text, key);
  return key.startsWith(LAYERS) ? layerCodec.decode(text, key) : siteCodec.decode(text, key);
};

const dueOf = (document: Document): number => {
  if (owesAnything(document)) return 0;
  if (document.kind === "site") return Math.min(nextDue(document.slot, partsOf(document)), nextLook(document));
  if (document.kind !== "layer") return Number.POSITIVE_INFINITY;
  return Math.min(nextDue(document.slot, partsOf(document)), nextMessage(document));
};

/** Notes a document for the next ticks; null: forgets it. Settings are visited by the clock alone. */
const note = ({ shards }: Tick, key: string, seen: SeenDocument | null): void => {
  const shard = shards.get(shardOf(key));
  if (shard === undefined || key === TOKENS) return;
  if (seen === null) shard.seen.delete(key);
  else shard.seen.set(key, seen);
  shard.changed = true;
};

/** What a look at a document found: when it is due, and when it is to be looked at for other reasons. */
interface Found {
  readonly due: number;
  readonly markerDue: number;
  readonly sealing: Sealing | undefined;
  readonly watched: Watched | null;
}

const noteOf = ({ access, ...watch }: Watch): NonNullable<SeenDocument["watch"]> => ({
  ...watch,
  ...(access !== undefined && { access: { ...access } }),
});

/** Notes what the next ticks need to know of a document that was read, above all when it is due again. */
const scheduleVisit = (
  tick: Tick,
  { key, etag }: { readonly key: string; readonly etag: string },
  document: Document,
  { due, markerDue, sealing, watched }: Found,
): void => {
  const { now, silentSince } = tick;
  const next = Math.min(due, markerDue, watched?.due ?? Number.POSITIVE_INFINITY);
  note(tick, key, {
    etag,
    due: Number.isFinite(next) ? next : null,
    // A layer's tombstone that owes nothing never changes by itself: only its marker needs a visit.
    readAt: document.kind === "layer-tombstone" && due > now ? NEVER_AGAIN : now,
    ...(silentSince !== undefined && { caughtUp: silentSince }),
    ...(sealing !== undefined && { sealing }),
    ...(document.kind !== "tokens" && { credits: creditsNoteOf(document, now) }),
    ...(document.kind === "layer" && { probes: layerParts(document).probes !== undefined }),
    ...(watched?.watch !== undefined && { watch: noteOf(watched.watch) }),
    ...(document.kind === "layer-tombstone" && !Number.isFinite(markerDue) && { markerGone: true }),
  });
};

/** Seals a document again after a change of the key, or reports that it cannot be opened. Never throws. */
const sealAnew = async (deps: Deps, key: string, owner: SlotOwner, sealing: Sealing | undefined): Promise<void> => {
  if (sealing === "unreadable") deps.report({ kind: "trouble", where: `drain of ${key}`, error: UNREADABLE });
  if (needsReseal(deps.sealer, owner)) await reseal(deps, { kind: owner.kind, id: debtorOf(key).id });
};

/**
 * Does for a document what nobody did when it was due: wakes a worker, or appends what it owes. The login before a private
 * project stops wakes as well, so the tick sends the messages there: a message whose receiver answers after the tick has
 * ended is sent again under the same id. Never throws.
 */
const rescue = async ({ deps, count, access, now }: Tick, key: string, owner: SlotOwner | null): Promise<void> => {
  const debtor = debtorOf(key);
  if (owner === null || debtor.kind === "settings") {
    await settleOwed(deps, debtor);
    return;
  }
  if (access === "private" && owner.kind === "layer" && nextMessage(owner) <= now) {
    await sendNotifications(deps, debtor.id);
  }
  count.woken += 1;
  await deps.wake(debtor);
};

/** Looks for what did not happen at a layer. If the store does not answer, the next tick looks, and this one goes on. */
const watch = async (tick: Tick, key: string, layer: Layer, known: Watch | undefined): Promise<Watched> => {
  const { deps, now } = tick;
  try {
    return await watchLayer(deps, layer, { watch: known, now }, () => tick.lookFromOutside());
  } catch (error) {
    reportTrouble(deps, `watch of ${key}`, error);
    return { document: layer, due: now, watch: known };
  }
};

/** Reads one document and does what is due for it: removes, schedules, seals or rescues it. Throws `StoreUnavailable`. */
const look = async (tick: Tick, { key, known, catchesUp }: Visit): Promise<void> => {
  const { deps, now, silentSince, count } = tick;
  count.read += 1;
  const found = await deps.store.read(key);
  if (found === null) return note(tick, key, null);
  tick.characters += found.text.length;
  let document = decode(found.text, key);
  if (isSpent(document, now)) {
    await removeTombstone(deps, key, document);
    note(tick, key, null);
    tick.usage = sumUsage(tick.usage, document.usage);
    return;
  }
  if (catchesUp && silentSince !== undefined && document.kind === "layer") {
    document = (await catchUp(deps, found, document, silentSince)) ?? document;
  }
  const markerDue = await dropMarkerInTime(deps, document, now);
  const watched = document.kind === "layer" ? await watch(tick, key, document, known?.watch) : null;
  document = watched?.document ?? document;
  const due = dueOf(document);
  const owner = document.kind === "layer" || document.kind === "site" ? document : null;
  const sealing = owner === null ? undefined : sealingOf(deps.sealer, owner);
  scheduleVisit(tick, { key, etag: found.etag }, document, { due, markerDue, sealing, watched });
  if (owner !== null) await sealAnew(deps, key, owner, sealing);
  if (due <= now) await rescue(tick, key, owner);
  else if (owner !== null) await noteLast(deps, owner);
};

/** Visits one document. Never throws. */
export const visit = async (tick: Tick, one: Visit): Promise<void> => {
  const { key, known, catchesUp } = one;
  try {
    await look(tick, one);
  } catch (error) {
    tick.count.failed += 1;
    // A document that this release cannot read must not prolong the catch-up for ever.
    tick.behind ||= catchesUp && error instanceof StoreUnavailable;
    const unreadable = unreadableReason(error);
    // The note has no ETag, so that the next tick reads the document again, after those that it has not tried.
    const { unreadable: _former, ...rest } = known ?? { due: null };
    if (unreadable !== null) note(tick, key, { etag: "", due: null, readAt: tick.now, unreadable });
    else note(tick, key, { ...rest, etag: "", readAt: tick.now });
    reportTrouble(tick.deps, `drain of ${key}`, error);
  }
};
