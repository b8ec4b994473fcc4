import pLimit from "p-limit";
import { nextDue } from "../core/claim.ts";
import { DAY, HOUR, SECOND } from "../core/durations.ts";
import type { Layer, LayerTombstone } from "../core/layer.ts";
import type { Owed } from "../core/owed.ts";
import type { Site, SiteTombstone } from "../core/site.ts";
import { countAt, sumUsage, type Usage } from "../core/usage.ts";
import { DRAIN_HINT, LAYERS, SITES } from "../store/keys.ts";
import { cutLogs } from "./deliveryLog.ts";
import type { Deps, Target } from "./deps.ts";
import { layerCodec, siteCodec } from "./documents.ts";
import { type DrainHint, readDrainHint } from "./drainHint.ts";
import { needsReseal, reseal } from "./reseal.ts";
import { settleOwed } from "./settleOwed.ts";
import { partsOf } from "./slots.ts";

/** A scheduled function has thirty seconds; one slow document must not spend the others' share. */
const BUDGET = 10 * SECOND;
const AT_ONCE = 8;
/** Whatever the list says, every document is looked at this often: a list may lag behind. */
const LOOK_EVERY = HOUR;
const TOMBSTONE_KEPT = DAY;

type Seen = DrainHint["seen"];

export interface Drained {
  readonly listed: number;
  readonly read: number;
  readonly woken: number;
  readonly failed: number;
}

type Document = Layer | LayerTombstone | Site | SiteTombstone;

const targetOf = (key: string): Target =>
  key.startsWith(LAYERS)
    ? { kind: "layer", id: key.slice(LAYERS.length) }
    : { kind: "site", id: key.slice(SITES.length) };

const dueOf = (document: Document): number => {
  if (document.owed.length > 0) return 0;
  return document.kind === "layer" || document.kind === "site"
    ? nextDue(document.slot, partsOf(document))
    : Number.POSITIVE_INFINITY;
};

/**
 * A layer's tombstone stays for good: its id may be chosen again, and then tokens must go on rising and no late delete
 * may hit the successor. A site's id is never chosen.
 */
const isSpent = (document: Document, now: number): document is SiteTombstone =>
  document.kind === "site-tombstone" &&
  (document.owed satisfies Owed[]).length === 0 &&
  now - document.deletedAt > TOMBSTONE_KEPT;

/** A rotation that differs from tick to tick, so that a sick document at the front does not starve those behind it. */
const rotated = <T>(items: readonly T[], random: number): T[] => {
  const from = Math.floor(random * items.length);
  return [...items.slice(from), ...items.slice(0, from)];
};

/**
 * One tick of the repair: finds what is due and wakes workers for it. It decides nothing, so ticks may overlap, run late
 * or die. A document is read only if it changed since the last tick, is due by what was read then, or was not looked at
 * for an hour. Never throws for a failing store.
 */
export const drain = async (deps: Deps): Promise<Drained> => {
  const began = deps.clock.elapsed();
  const now = deps.clock.now();
  const inTime = () => deps.clock.elapsed() - began < BUDGET;
  const { hint, etag } = await readDrainHint(deps);
  const count = { listed: 0, read: 0, woken: 0, failed: 0 };
  const seen: Record<string, Seen[string]> = {};
  let usage: Usage = countAt(hint.usage, now, { ticks: 1 });

  const visit = async ({ key, etag }: { key: string; etag: string }): Promise<void> => {
    const known = hint.seen[key];
    const target = targetOf(key);
    try {
      const fresh = known !== undefined && known.etag === etag && now - known.readAt < LOOK_EVERY;
      if (fresh && (known.due ?? Number.POSITIVE_INFINITY) > now) {
        seen[key] = known;
        return;
      }
      if (!inTime()) {
        if (known !== undefined) seen[key] = { ...known, etag: "" };
        return;
      }
      count.read += 1;
      const found = await deps.store.read(key);
      if (found === null) return;
      const document = key.startsWith(LAYERS) ? layerCodec.decode(found.text, key) : siteCodec.decode(found.text, key);
      if (isSpent(document, now)) {
        await deps.archive.remove(key);
        usage = sumUsage(usage, document.usage);
        return;
      }
      const due = dueOf(document);
      // A layer's tombstone with nothing owed never changes by itself: it is not looked at again.
      const readAt = document.kind === "layer-tombstone" && due > now ? Number.MAX_SAFE_INTEGER : now;
      seen[key] = { etag: found.etag, due: Number.isFinite(due) ? due : null, readAt };
      if ((document.kind === "layer" || document.kind === "site") && needsReseal(deps.sealer, document)) {
        await reseal(deps, target);
      }
      if (due > now) return;
      if (document.kind !== "layer" && document.kind !== "site") {
        await settleOwed(deps, target);
        return;
      }
      count.woken += 1;
      await deps.wake(target);
    } catch (error) {
      count.failed += 1;
      deps.report({
        kind: "trouble",
        where: `drain of ${key}`,
        error: error instanceof Error ? error.message : "unknown",
      });
    }
  };

  try {
    const listed = (await Promise.all([deps.store.list(LAYERS), deps.store.list(SITES)])).flat();
    count.listed = listed.length;
    const limit = pLimit(AT_ONCE);
    await Promise.all(rotated(listed, deps.random()).map((entry) => limit(() => visit(entry))));
    const cut = now - (hint.logsCutAt ?? 0) >= DAY && (await cutLogs(deps, inTime)) ? { logsCutAt: now } : {};
    const next = { ...hint, at: now, seen, usage, ...cut } satisfies DrainHint;
    await deps.store.write(DRAIN_HINT, JSON.stringify(next), etag);
  } catch (error) {
    count.failed += 1;
    deps.report({ kind: "trouble", where: "drain", error: error instanceof Error ? error.message : "unknown" });
  }
  deps.report({ kind: "drain.ticked", ...count });
  return count;
};
