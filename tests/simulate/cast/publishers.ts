import { markCall, publish } from "../../../src/app/receive/publish.ts";
import { LEASE, LEASE_RENEW, MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { BODY_BYTES } from "../../../src/core/limits.ts";
import { type Delivery, TOO_LONG } from "../../../src/core/webhook/takeDelivery.ts";
import { layerKey } from "../../../src/store/keys.ts";
import type { Published } from "../records/ledger.ts";
import type { World } from "../world/world.ts";
import { FEED } from "./feed.ts";

const ITEMS = ["x", "y", "z"];
/** What a call to a store without faults takes at the most (ms). */
const ROUND_TRIP = 60;

interface Sending {
  readonly webhookId: string | null;
  readonly header: string | null;
  readonly named: readonly string[] | null;
  readonly published: readonly Published[];
  readonly body: Delivery["body"];
}

/** The CMSs: they publish, and send what a CMS sends. */
export class Publishers {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Sends this many deliveries over a time: alone, in bursts, in streams. */
  send(deliveries: number, over: number): void {
    const { chance, timeline } = this.#world;
    let left = deliveries;
    while (left > 0) {
      const size = Math.min(
        left,
        chance.weighted([
          [5, 1],
          [3, chance.int(2, 5)],
          [1, chance.int(5, 10)],
        ] as const),
      );
      const gap = chance.pick([5, 100, 700, 1500, 8 * SECOND]);
      const layer = chance.int(0, this.#world.layers.length - 1);
      const from = chance.int(0, over);
      for (let i = 0; i < size; i += 1) timeline.after(from + i * chance.int(0, gap), () => this.#publish(layer));
      left -= size;
    }
  }

  /**
   * So many at once in every round trip, all for one layer, from just before its worker is to renew its lease until it has:
   * the hardest moment there is for a write that one worker must win.
   */
  crowd(size: number, over: number): void {
    const { timeline, oracle, layers } = this.#world;
    const arrive = (): void => {
      const document = oracle.ledger.latest(layerKey(layers[0]?.id ?? ""));
      const running = document?.kind === "layer" ? document.slot.running : null;
      if (running?.by == null || running.leaseUntil - timeline.now > LEASE - LEASE_RENEW + 200) return;
      for (let i = 0; i < size; i += 1) this.#publish(0);
    };
    for (let at = 0; at < over; at += ROUND_TRIP) timeline.after(at, arrive);
  }

  #publish(number: number): void {
    const { oracle, layers, timeline, chance, count } = this.#world;
    const id = layers[number]?.id ?? "";
    const document = oracle.ledger.latest(layerKey(id));
    if (document?.kind !== "layer") return;
    count("deliveries");
    const sending = this.#compose(number, document);
    timeline.after(chance.int(0, 300), () => void this.#deliver(number, id, sending, 2));
  }

  #compose(number: number, layer: Layer): Sending {
    const { cms, chance } = this.#world;
    const known = layer.sources.map(({ slug }) => slug);
    const issue = (slug: string): Published => {
      const item = chance.pick(ITEMS);
      if (slug === FEED) this.#world.layers[number]?.feed?.publish();
      return { slug, item, revision: cms.publish(number, slug, item) };
    };
    const gone = chance.chance(0.1) ? layer.deletedWebhooks : [];
    // Nobody has told every sender that its webhook has a new URL.
    const hooks = [...layer.webhooks, ...gone, ...(layer.formerIds ?? [])].map(({ id }) => id);
    const before = layer.defaultKept === undefined ? 0.08 : 0.4;
    const webhookId = hooks.length === 0 || chance.chance(before) ? null : chance.pick(hooks);
    const style = chance.weighted([
      [3, "all"],
      [3, "named"],
      [4, "bodied"],
      [1, "both"],
      [1, "unknown"],
      [0.4, "long"],
    ] as const);
    const nothing = { webhookId, header: null, named: null, published: [], body: null };
    if (known.length === 0) return style === "named" ? { ...nothing, header: "label" } : nothing;
    if (style === "all") return { ...nothing, published: known.filter(() => chance.chance(0.7)).map(issue) };
    const slug = chance.pick(known);
    if (style === "unknown") return { ...nothing, header: `${slug},nobody`, published: [issue(slug)] };
    const slugs = style === "both" ? [...new Set([slug, chance.pick(known)])] : [slug];
    const published = slugs.map(issue);
    const [first] = published;
    const named = { ...nothing, header: slugs.join(", "), named: slugs, published };
    if (style === "long") return { ...named, body: TOO_LONG };
    if (style !== "bodied" || first === undefined) return named;
    const filling = chance.chance(0.03) ? "·".repeat(BODY_BYTES / 4) : "";
    return { ...named, body: JSON.stringify({ item: first.item, filling }) };
  }

  async #deliver(number: number, layerId: string, sending: Sending, again: number): Promise<void> {
    const { platform, oracle, timeline, chance, trace, count, deploys } = this.#world;
    const [former] = deploys.former;
    const astray = former !== undefined && chance.chance(0.1);
    const home = platform.homeOf(astray ? former : deploys.live, "publish");
    if (home === null) {
      count("answered 409: not the published deploy");
      return;
    }
    const document = oracle.ledger.latest(layerKey(layerId));
    const known = document?.kind === "layer" ? document.sources.map(({ slug }) => slug) : [];
    const instance = platform.start("publish", false, home);
    const { webhookId, header, named, published, body } = sending;
    const promised = {
      layerId,
      layer: number,
      named,
      known,
      published,
      arrived: timeline.stamp(),
      arrivedAt: timeline.now,
      byHand: false,
    };
    const receivedAt = instance.wall();
    const delivery = { layerId, webhookId, selectors: { header, query: null, alias: null }, body, receivedAt };
    trace.say(
      instance.name,
      () => `delivery to ${layerId}: ${header ?? "everything"}${body === null ? "" : " with a body"}`,
    );
    oracle.crowd.delivers(instance, { arrived: promised.arrived, receivedAt, named, body: body !== null });
    const result = await platform.run(instance, (deps) => publish(deps, delivery));
    if (result === null) {
      if (this.#world.plan.crowd > 0) oracle.fail("P18: contention alone refuses nobody", instance.name);
      count("answered 503");
      if (again > 0 && chance.chance(0.4)) {
        timeline.after(chance.int(SECOND, MINUTE), () => void this.#deliver(number, layerId, sending, again - 1));
      }
      return;
    }
    trace.say(instance.name, () => `answered ${JSON.stringify(result)}`);
    count(`answered ${result.kind}`);
    oracle.answered({
      promised,
      webhookId,
      body: body !== null && body !== TOO_LONG,
      instance,
      receivedAt,
      result,
    });
    await platform.run(instance, async (deps) => {
      if (result.kind === "accepted" && result.wake) await deps.wake({ kind: "layer", id: layerId });
      if (result.kind !== "unknown-layer" && result.mark) await markCall(deps, delivery);
    });
  }
}
