import { must } from "../support/builders.ts";
import { LawBroken } from "./lawBroken.ts";
import { EndingLaws } from "./laws/endingLaws.ts";
import { StateLaws } from "./laws/stateLaws.ts";
import { narrate } from "./narrate.ts";
import { Rest } from "./rest.ts";
import { Rows } from "./rows.ts";
import type { Rules } from "./rules.ts";
import type { Local, State } from "./state.ts";
import { World } from "./world.ts";

/** What an exploration found. */
export interface Explored {
  readonly states: number;
  readonly endings: number;
  /** The law that broke, and the way there in lines; null if all held. */
  readonly broken: { readonly law: string; readonly detail: string; readonly path: readonly string[] } | null;
}

/** Nobody is in the middle of something. Workers that nobody woke and jobs that never reported do not count. */
const isEnding = ({ locals, late, jobs }: State): boolean =>
  late.value.length === 0 &&
  !jobs.value.tasks.some(({ way }) => way === "late") &&
  locals.every(({ phase }) => phase.at === "over" || phase.at === "off" || phase.at === "waiting to report");

/** States as rows of numbers, and back. */
class Cells {
  readonly #world: World;
  readonly #documents: number;
  readonly #locals: number;

  constructor(world: World, first: State) {
    this.#world = world;
    this.#documents = first.documents.length;
    this.#locals = first.locals.length;
  }

  get width(): number {
    return 6 + this.#documents + this.#locals;
  }

  write(state: State, row: Int32Array): void {
    row[0] = this.#world.times.id(state.now);
    row[1] = state.jobs.id;
    row[2] = state.late.id;
    row[3] = state.left.id;
    row[4] = state.archive.id;
    row[5] = state.wakes;
    let cell = 6;
    for (const { id } of state.documents) {
      row[cell] = id;
      cell += 1;
    }
    for (const { id } of state.locals) {
      row[cell] = id;
      cell += 1;
    }
  }

  read(row: Int32Array): State {
    const cell = (index: number): number => row[index] ?? 0;
    const locals: Local[] = [];
    const documents: State["documents"][number][] = [];
    for (let i = 0; i < this.#documents; i += 1) documents.push(this.#world.documents.at(cell(6 + i)));
    for (let i = 0; i < this.#locals; i += 1) locals.push(this.#world.locals.at(cell(6 + this.#documents + i)));
    return {
      now: this.#world.times.at(cell(0)),
      jobs: this.#world.jobs.at(cell(1)),
      late: this.#world.late.at(cell(2)),
      left: this.#world.left.at(cell(3)),
      archive: this.#world.archive.at(cell(4)),
      wakes: cell(5),
      documents,
      locals,
    };
  }
}

/** Explores a world breadth first, to its ends or to the first law that breaks. */
export const explore = (rules: Rules): Explored => {
  const world = new World(rules);
  const first = world.first();
  const cells = new Cells(world, first);
  const rows = new Rows(cells.width);
  const stateLaws = new StateLaws(world.documents);
  const endingLaws = new EndingLaws(world);
  const rest = new Rest(world);
  const row = new Int32Array(cells.width);
  let endings = 0;

  const stateAt = (index: number): { state: State; parent: number } => {
    const parent = rows.read(index, row);
    return { state: cells.read(row), parent };
  };
  const pathTo = (index: number, further: State | null): string[] => {
    const states: State[] = further === null ? [] : [further];
    for (let at = index; at >= 0; ) {
      const { state, parent } = stateAt(at);
      states.push(state);
      at = parent;
    }
    states.reverse();
    return states.slice(1).map((state, step) => narrate(world, must(states[step]), state));
  };

  cells.write(first, row);
  rows.add(row, -1);
  for (let index = 0; index < rows.count; index += 1) {
    const { state } = stateAt(index);
    let at: State | null = null;
    try {
      const moves = world.moves(state);
      if (isEnding(state)) {
        endings += 1;
        endingLaws.check(state, rest.of(state));
      } else if (moves.length === 0) {
        throw new LawBroken("time and ticks lead to rest", "nobody can do anything, and not everybody is done");
      }
      let isStuck = moves.length > 0;
      for (const move of moves) {
        cells.write(move, row);
        isStuck &&= rows.equal(index, row);
        if (!rows.add(row, index)) continue;
        at = move;
        stateLaws.check(state, move);
      }
      at = null;
      if (isStuck) throw new LawBroken("time and ticks lead to rest", "whatever happens changes nothing");
    } catch (error) {
      const law = error instanceof LawBroken ? error.law : "nothing throws";
      const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const broken = { law, detail, path: pathTo(index, at) };
      return { states: rows.count, endings, broken };
    }
  }
  return { states: rows.count, endings, broken: null };
};
