import type { OutgoingRequest } from "../../../src/app/deps.ts";
import type { CheckEvery } from "../../../src/core/layer/source.ts";
import type { World } from "../world/world.ts";
import { type Answer, reply } from "./job.ts";

/** The slug of every feed; a layer has one at most. */
export const FEED = "feed";

export interface FeedPlan {
  readonly checkEvery: CheckEvery | undefined;
  /** The longest it takes until what was published is served (ms). */
  readonly late: number;
}

/** One look at a feed that was answered well. */
interface Look {
  readonly began: number;
  readonly at: number;
}

/** What a CMS serves to a probe: the number of the last edition, which it may announce before it serves it. */
export class Feed {
  readonly layer: number;
  readonly plan: FeedPlan;
  readonly looks: Look[] = [];
  /** When each edition came to be served, as a moment and as an order. */
  readonly served: { readonly edition: number; readonly at: number; readonly stamp: number }[] = [];
  readonly #world: World;
  #edition = 0;

  constructor(world: World, layer: number, plan: FeedPlan) {
    this.#world = world;
    this.layer = layer;
    this.plan = plan;
  }

  /** Publishes a new edition, and serves it when it comes to that. */
  publish(): void {
    const { timeline, chance, trace } = this.#world;
    this.#edition += 1;
    const edition = this.#edition;
    trace.say(`feed ${this.layer}`, () => `published edition ${edition}`);
    timeline.after(chance.int(0, this.plan.late), () => {
      if (edition <= (this.served.at(-1)?.edition ?? 0)) return;
      this.served.push({ edition, at: timeline.now, stamp: timeline.stamp() });
      trace.say(`feed ${this.layer}`, () => `serves edition ${edition}`);
    });
  }

  receive({ headers }: OutgoingRequest, answer: Answer): void {
    const { timeline, chance, faults, count } = this.#world;
    const look: Look = { began: timeline.stamp(), at: timeline.now };
    if (headers["accept"] !== "application/json") {
      answer(reply(406));
      return;
    }
    if (chance.chance(faults.job.silent)) {
      count("feed silent");
      return;
    }
    if (chance.chance(faults.job.fails)) {
      count("feed failed");
      answer(reply(chance.pick([500, 503, 429])));
      return;
    }
    count("feed answered");
    this.looks.push(look);
    const edition = this.served.at(-1)?.edition ?? 0;
    // The order of keys and everything beside what is picked differ each time.
    const picked = chance.chance(0.5) ? { edition, of: "feed" } : { of: "feed", edition };
    timeline.after(chance.int(1, 300), () => answer(reply(200, JSON.stringify({ at: timeline.now, picked }))));
  }
}
