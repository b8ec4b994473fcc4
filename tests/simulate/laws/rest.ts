import { isDeepStrictEqual } from "node:util";
import { knownEnded } from "../../../src/core/lastEnded.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { nextMessage } from "../../../src/core/layer/messages.ts";
import { owesAnything } from "../../../src/core/owed.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import { own, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import {
  buildsPrefix,
  LAYERS,
  layerKey,
  recordId,
  SITES,
  siteKey,
  syncKey,
  syncsPrefix,
} from "../../../src/store/keys.ts";
import { FEED } from "../cast/feed.ts";
import { holderOf, type Promised } from "../records/ledger.ts";
import type { World } from "../world/world.ts";
import { announcedLaws } from "./checks.ts";

const idle = (slot: Slot): boolean =>
  slot.running === null &&
  slot.build === null &&
  (slot.paused || (slot.pending === null && Object.keys(slot.retry).length === 0));

/** What still has something to do; null: nothing has. */
export const restless = ({ register, oracle }: World): string | null => {
  for (const key of [...register.keys(LAYERS), ...register.keys(SITES)]) {
    const document = oracle.ledger.latest(key);
    if (document === null) continue;
    if (owesAnything(document)) return `${key} owes ${document.owed.length} entries`;
    if (document.kind === "layer" && nextMessage(document) < Number.POSITIVE_INFINITY) return `${key} has to tell`;
    const holder = holderOf(document);
    if (holder === null || idle(holder.slot)) continue;
    const held = holder.kind === "site" && holder.slot.running === null && oracle.pacing.mayHold(holder);
    if (!held) return `${key} is not idle`;
  }
  return null;
};

type End = "kept" | "succeeded" | "failed" | "cancelled" | "not asked" | { readonly fault: string };

/** Follows a source through the syncs that took it over, to its end. */
const endOf = ({ register }: World, layer: Layer, first: string, slug: string): End => {
  const passed = new Set<string>();
  for (let id = first; ; ) {
    if (passed.has(id)) return { fault: `the successors of ${first} go round` };
    passed.add(id);
    if (layer.slot.pending?.syncId === id) return layer.slot.paused ? "kept" : { fault: `${id} is still pending` };
    const found = register.read(syncKey(layer.id, id));
    const sync: Sync | undefined = own(layer.slot.open, id) ?? (found === null ? undefined : JSON.parse(found.text));
    if (sync === undefined) return { fault: `${id} is found nowhere` };
    const part = own(sync.parts, slug);
    if (part === undefined) return sync.cancelled === true ? "cancelled" : "not asked";
    if (part.status === "superseded") {
      if (part.supersededBy === undefined) return { fault: `${id} does not name its successor` };
      id = part.supersededBy;
    } else if (part.status === "running" || part.status === "retrying") {
      return layer.slot.paused ? "kept" : { fault: `${slug} of ${id} is ${part.status} at rest` };
    } else return part.status;
  }
};

