import type { Deps } from "../../../src/app/deps.ts";
import { drain } from "../../../src/app/repair/drain.ts";
import type { Drained } from "../../../src/app/repair/tick.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { lowestIdAt } from "../../../src/core/madeAt.ts";
import { deliveriesPrefix, layerKey } from "../../../src/store/keys.ts";
import { answer, World } from "../world.ts";
import { JumpingClock, PagedStore } from "./pagedStore.ts";

/** A scheduled function is ended after thirty seconds. */
export const SCHEDULED_LIMIT = 30 * SECOND;
const TEMPLATE = "layer-000000";

export const idOf = (number: number): string => `layer-${String(number).padStart(6, "0")}`;

/** The document of a layer at rest, and of one whose pending sync nobody runs. */
const templates = async (): Promise<{ readonly idle: string; readonly due: string }> => {
  const world = new World();
  world.jobs.set("https://jobs.test/a", () => answer(200));
  await world.layer(TEMPLATE, ["a"]);
  await world.publish(TEMPLATE);
  await world.clock.pass(MINUTE);
  const read = async () => (await world.memory.read(layerKey(TEMPLATE)))?.text ?? "";
  const idle = await read();
  world.wakesArrive = false;
  await world.publish(TEMPLATE);
  return { idle, due: await read() };
};
const texts = templates();

/** How a tick ended: by itself, or by death at a call or after thirty seconds. */
export interface Ticked {
  readonly drained: Drained | null;
  readonly took: number;
}

/** Ticks over many layers in a store that takes its time. Nobody works: a wake is only noted. */
export class TickWorld {
  readonly clock = new JumpingClock();
  readonly store = new PagedStore(this.clock);
  readonly woken = new Set<string>();
  /** The keys of documents that were read. */
  readonly looked = new Set<string>();
  wakes = 0;
  /** The layer whose wake is never answered. */
  hangs: string | null = null;
  random = 0;
  readonly #deps = new World().deps();

  get deps(): Deps {
    return {
      ...this.#deps,
      store: this.store,
      archive: this.store,
      clock: this.clock,
      random: () => this.random,
      wake: async ({ id }) => {
        this.wakes += 1;
        this.woken.add(id);
        if (id === this.hangs) await new Promise<never>(() => undefined);
      },
      report: () => undefined,
    };
  }

  async #put(number: number, text: string): Promise<void> {
    const key = layerKey(idOf(number));
    const found = await this.store.memory.read(key);
    await this.store.memory.write(key, text.replaceAll(TEMPLATE, idOf(number)), found?.etag ?? null);
  }

  /** Layers at rest, by number. */
  async idle(from: number, to: number): Promise<void> {
    const { idle } = await texts;
    for (let number = from; number < to; number += 1) await this.#put(number, idle);
  }

  /** Layers in which a sync is pending that nobody runs. */
  async due(numbers: Iterable<number>): Promise<void> {
    const { due } = await texts;
    for (const number of numbers) await this.#put(number, due);
  }

  /** Layers that somebody has written and in which nothing is due. */
  async touch(numbers: Iterable<number>, what: string): Promise<void> {
    const { idle } = await texts;
    for (const number of numbers) await this.#put(number, idle.replace("{", `{"touched":"${what}",`));
  }

  /** A log of deliveries for each of these layers. */
  async logs(layers: number, records: number): Promise<void> {
    const day = new Date(this.clock.now()).toISOString().slice(0, 10);
    for (let layer = 0; layer < layers; layer += 1) {
      for (let record = 0; record < records; record += 1) {
        const id = `${lowestIdAt(this.clock.now()).slice(0, -12)}${String(record).padStart(12, "0")}`;
        await this.store.memory.write(`${deliveriesPrefix(idOf(layer))}${day}/${id}`, "{}", null);
      }
    }
  }

  /** One tick. The process dies at its `killAt`th call, or after `limit` ms. */
  async tick(killAt = Number.POSITIVE_INFINITY, limit = SCHEDULED_LIMIT): Promise<Ticked> {
    const began = this.clock.now();
    let calls = 0;
    let dead = false;
    let die = (): void => undefined;
    const death = new Promise<null>((resolve) => {
      die = () => resolve(null);
    });
    this.store.count();
    this.store.before = async (op, key) => {
      calls += 1;
      if (dead || calls >= killAt) {
        dead = true;
        die();
        await new Promise<never>(() => undefined);
      }
      if (op === "read" && key.startsWith("layers/")) this.looked.add(key);
    };
    const over = new AbortController();
    const lifetime = this.clock.sleep(limit, over.signal).then(() => {
      dead = true;
      return null;
    });
    const drained = await this.clock.run(Promise.race([drain(this.deps), death, lifetime]));
    over.abort();
    return { drained, took: this.clock.now() - began };
  }
}
