import { WORK } from "../../../src/app/stored/documents.ts";
import { LEASE, LEASE_ABORT } from "../../../src/core/durations.ts";
import type { Phase as WorkerPhase } from "../../../src/core/worker/phases.ts";
import { type Documents, type Stored, slotOf } from "../documents.ts";
import { holds } from "../lawBroken.ts";
import { type Kind, runOf, type State } from "../state.ts";
import { documentLaws } from "./documentLaws.ts";
import { writeLaws } from "./writeLaws.ts";

/** What must hold in every state and of every step; what depends on documents alone is judged once for each. */
export class StateLaws {
  readonly #documents: Documents;
  readonly #stood = new Set<number>();
  readonly #written = new Set<string>();
  readonly #syncs: (ReadonlySet<string> | null | undefined)[] = [];

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  check(before: State, after: State): void {
    if (after.documents !== before.documents) {
      for (const [index, stored] of after.documents.entries()) {
        const standing = before.documents[index];
        if (standing !== undefined && standing !== stored) this.#wrote(before, after, standing, stored);
      }
    }
    this.#believers(after);
    this.#recognises(before, after);
    if (after.documents !== before.documents || after.archive !== before.archive) this.#answers(after);
  }

  #wrote(before: State, after: State, was: Stored, is: Stored): void {
    const by = writer(before, after);
    const key = `${was.id}>${is.id}${by}`;
    const fresh = !this.#written.has(key);
    if (fresh) {
      this.#written.add(key);
      writeLaws(this.#documents.read(was), this.#documents.read(is), by);
    }
    if (!this.#stood.has(is.id)) {
      this.#stood.add(is.id);
      documentLaws(this.#documents.read(is));
    }
    if (was.owes && (fresh || after.archive.id !== 0)) this.#kept(after, was, is);
  }

  /** An entry leaves a document once it stands in the archive; the records of a deleted layer's syncs go with it. */
  #kept(after: State, was: Stored, is: Stored): void {
    const document = this.#documents.read(is);
    const now = new Set(document.owed.map(({ id }) => id));
    for (const { id, kind } of this.#documents.read(was).owed) {
      if (now.has(id) || after.archive.value[id] !== undefined) continue;
      const gone = slotOf(document) === null && kind === "sync";
      holds(gone, "what is owed stays until the archive has it", () => `${id} is nowhere`);
    }
    for (const { id, ...entry } of document.owed) {
      const archived = after.archive.value[id];
      if (archived === undefined) continue;
      const same = archived === JSON.stringify(entry.kind === "audit" ? entry.entry : entry.record);
      holds(same, "an entry is archived once", () => `${id} is owed in another form than the archive has it`);
    }
  }

  #believers(state: State): void {
    for (const [index, { attended }] of state.documents.entries()) {
      if (attended === null) continue;
      const believe = state.locals.filter(
        ({ phase, who }) => who.on === index && runOf(phase)?.fence === attended.fence,
      );
      holds(believe.length <= 1, "at most one worker holds the current fence", () =>
        believe.map(({ who }) => who.name).join(" and "),
      );
    }
  }

  /** A worker that goes on without a run, or goes, leaves none behind that it has just claimed itself. */
  #recognises(before: State, after: State): void {
    const moved = after.locals.find((local, place) => local !== before.locals[place]);
    if (moved?.who.kind !== "worker" || runOf(moved.phase) !== null || moved.heard.length > 0) return;
    const attended = after.documents[moved.who.on]?.attended ?? null;
    const from = before.locals[moved.who.place];
    if (attended === null || from?.phase.at !== "working") return;
    const { phase } = from.phase.worker;
    if (!leavesOwn(phase, attended.by, moved.who.name)) return;
    // It may have vanished, its lease may be over, and it may have tried for longer than it may.
    const vanished = before.left.value.crashes > after.left.value.crashes;
    const over = after.now - attended.leaseUntil + LEASE >= LEASE_ABORT;
    const may = vanished || over || after.now - from.began >= WORK.budget;
    const law =
      phase.at === "handing over"
        ? "a run that was handed over is free at once"
        : "a claim whose reply was lost is recognised";
    holds(may, law, () => `${moved.who.name} left ${attended.by} behind`);
  }

  #known(stored: Stored): ReadonlySet<string> | null {
    const known = this.#syncs[stored.id];
    if (known !== undefined) return known;
    const document = this.#documents.read(stored);
    const slot = slotOf(document);
    const pending = slot?.pending ?? null;
    const syncs =
      slot === null
        ? null
        : new Set([
            ...Object.keys(slot.open),
            ...document.owed.map(({ id }) => id),
            ...(pending === null ? [] : [pending.syncId]),
          ]);
    this.#syncs[stored.id] = syncs;
    return syncs;
  }

  /** Every id that was ever told is found. */
  #answers(state: State): void {
    for (const { phase, who } of state.locals) {
      if (phase.at !== "over" || phase.answer === null) continue;
      const { syncId } = phase.answer;
      const stored = state.documents[who.on];
      const known = stored === undefined ? null : this.#known(stored);
      const found = known === null || known.has(syncId) || state.archive.value[syncId] !== undefined;
      holds(found, "every sync that was ever told is found", () => `${syncId}, told to ${who.name}`);
    }
  }
}

/** Whether a worker that tried to write leaves a run that it has claimed itself with that. Its ids are counted. */
const leavesOwn = (phase: WorkerPhase, by: string, name: string): boolean => {
  if (phase.at === "claiming") return by === phase.by;
  if (phase.at === "handing over") return by === phase.run.by;
  const count = (id: string) => Number(id.slice(name.length + 1));
  const writes = phase.at === "concluding" || (phase.at === "calling" && phase.record !== null);
  return writes && by.startsWith(`${name}-`) && count(by) > count(phase.run.by ?? "");
};

/** Whose write it was: the process that moved, or the one whose write was on its way. */
const writer = (before: State, after: State): Kind => {
  const moved = after.locals.find((local, place) => local !== before.locals[place]);
  if (moved !== undefined) return moved.who.kind;
  const landed = before.late.value.find((write) => !after.late.value.includes(write));
  return landed?.by ?? "worker";
};
