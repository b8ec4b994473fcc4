import { addLayer } from "../../../src/app/manage/layers.ts";
import { publish } from "../../../src/app/receive/publish.ts";
import { SECOND } from "../../../src/core/durations.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { OWNER } from "../cast/people.ts";
import { holderOf } from "../records/ledger.ts";
import { PREVIEW } from "./channel.ts";
import { NO_FAULTS } from "./faults.ts";
import type { Instance } from "./instance.ts";
import type { World } from "./world.ts";

const DELIVERIES = 3;

/**
 * A deploy preview beside production: a store of its own, the same code, and a layer of the very id that production has, so
 * that whatever goes astray between the two hits something.
 */
export class PreviewLife {
  readonly #world: World;
  readonly #id: string;
  #accepted = 0;

  constructor(world: World) {
    this.#world = world;
    this.#id = world.layers[0]?.id ?? "";
  }

  #start(role: "person" | "publish", sound = false): Instance {
    const { platform, deploys } = this.#world;
    return platform.start(role, sound, platform.homeOf(deploys.preview, role));
  }

  async begin(): Promise<void> {
    const { platform, timeline } = this.#world;
    const job = this.#world.addJob(PREVIEW_LAYER, "a");
    const dataSources = [{ slug: "a", type: "http" as const, ...job }];
    const patch = { name: "Preview", dataSources };
    let made = false;
    void platform
      .run(this.#start("person", true), (deps) => addLayer(deps, OWNER, patch, this.#id, false))
      .then(() => {
        made = true;
      });
    await timeline.until(timeline.now + 10 * SECOND, () => made);
  }

  /** Its own editors publish to its own address. */
  live(over: number): void {
    const { timeline, chance } = this.#world;
    for (let i = 0; i < DELIVERIES; i += 1) timeline.after(chance.int(0, over), () => void this.#deliver());
  }

  async #deliver(): Promise<void> {
    const { platform, count } = this.#world;
    const instance = this.#start("publish");
    const nothing = { header: null, query: null, alias: null };
    const delivery = {
      layerId: this.#id,
      webhookId: null,
      selectors: nothing,
      body: null,
      receivedAt: instance.wall(),
    };
    const result = await platform.run(instance, (deps) => publish(deps, delivery));
    if (result?.kind !== "accepted") return;
    this.#accepted += 1;
    count("deliveries to a preview");
    if (result.wake) await platform.run(instance, (deps) => deps.wake({ kind: "layer", id: this.#id }));
  }

  /** Nothing ticks for a preview; where nothing goes wrong its own wakes are enough. */
  judge(): void {
    const { register, oracle, plan } = this.#world;
    const standing = register.read(`${PREVIEW}${layerKey(this.#id)}`);
    const holder = standing === null ? null : holderOf(JSON.parse(standing.text));
    if (plan.faults !== NO_FAULTS || this.#accepted === 0) return;
    if (holder === null) oracle.fail("P12: a preview has a store of its own", this.#id);
    else if (holder.slot.pending !== null || holder.slot.running !== null) {
      oracle.fail("P12: a preview's syncs run in the preview", holder.slot.pending?.syncId ?? "running");
    }
  }
}

/** A number that no layer of the plan has: its jobs answer to nobody's laws. */
const PREVIEW_LAYER = 99;
