import { must } from "../support/builders.ts";
import { slotOf } from "./documents.ts";
import { LawBroken } from "./lawBroken.ts";
import { calm, faultsOf } from "./rules.ts";
import type { Local, State, Who } from "./state.ts";
import type { World } from "./world.ts";

/** How a world stands when its drain finds nothing to do any more, and how after one more delivery for each layer. */
export interface Rested {
  readonly first: State;
  readonly last: State;
}

const ROUNDS = 60;
const STEPS = 200;

/**
 * Brings endings to rest: nobody is left but the drain, whose ticks wake one worker after the other, and nothing goes
 * wrong any more. The workers are the same machine as all others.
 */
export class Rest {
  readonly #world: World;
  readonly #known = new Map<string, Rested>();

  constructor(world: World) {
    this.#world = world;
  }

  of(ending: State): Rested {
    const { documents, jobs, archive, now } = ending;
    const key = `${documents.map(({ id }) => id).join()}|${jobs.id}|${archive.id}|${now}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const left = this.#world.left.of(faultsOf(calm));
    const first = this.#drained({ ...ending, left, locals: [], wakes: 0, late: this.#world.late.of([]) });
    const last = this.#drained(this.#publishedOnceMore(first));
    const rested = { first, last };
    this.#known.set(key, rested);
    return rested;
  }

  #drained(ending: State): State {
    let state = ending;
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = state.documents.findIndex(
        ({ due, owes }) => due <= state.now || (owes && this.#world.rules.archive),
      );
      if (target >= 0) {
        const { rev } = this.#world.documents.read(must(state.documents[target]));
        const who: Who = { name: `drain${target}.${rev}`, kind: "worker", number: 1000, place: 0, on: target };
        const { phase } = this.#world.locals.driver(who).begin({ n: 0, lives: 1 }, state.now);
        state = this.#run(state, this.#world.locals.of(who, phase, [], state.now));
        continue;
      }
      const due = Math.min(...state.documents.map(({ due: at }) => at));
      if (due === Number.POSITIVE_INFINITY) return state;
      state = { ...state, now: due };
    }
    throw new LawBroken("time and ticks lead to rest", `something is due after ${ROUNDS} rounds`);
  }

  #run(begun: State, local: Local): State {
    let state: State = { ...begun, locals: [local] };
    for (let step = 0; step < STEPS; step += 1) {
      const process = must(state.locals[0]);
      if (process.phase.at === "over") return { ...state, locals: [] };
      const next: State | null = this.#world.steps(state, process)[0] ?? this.#world.later(state);
      if (next === null) throw new LawBroken("time and ticks lead to rest", `${process.who.name} stands still`);
      state = next;
    }
    throw new LawBroken("time and ticks lead to rest", `${local.who.name} does not come to an end`);
  }

  #publishedOnceMore(rested: State): State {
    let state = rested;
    for (const [index] of this.#world.rules.layers.entries()) {
      if (slotOf(this.#world.documents.read(must(state.documents[index]))) === null) continue;
      const number = this.#world.rules.publishers.length;
      const who: Who = { name: `last${index}`, kind: "publisher", number, place: 0, on: index };
      state = this.#run(state, this.#world.locals.of(who, { at: "publish", contents: {} }, [], state.now));
    }
    return state;
  }
}
