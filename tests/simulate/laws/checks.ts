import type { Layer } from "../../../src/core/layer/layer.ts";
import { own, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync, SyncPart } from "../../../src/core/slot/sync.ts";
import { LAYERS, layerKey, syncKey, syncsPrefix } from "../../../src/store/keys.ts";
import { FEED, type Feed } from "../cast/feed.ts";
import { type Document, holderOf, type Promised } from "../records/ledger.ts";
import type { World } from "../world/world.ts";
import { MINUTE } from "./numbers.ts";
import { wasGone } from "./rest.ts";
import { sitesSince } from "./sites/builds.ts";

/** The contract's numbers once more (ms). */
const EVERY = { "15m": 15 * MINUTE, "1h": 60 * MINUTE, "6h": 360 * MINUTE, "24h": 1440 * MINUTE } as const;
const CATCH_UP = 10 * MINUTE;

/**
 * Whether a sync may leave without a record: a check by schedule that nothing merged into, and that left nothing to do:
 * what was built stands, or was nothing before.
 */
export const leavesNoRecord = ({ trigger, deliveries, parts, id }: Sync, before: Slot, after: Slot): boolean =>
  trigger.type === "schedule" &&
  deliveries === 0 &&
  after.build?.syncIds.includes(id) !== true &&
  Object.keys(parts).every((slug) => {
    const built = own(before.built, slug);
    return own(after.retry, slug) === undefined && (built === undefined || built === own(after.built, slug));
  });

/** What became of a feed in a sync, or in those that took it over. */
const partOf = ({ register }: Pick<World, "register">, layerId: string, syncId: string): SyncPart | undefined => {
  const found = register.read(syncKey(layerId, syncId));
  const sync: Sync | null = found === null ? null : JSON.parse(found.text);
  const part = own(sync?.parts ?? {}, FEED);
  return part?.supersededBy === undefined ? part : partOf({ register }, layerId, part.supersededBy);
};

/** At rest: an announced change is built, whether it was seen or believed. */
export const announcedLaws = (world: World, promised: Promised): void => {
  const { ledger } = world.oracle;
  const { layerId, arrived, byHand, syncId } = promised;
  if (byHand) return;
  const part = partOf(world, layerId, syncId);
  if (part?.status === "succeeded" && part.changed !== true) {
    world.oracle.fail("an announced change is built", `${syncId} of ${layerId} took it for none`);
  }
  if (ledger.cancels.some(({ id }) => id === layerId) || wasGone(world, layerId, arrived)) return;
  for (const site of sitesSince(world, layerId, arrived)) {
    if (site.builds.some(({ stamp }) => stamp > arrived)) continue;
    world.oracle.fail("an announced change is built", `${layerId}: site ${site.number} after ${arrived}`);
  }
};

/** A layer whose feed is its own and that is not paused; null: it is not. */
const asProbed = (document: Document | null): Layer | null => {
  if (document?.kind !== "layer" || document.slot.paused) return null;
  return document.sources.some(({ slug, type }) => slug === FEED && type === "probe") ? document : null;
};

/** The layers whose feed is theirs and that are not paused, with their slots. */
const probed = (world: World): { readonly id: string; readonly feed: Feed; readonly slot: Slot }[] =>
  world.layers.flatMap(({ id, feed }) => {
    const layer = asProbed(world.oracle.ledger.latest(layerKey(id)));
    return feed !== null && layer !== null ? [{ id, feed, slot: layer.slot }] : [];
  });

/** After rest, with no fault any more: what checks do when nobody announces anything. */
export class CheckLaws {
  readonly #world: World;
  readonly #broken: () => boolean;

  constructor(world: World, broken: () => boolean) {
    this.#world = world;
    this.#broken = broken;
  }

  async live(): Promise<void> {
    const { platform } = this.#world;
    if (probed(this.#world).length === 0) return;
    const { tickEvery } = platform;
    platform.tickEvery = Math.max(tickEvery, 5 * MINUTE);
    await this.#unannounced();
    if (!this.#broken()) await this.#unchanged();
    if (!this.#broken()) await this.#silence();
    platform.tickEvery = tickEvery;
  }

  #pass(ms: number): Promise<void> {
    const { timeline } = this.#world;
    return timeline.until(timeline.now + ms, this.#broken);
  }

  get #ticks(): number {
    return 3 * this.#world.platform.tickEvery;
  }

  /** Publishes on every feed without a word; what is to be built by then. */
  #publish(): { id: string; feed: Feed; known: boolean; since: number }[] {
    const since = this.#world.timeline.stamp();
    return probed(this.#world).map(({ id, feed, slot }) => {
      feed.publish();
      return { id, feed, known: own(slot.built, FEED) !== undefined, since };
    });
  }

  #isBuilt(law: string, { id, feed, known, since }: { id: string; feed: Feed; known: boolean; since: number }): void {
    const served = feed.served.at(-1);
    // Its first answer tells nothing new.
    if (!known || served === undefined || served.stamp < since) return;
    // Somebody who was frozen in the middle of a change finished it meanwhile.
    const states = this.#world.oracle.ledger.during(layerKey(id), since, Number.POSITIVE_INFINITY);
    if (states.some((state) => asProbed(state) === null)) return;
    for (const site of sitesSince(this.#world, id, since)) {
      if (site.builds.some(({ stamp }) => stamp > served.stamp)) continue;
      this.#world.oracle.fail(law, `edition ${served.edition} of ${id} is not on site ${site.number}`);
    }
  }

  async #unannounced(): Promise<void> {
    const published = this.#publish().filter(({ feed }) => feed.plan.checkEvery !== undefined);
    const late = Math.max(0, ...published.map(({ feed }) => feed.plan.late));
    const every = Math.max(0, ...published.map(({ feed: { plan } }) => EVERY[plan.checkEvery ?? "15m"]));
    await this.#pass(late + every + this.#ticks + 10 * MINUTE);
    for (const one of published) this.#isBuilt("an unannounced change is built within its interval", one);
  }

