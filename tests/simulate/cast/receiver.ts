import type { OutgoingRequest } from "../../../src/app/deps.ts";
import { Prng } from "../world/prng.ts";
import type { World } from "../world/world.ts";
import { type Answer, reply } from "./job.ts";

/** Where the team of a layer wants to be told. */
export const receiverUrl = (layer: number): string => `https://told.test/${layer}`;

/** What came under one id. */
export interface Told {
  readonly bodies: Set<string>;
  taken: number;
  refused: number;
}

/** The team's endpoint for notifications: it fails, hangs, and takes what it does not answer for. */
export class Receiver {
  readonly told = new Map<string, Told>();
  readonly #world: World;
  /** A stream of its own: worlds in which nobody is told stay as they were. */
  readonly #chance: Prng;

  constructor(world: World) {
    this.#world = world;
    this.#chance = new Prng(world.plan.seed ^ 0x746f6c64);
  }

  receive({ headers, body = "" }: OutgoingRequest, answer: Answer): void {
    const { faults, timeline, count } = this.#world;
    const id = headers["webhook-id"] ?? "";
    const told = this.told.get(id) ?? { bodies: new Set(), taken: 0, refused: 0 };
    this.told.set(id, told);
    // The layer is called what it is called when the message leaves.
    const { dataLayerName: _name, text: _text, ...what } = JSON.parse(body);
    told.bodies.add(JSON.stringify(what));
    if (!this.#chance.chance(faults.job.hook)) {
      count("messages taken");
      told.taken += 1;
      timeline.after(this.#chance.int(1, 300), () => answer(reply(204)));
      return;
    }
    told.refused += 1;
    if (this.#chance.chance(0.3)) return;
    count("messages refused");
    answer(reply(this.#chance.pick([500, 503, 429])));
  }
}