const checkSource = (world: World, layer: Layer, promised: Promised, slug: string): void => {
  const { oracle, jobs } = world;
  const { acts, givenUp } = oracle.ledger;
  const { arrived, syncId } = promised;
  const fail = (law: string, detail: string): void =>
    oracle.fail(law, `${slug} of ${layer.id}, promised under ${syncId} at stamp ${arrived}: ${detail}`);
  const end = endOf(world, layer, syncId, slug);
  if (end === "kept") return;
  const removed = oracle.ledger
    .during(layerKey(layer.id), arrived, Number.POSITIVE_INFINITY)
    .some((one) => one?.kind === "layer" && !one.sources.some((source) => source.slug === slug));
  if (typeof end === "object") {
    fail("P7: every answered id has run or names its successor", end.fault);
    return;
  }
  if (end === "not asked" || end === "cancelled") {
    const cancelled = acts.some((act) => act.kind === "cancel" && act.id === layer.id);
    if (!removed && !(end === "cancelled" && cancelled)) fail("rule 4: every delivery is covered", `it was ${end}`);
    return;
  }
  if (end === "failed") {
    const later = givenUp.some((given) => given.layerId === layer.id && given.slug === slug && given.stamp > arrived);
    if (!later) fail("rule 4: every delivery is covered", "it was given up before it arrived");
    return;
  }
  const feed = slug === FEED ? world.layers[promised.layer]?.feed : null;
  if (feed != null) {
    const looked = feed.looks.some(({ began }) => began > arrived);
    if (!looked) fail("rule 4: every delivery is covered", "its feed was not asked after its arrival");
    else if (!removed) announcedLaws(world, promised);
    return;
  }
  const mine = [...jobs.values()].filter((job) => job.layer === promised.layer && job.plan.slug === slug);
  const called = mine.flatMap(({ calls }) => calls).some(({ began, effect }) => began > arrived && effect !== null);
  if (!called) {
    fail("rule 4: every delivery is covered", "no call after its arrival had an effect");
    return;
  }
  if (removed) return;
  for (const { slug: of, item, revision } of promised.published) {
    if (of !== slug) continue;
    if (!mine.some((job) => job.editionOf(item, revision) !== null)) {
      fail("rule 4: what was published is synced", `${item} at revision ${revision} is not`);
    }
  }
};

/** Whether a layer was deleted, or made anew, after a moment. */
export const wasGone = (world: World, layerId: string, since: number): boolean =>
  world.oracle.ledger.during(layerKey(layerId), since, Number.POSITIVE_INFINITY).some((one) => one?.kind !== "layer");

/** Every promise that was given is kept, or ended on record. */
export const coverageLaws = (world: World): void => {
  for (const promised of world.oracle.ledger.promises) {
    const layer = world.oracle.ledger.latest(layerKey(promised.layerId));
    if (layer?.kind !== "layer" || wasGone(world, layer.id, promised.arrived)) continue;
    for (const slug of promised.named ?? promised.known) checkSource(world, layer, promised, slug);
  }
};

/** No site was built beyond its budget. */
export const budgetLaws = ({ oracle, sites }: World): void => {
  for (const { id } of sites) {
    const site = oracle.ledger.latest(siteKey(id));
    if (site?.kind === "site") oracle.pacing.budgets(site);
  }
};

/** Every entry that was ever owed stands in the archive, as it was owed. */
export const archiveLaws = ({ oracle, register }: World): void => {
  for (const [key, { id, text }] of oracle.ledger.owed) {
    const stands = register.read(key)?.text;
    const same = stands !== undefined && isDeepStrictEqual(JSON.parse(stands), JSON.parse(text));
    const deleted = oracle.ledger.acts.some((act) => act.kind.startsWith("delete") && act.id === id);
    if (stands === undefined && deleted && !key.startsWith("audit/")) continue;
    if (!same) oracle.fail("P9: every entry stands in the archive", `${key}: ${stands ?? "missing"}`);
  }
};

/** A layer or a site knows which of its records is the newest, without a look into the archive. */
export const lastEndedLaws = ({ oracle, register }: World): void => {
  for (const key of [...register.keys(LAYERS), ...register.keys(SITES)]) {
    const holder = holderOf(oracle.ledger.latest(key));
    if (holder === null || oracle.ledger.acts.some((act) => act.kind.startsWith("delete") && act.id === holder.id))
      continue;
    const records = register.keys(holder.kind === "layer" ? syncsPrefix(holder.id) : buildsPrefix(holder.id));
    const [newest] = [...records].sort((a, b) => (recordId(a) < recordId(b) ? 1 : -1));
    const sync = newest === undefined ? null : JSON.parse(register.read(newest)?.text ?? "null");
    const said = knownEnded(holder.slot, holder.lastEnded);
    const expected = sync === null ? null : { id: sync.id, status: endStatus(sync) };
    if (isDeepStrictEqual(said && { id: said.id, status: said.status }, expected)) continue;
    oracle.fail(
      "an owner knows what ended last",
      `${key} says ${JSON.stringify(said)}, its newest record is ${newest}`,
    );
  }
};