  /** The checks that went well and are on record; an older sync whose job kills its callers may end hours after the rest. */
  #checksOnRecord(layerId: string): number {
    const { register } = this.#world;
    return register.keys(syncsPrefix(layerId)).filter((key) => {
      const sync: Sync | null = JSON.parse(register.read(key)?.text ?? "null");
      const well = Object.values(sync?.parts ?? {}).every(({ status }) => status === "succeeded");
      return sync?.trigger.type === "schedule" && sync.deliveries === 0 && well;
    }).length;
  }

  async #unchanged(): Promise<void> {
    const { timeline, oracle, count } = this.#world;
    const since = timeline.stamp();
    const layers = probed(this.#world).map((one) => ({ ...one, looks: one.feed.looks.length }));
    const records = new Map(layers.map(({ id }) => [id, this.#checksOnRecord(id)]));
    await this.#pass(2 * 60 * MINUTE);
    for (const { id, feed, looks } of layers) {
      const states = oracle.ledger.during(layerKey(id), since, Number.POSITIVE_INFINITY);
      const slots = states.flatMap((state) => holderOf(state)?.slot ?? []);
      // A job that fails for hours is still tried when the rest is at rest.
      const older = [...Object.keys(slots[0]?.open ?? {}), slots[0]?.pending?.syncId];
      const built = slots.flatMap(({ build }) => build?.syncIds ?? []);
      if (built.some((syncId) => !older.includes(syncId))) oracle.fail("an unchanged check builds nothing", id);
      if (this.#checksOnRecord(id) !== records.get(id)) {
        oracle.fail("an unchanged check leaves no record", id);
      }
      const made = feed.looks.length - looks;
      count("idle checks", made);
      const every = feed.plan.checkEvery === undefined ? Number.POSITIVE_INFINITY : EVERY[feed.plan.checkEvery];
      const most = Math.floor((2 * 60 * MINUTE) / every);
      if (made > most + 1 || made < most - 1) {
        oracle.fail("a check is made once in its interval", `${made} of ${most} in ${id}`);
      }
    }
  }

  async #silence(): Promise<void> {
    const { timeline, platform, oracle, register } = this.#world;
    platform.silent = true;
    await this.#pass(60 * MINUTE);
    const published = this.#publish();
    await this.#pass(60 * MINUTE);
    platform.silent = false;
    const since = timeline.stamp();
    const looks = new Map(published.map(({ feed }) => [feed, feed.looks.length]));
    await this.#pass(CATCH_UP + this.#ticks + 2 * MINUTE);
    if (this.#broken()) return;
    for (const one of published) {
      const { id, feed } = one;
      const made = feed.looks.length - (looks.get(feed) ?? 0);
      const least = made >= 1;
      if (!least || (feed.plan.checkEvery === undefined && made !== 1)) {
        oracle.fail("after a long silence each probe is asked once", `${made} times in ${id}`);
      }
      this.#isBuilt("what was published during a silence is built", one);
      const states = oracle.ledger.during(layerKey(id), since, Number.POSITIVE_INFINITY);
      const late = states.flatMap((state) => Object.values(holderOf(state)?.slot.open ?? {}));
      const runs = new Set(late.filter(({ trigger }) => trigger.type === "catch-up").map((sync) => sync.id));
      if (runs.size > 1) oracle.fail("after a long silence each probe is asked once", `${runs.size} syncs of ${id}`);
    }
    const strangers = register.keys(LAYERS).flatMap((key) => {
      const layer = oracle.ledger.latest(key);
      const plain = layer?.kind === "layer" && !layer.sources.some(({ type }) => type === "probe");
      return plain && layer.slot.catchUp?.since !== undefined && layer.slot.catchUp.since > timeline.now - 60 * MINUTE
        ? [key]
        : [];
    });
    if (strangers.length > 0) oracle.fail("who has no probe has nothing to catch up with", strangers.join(", "));
  }
}
