import type { Deps } from "../../../src/app/deps.ts";
import { publish } from "../../../src/app/receive/publish.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { type Store, StoreUnavailable } from "../../../src/store/store.ts";
import { Prng } from "../../simulate/world/prng.ts";
import { Timeline } from "../../simulate/world/timeline.ts";
import { World } from "../world.ts";

const LAYER = "layer-one";
/** How long the adapter waits for one call (ms). */
const DEADLINE = 4000;

/** The store that a crowd meets. */
export interface CrowdStore {
  /** What a call takes there and back, give or take two fifths (ms). */
  readonly roundTrip: number;
  /** What one write of a key takes, a refused one too, while the next ones wait (ms). 0: they do not wait. */
  readonly writeTime: number;
}

/** One delivery of a crowd, after its answer. */
export interface CrowdMember {
  answered: boolean;
  /** From its arrival to its answer (ms). */
  took: number;
  reads: number;
  /** Its writes, refused ones included. */
  writes: number;
  /** Whether one of its writes stands. */
  won: boolean;
}

/** Deliveries to one layer in virtual time, each on an instance of its own, through the real publish. */
export class Crowd {
  readonly #chance: Prng;
  readonly #timeline: Timeline;
  readonly #world = new World();
  readonly #store: CrowdStore;
  readonly #members: CrowdMember[] = [];
  #keyIsFree = 0;
  #ids = 0;

  constructor(seed: number, store: CrowdStore) {
    this.#chance = new Prng(seed);
    this.#store = store;
    this.#timeline = new Timeline(this.#chance.fork(), false, () => {
      throw new Error("time stands still");
    });
  }

  /** Lets `arrivals` deliveries come, each after its time (ms); `source`: which source its body is for, null: none. */
  async deliver(
    sources: readonly string[],
    arrivals: readonly { readonly after: number; readonly source: string | null }[],
  ): Promise<readonly CrowdMember[]> {
    await this.#world.layer(LAYER, sources);
    let open = arrivals.length;
    arrivals.forEach(({ after, source }, index) => {
      this.#timeline.after(after, () => {
        void this.#arrive(source, index).finally(() => {
          open -= 1;
        });
      });
    });
    await this.#timeline.until(Number.POSITIVE_INFINITY, () => open === 0);
    return this.#members;
  }

  async #arrive(source: string | null, index: number): Promise<void> {
    const { now } = this.#timeline;
    const member: CrowdMember = { answered: false, took: 0, reads: 0, writes: 0, won: false };
    this.#members.push(member);
    const selectors = { header: source, query: null, alias: null };
    const body = source === null ? null : JSON.stringify({ id: index });
    const delivery = { layerId: LAYER, webhookId: null, selectors, body, receivedAt: now };
    try {
      const { kind } = await publish(this.#deps(member), delivery);
      member.answered = kind === "accepted";
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    member.took = this.#timeline.now - now;
  }

  #half(): number {
    return (this.#store.roundTrip / 2) * (0.6 + 0.8 * this.#chance.next());
  }

  /** One way of a call, its effect, and the way back; a caller waits no longer than its deadline. */
  async #call<T>(landed: () => number, effect: () => Promise<T>): Promise<T> {
    const call = async (): Promise<T> => {
      await this.#timeline.pass(this.#half());
      await this.#timeline.pass(landed());
      const result = await effect();
      await this.#timeline.pass(this.#half());
      return result;
    };
    const late = this.#timeline.pass(DEADLINE).then(() => Promise.reject(new StoreUnavailable("no answer in time")));
    return Promise.race([call(), late]);
  }

  /** How long a write waits until it has its effect (ms). */
  #turn(): number {
    const { now } = this.#timeline;
    if (this.#store.writeTime === 0) return 0;
    this.#keyIsFree = Math.max(this.#keyIsFree, now) + this.#store.writeTime;
    return this.#keyIsFree - now;
  }

  #deps(member: CrowdMember): Deps {
    const { memory } = this.#world;
    const base = this.#world.deps();
    const key = layerKey(LAYER);
    const store: Store = {
      read: () => {
        member.reads += 1;
        return this.#call(
          () => 0,
          () => memory.read(key),
        );
      },
      write: (_key, text, expected) => {
        member.writes += 1;
        return this.#call(
          () => this.#turn(),
          async () => {
            const written = await memory.write(key, text, expected);
            member.won ||= written.kind === "written";
            return written;
          },
        );
      },
      list: () => Promise.resolve([]),
    };
    return {
      ...base,
      store,
      clock: {
        now: () => this.#timeline.now,
        elapsed: () => this.#timeline.now,
        sleep: (ms) => this.#timeline.pass(ms),
      },
      ids: {
        ...base.ids,
        timeOrdered: () => {
          this.#ids += 1;
          return `0198-${this.#ids}`;
        },
      },
      random: () => this.#chance.next(),
      report: () => undefined,
    };
  }
}
