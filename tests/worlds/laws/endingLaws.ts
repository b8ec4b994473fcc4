import { type Sync, syncSchema } from "../../../src/core/slot/sync.ts";
import { must } from "../../support/builders.ts";
import type { Document } from "../documents.ts";
import { jobName } from "../jobs.ts";
import { holds } from "../lawBroken.ts";
import type { Rested } from "../rest.ts";
import { type Act, publisherOf } from "../rules.ts";
import type { Answer, Job, Local, State } from "../state.ts";
import type { World } from "../world.ts";

const COVERED = "an accepted delivery is covered by a sync claimed after it";
const BUILT = "every change is built at least once";

/** What must hold once nothing is left to do. */
export class EndingLaws {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  check(ending: State, { first, last }: Rested): void {
    for (const [index] of this.#world.rules.layers.entries()) {
      const document = this.#document(first, index);
      if (document.kind !== "layer" || document.slot.paused) continue;
      const open = Object.keys(document.slot.open);
      holds(open.length === 0, "nothing stays open at rest", () => open.join());
      for (const local of ending.locals) {
        const { phase, who } = local;
        if (who.on !== index || phase.at !== "over" || phase.answer === null) continue;
        this.#checkAnswer(first, document, local, phase.answer);
      }
      this.#checkBuilt(ending, first, document, index);
      this.#checkLast(last, index);
    }
    if (this.#world.rules.archive) this.#checkArchive(first);
  }

  #document(state: State, index: number): Document {
    return this.#world.documents.read(must(state.documents[index]));
  }

  /** Whether a person may have kept this source from being synced or built. */
  #acted(index: number, what: Act["do"]): boolean {
    return this.#world.rules.persons.some(({ on, acts }) => (on ?? 0) === index && acts.some((act) => act.do === what));
  }

  #checkAnswer(state: State, document: Document & { kind: "layer" }, { who }: Local, answer: Answer): void {
    const { names } = publisherOf(this.#world.rules, who.number);
    // That a source was given up neither too soon nor without failing is a law of the write that did it.
    for (const slug of names.length === 0 ? must(this.#world.rules.layers[who.on]) : names) {
      const known = document.sources.some((source) => source.slug === slug);
      const end = this.#end(state, document, answer.syncId, slug);
      if (end.kind !== "succeeded") {
        const excused = !known || (end.kind === "cancelled" && this.#acted(who.on, "cancel")) || end.kind === "failed";
        holds(
          excused,
          COVERED,
          () => `${slug} of ${answer.syncId}, told to ${who.name}, ended as ${end.kind} in ${end.sync.id}`,
        );
        continue;
      }
      const { claimRev } = end.sync;
      holds(
        (claimRev ?? 0) > answer.revision,
        COVERED,
        () => `${who.name} was told revision ${answer.revision}; ${end.sync.id} was claimed at ${claimRev}`,
      );
      const name = jobName(who.on, slug);
      const job = must(state.jobs.value.jobs[name]);
      holds(
        job.synced >= must(answer.contents[name]),
        COVERED,
        () => `${name} was never synced after ${who.name} came`,
      );
    }
  }

  #record(state: State, document: Document, id: string): Sync | null {
    const owed = document.owed.find((entry) => entry.kind === "sync" && entry.id === id);
    if (owed?.kind === "sync") return owed.record;
    const archived = state.archive.value[id];
    return archived === undefined ? null : syncSchema.parse(JSON.parse(archived));
  }

  /** How a source ended at last, through all syncs that took it over. */
  #end(state: State, document: Document, syncId: string, slug: string): { kind: string; sync: Sync } {
    const seen: string[] = [];
    for (let id = syncId; ; ) {
      const sync = this.#record(state, document, id);
      holds(sync !== null, COVERED, () => `${id} has no record`);
      const record = must(sync);
      holds(!seen.includes(id), COVERED, () => `${seen.join(" > ")} goes round`);
      seen.push(id);
      const part = record.parts[slug];
      if (part === undefined) return { kind: record.cancelled === true ? "cancelled" : "missing", sync: record };
      if (part.status !== "superseded") return { kind: part.status, sync: record };
      holds(part.supersededBy !== undefined, COVERED, () => `${id} does not say who took ${slug} over`);
      id = part.supersededBy ?? "";
    }
  }

  #excused(job: Job): boolean {
    return job.hidden && this.#world.rules.says === "changed";
  }

  /** Whether what is not shown is remembered, so that the next answer of the source is built. */
  #remembered({ slot }: Document & { kind: "layer" }, slug: string, { synced }: Job): boolean {
    if (slot.doubt[slug] !== undefined) return true;
    return this.#world.rules.says === "version" && slot.built[slug] !== `v${synced}`;
  }

  /** The latest edition of a source about which a delivery was accepted. */
  #accepted({ locals }: State, name: string): number {
    const editions = locals.map(({ phase }) => (phase.at === "over" ? (phase.answer?.contents[name] ?? 0) : 0));
    return Math.max(0, ...editions);
  }

  /**
   * A change that nobody was promised, a cancelled one, one that a configuration alone synced and one of a source that
   * was given up need not be shown, but must be remembered.
   */
  #checkBuilt(ending: State, state: State, document: Document & { kind: "layer" }, index: number): void {
    for (const { slug } of document.sources) {
      const name = jobName(index, slug);
      const job = must(state.jobs.value.jobs[name]);
      if (job.shown === job.synced || this.#excused(job)) continue;
      const unpromised = this.#world.rules.says === "version" && job.synced > this.#accepted(ending, name);
      const acted = this.#acted(index, "cancel") || this.#acted(index, "readdress");
      const { failures, parks } = this.#world.rules;
      const may = unpromised || acted || failures >= 5 || parks >= 5;
      const detail = () => `edition ${job.synced} of ${name} was synced, ${job.shown} is shown`;
      holds(may && this.#remembered(document, slug, job), BUILT, detail);
    }
  }

  /** After one more delivery everything is synced and shown. */
  #checkLast(state: State, index: number): void {
    const document = this.#document(state, index);
    if (document.kind !== "layer") return;
    for (const { slug } of document.sources) {
      const name = jobName(index, slug);
      const job = must(state.jobs.value.jobs[name]);
      holds(job.synced === job.content, COVERED, () => `${name} was not synced after the last delivery`);
      const shown = job.shown === job.synced || this.#excused(job);
      holds(shown, BUILT, () => `edition ${job.synced} of ${name} is not shown after the last delivery`);
    }
  }

  #checkArchive(state: State): void {
    for (const [index] of state.documents.entries()) {
      const { owed } = this.#document(state, index);
      holds(owed.length === 0, "nothing is owed at rest", () => owed.map(({ id }) => id).join());
    }
  }
}
