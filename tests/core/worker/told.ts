import { GATHER, MINUTE } from "../../../src/core/durations.ts";
import { apply } from "../../../src/core/layer/apply.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { OWED } from "../../../src/core/limits.ts";
import { type Owed, oweAudit } from "../../../src/core/owed.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import type { Run, SlotDecision } from "../../../src/core/slot/slot.ts";
import { claimWork } from "../../../src/core/worker/claimWork.ts";
import type { Effect, Happened, Note, Stepped, Worker } from "../../../src/core/worker/phases.ts";
import { recordBuilt, recordNews } from "../../../src/core/worker/recordRun.ts";
import { hasTime } from "../../../src/core/worker/timeLeft.ts";
import { begin, step } from "../../../src/core/worker/worker.ts";
import { ada, aLayer, aRequest, aSource, must, ok, START } from "../../support/builders.ts";

const HOUR = 60 * MINUTE;

/** As many owed entries as a document may hold, because the archive accepts nothing. */
export const fullOutbox: Owed[] = Array.from({ length: OWED }, (_, index) =>
  oweAudit({
    id: `audit-${index}`,
    at: START,
    actor: ada,
    action: "data_layer.updated",
    target: { type: "data_layer", id: "layer-1", name: "The blog" },
    dataLayerId: "layer-1",
    detail: {},
  }),
);

/** A worker of a layer with two sources and a pending sync, told by hand what happens to it. */
export class Told {
  layer: Layer = aLayer({ sources: [aSource("a"), aSource("b")] });
  now = START;
  left = HOUR;
  worker: Worker;
  effects: readonly Effect[] = [];
  #ids = 0;

  constructor() {
    const attempt = { now: START, rev: 2, firstRev: 1 };
    const { slot } = accept(this.layer.slot, aRequest(), attempt, "sync-1");
    this.layer = { ...this.layer, rev: 2, slot: must(slot) };
    this.now += GATHER;
    this.worker = this.#take(begin(this.#instant()));
  }

  #instant() {
    this.#ids += 1;
    return { now: this.now, elapsed: this.now, left: this.left, id: `id-${this.#ids}` };
  }

  #take({ worker, effects }: Stepped): Worker {
    this.worker = worker;
    this.effects = effects;
    return worker;
  }

  tell(happened: Happened): this {
    this.#take(step(this.worker, happened, this.#instant()));
    return this;
  }

  #write<R>({ change, result }: SlotDecision<R>): { result: R; owner: Layer } {
    if (change !== null) this.layer = { ...apply(this.layer, change), rev: this.layer.rev + 1 };
    return { result, owner: this.layer };
  }

  #attempt() {
    return { now: this.now, rev: this.layer.rev + 1, firstRev: this.layer.rev };
  }

  claim(): this {
    const { by } = this.wants("claim");
    const written = this.#write(claimWork(this.layer, { by, hasTime: hasTime(this.left) }, this.#attempt()));
    return this.tell({ kind: "claimed", written });
  }

  /** Writes the record that the worker wants, and tells that it was confirmed. */
  record(): this {
    const { fence, news, nextBy } = this.wants("record");
    const next = { by: nextBy, hasTime: hasTime(this.left) };
    return this.tell({
      kind: "recorded",
      written: this.#write(recordNews(this.layer, fence, news, next, this.#attempt())),
    });
  }

  /** Writes the requested builds, and tells that the write was confirmed. */
  conclude(): this {
    const { fence, asked, purge, nextBy } = this.wants("conclude");
    const next = { by: nextBy, hasTime: hasTime(this.left) };
    const written = this.#write(recordBuilt(this.layer, fence, { asked, purge }, next, this.#attempt()));
    return this.tell({ kind: "recorded", written });
  }

  called(slug: string, fence = 1, changed = false): this {
    return this.tell({ kind: "called", fence, slug, progress: { kind: "decided", outcome: ok({ changed }) } });
  }

  /** Another worker begins, whose first claim has this id. */
  restart(by: string): this {
    this.#take(begin({ ...this.#instant(), id: by }));
    return this;
  }

  /** A delivery asks for everything. */
  publish(): this {
    const { slot } = accept(this.layer.slot, aRequest({ receivedAt: this.now }), this.#attempt(), `sync-${this.now}`);
    this.layer = { ...this.layer, rev: this.layer.rev + 1, slot: must(slot) };
    return this;
  }

  /** Something else than this worker changes the layer's run, or ends it. */
  meanwhile(change: (run: Run) => Run | null): this {
    const { slot } = this.layer;
    const running = change(must(slot.running));
    this.layer = { ...this.layer, rev: this.layer.rev + 1, slot: { ...slot, running, fence: slot.fence + 1 } };
    return this;
  }

  /** What the worker notes for the operator's log. */
  get notes(): Note[] {
    return this.effects.flatMap((effect) => (effect.do === "note" ? [effect.note] : []));
  }

  get doing(): string[] {
    return this.effects.map((effect) => effect.do);
  }

  wants<D extends Effect["do"]>(what: D): Effect & { do: D } {
    const is = (effect: Effect): effect is Effect & { do: D } => effect.do === what;
    return must(this.effects.find(is), what);
  }
}
