import { ONCE, WORK } from "../../../src/app/stored/documents.ts";
import type { Attempt } from "../../../src/core/document.ts";
import { MINUTE } from "../../../src/core/durations.ts";
import { dropAppended, type Owed } from "../../../src/core/owed.ts";
import { askForBuild } from "../../../src/core/site/askForBuild.ts";
import type { Settled } from "../../../src/core/slot/settle.ts";
import type { SlotDecision } from "../../../src/core/slot/slot.ts";
import type { SiteAsk } from "../../../src/core/slot/sync.ts";
import type { SlotOwner } from "../../../src/core/slotOwner.ts";
import { claimWork, type WorkerClaim } from "../../../src/core/worker/claimWork.ts";
import type { Effect, Happened, Stepped } from "../../../src/core/worker/phases.ts";
import { recordBuilt, recordHandOver, recordNews } from "../../../src/core/worker/recordRun.ts";
import { hasTime } from "../../../src/core/worker/timeLeft.ts";
import { begin, step } from "../../../src/core/worker/worker.ts";
import type { Documents } from "../documents.ts";
import type { Rules, WorkerRules } from "../rules.ts";
import type { Doing, Phase, Who, Working } from "../state.ts";
import { type Loop, loop, slotLoop, type Turn } from "./loop.ts";

const APPENDED: Happened = { kind: "appended" };

/** The machine of src/core/worker with values: what src/app/worker/driveWorker.ts does with promises. */
export class Driver {
  readonly #documents: Documents;
  readonly #rules: Rules;
  readonly #who: Who;
  readonly #own: WorkerRules;

  constructor(documents: Documents, rules: Rules, who: Who, own: WorkerRules) {
    this.#documents = documents;
    this.#rules = rules;
    this.#who = who;
    this.#own = own;
  }

  /** A woken worker. */
  begin({ n, lives }: { readonly n: number; readonly lives: number }, now: number): Turn {
    const id = this.#id(n + 1);
    const worker = { phase: { at: "over" }, appending: 0 } as const;
    const working: Working = { at: "working", worker, doing: [], sent: null, n, writes: 0, flushed: [], lives };
    return this.#follow(working, begin({ now, elapsed: now, left: this.#left(n), id }), now);
  }

  /** The worker is gone; it may be woken again. */
  gone({ n, lives }: Working): Phase {
    return lives > 1 ? { at: "off", n, lives: lives - 1 } : { at: "over", answer: null };
  }

  /** Tells the machine what happened, and does at once what takes no time here. */
  tell(working: Working, happened: Happened, now: number, left = this.#left(working.n)): Turn {
    const instant = { now, elapsed: now, left, id: this.#id(working.n + 1) };
    return this.#follow(working, step(working.worker, happened, instant), now);
  }

  /** Tells it how what it did last has ended. */
  done(working: Working, happened: Happened, now: number): Turn {
    return this.tell({ ...working, doing: working.doing.slice(1), writes: working.writes + 1 }, happened, now);
  }

  #id(n: number): string {
    return `${this.#who.name}-${n}`;
  }

  /** A worker that is short of time has enough for its first run only. */
  #left(n: number): number {
    return this.#own.short === true && n > 1 ? MINUTE : Number.POSITIVE_INFINITY;
  }

  #follow(working: Working, { worker, effects }: Stepped, now: number): Turn {
    const { phase } = worker;
    const id = this.#id(working.n + 1);
    const isNew = [phase, ...effects].some(
      (one) => ("by" in one && one.by === id) || ("nextBy" in one && one.nextBy === id),
    );
    const named = isNew ? { n: working.n + 1, writes: 0 } : {};
    let turn: Turn = { phase: { ...working, ...named, worker, sent: null }, wakes: [] };
    const over: Happened[] = [];
    for (const effect of effects) {
      const wakes = this.#wakes(effect);
      const ended = this.#endsAtOnce(effect, phase.at === "waiting");
      if (ended !== null) over.push(...ended);
      const doing = ended === null ? this.#doing(effect, now) : [];
      const current = turn.phase;
      if (current.at === "working") turn = { ...turn, phase: { ...current, doing: [...current.doing, ...doing] } };
      turn = { ...turn, wakes: [...turn.wakes, ...wakes] };
    }
    for (const happened of over) {
      if (turn.phase.at !== "working") break;
      const next = this.tell(turn.phase, happened, now);
      turn = { phase: next.phase, wakes: [...turn.wakes, ...next.wakes] };
    }
    if (turn.phase.at !== "working" || turn.phase.worker.phase.at !== "over") return turn;
    return { ...turn, phase: this.gone(turn.phase) };
  }

  #appends(owed: readonly Owed[]): readonly Owed[] {
    return this.#rules.archive ? owed : [];
  }

  #wakes(effect: Effect): number[] {
    if (effect.do === "wake") return [this.#who.on];
    return effect.do === "follow" && this.#rules.site ? [this.#documents.keys.length - 1] : [];
  }

  /** How an effect ends that takes no time here; null: it takes some. Calls and alarms are the world's to end. */
  #endsAtOnce(effect: Effect, waits: boolean): Happened[] | null {
    switch (effect.do) {
      case "call":
      case "end calls":
      case "set alarm":
      case "tick":
      case "follow":
      case "note":
        return [];
      case "nudge":
        return [{ kind: "rang" }];
      case "sleep":
        // A rest before the same is tried again.
        return waits ? null : [{ kind: "slept" }];
      case "wake":
        return [{ kind: "woken" }];
      case "purge":
        return [{ kind: "purged", purged: { kind: "done", purge: null } }];
      case "append":
        return this.#appends(effect.owed).length === 0 ? [APPENDED] : null;
      case "settle":
        return this.#rules.archive ? null : [{ kind: "settled" }];
      case "make room":
        return this.#rules.archive ? null : [{ kind: "room made" }];
      default:
        return null;
    }
  }

  #doing(effect: Effect, now: number): Doing[] {
    if (effect.do === "sleep") return [{ do: "sleep", until: now + effect.ms }];
    if (effect.do === "append") return [{ do: "append", owed: this.#appends(effect.owed) }];
    return [effect];
  }

  /** The loop that a worker stands in; null if what it does is no write. */
  loop(working: Working): Loop | null {
    const [effect] = working.doing;
    switch (effect?.do) {
      case "claim":
        return this.#claim(working, effect.by);
      case "record":
        return this.#record(working, effect.nextBy, (owner, next, attempt) =>
          recordNews(owner, effect.fence, effect.news, next, attempt),
        );
      case "conclude":
        return this.#record(working, effect.nextBy, (owner, next, attempt) =>
          recordBuilt(owner, effect.fence, effect, next, attempt),
        );
      case "hand over":
        return this.#handOver(working, effect.fence);
      case "ask sites":
        return this.#rules.site ? this.#ask(working, effect) : null;
      case "drop":
        return this.#drop(working, effect.then);
      default:
        return null;
    }
  }

  #options({ n, writes }: Working) {
    return { by: `${this.#id(n)}/${writes}`, effort: WORK };
  }

  #claim(working: Working, by: string): Loop {
    const claiming: WorkerClaim = { by, hasTime: hasTime(this.#left(working.n)) };
    return slotLoop(
      this.#documents,
      this.#who.on,
      this.#options(working),
      (owner, attempt) => claimWork(owner, claiming, attempt),
      (written, now) => this.done(working, { kind: "claimed", written }, now),
      (now) => this.done(working, { kind: "broke" }, now),
      working.flushed,
    );
  }

  #record(
    working: Working,
    nextBy: string,
    command: (owner: SlotOwner, next: WorkerClaim, attempt: Attempt) => SlotDecision<Settled>,
  ): Loop {
    const next: WorkerClaim = { by: nextBy, hasTime: hasTime(this.#left(working.n)) };
    return slotLoop(
      this.#documents,
      this.#who.on,
      this.#options(working),
      (owner, attempt) => command(owner, next, attempt),
      (written, now) => this.done(working, { kind: "recorded", written }, now),
      (now) => this.done(working, { kind: "recorded" }, now),
      working.flushed,
    );
  }

  #handOver(working: Working, fence: number): Loop {
    return slotLoop(
      this.#documents,
      this.#who.on,
      this.#options(working),
      (owner): SlotDecision<boolean> => recordHandOver(owner, fence),
      (written, now) => this.done(working, { kind: "handed over", isLeft: written?.result === true }, now),
      (now) => this.done(working, { kind: "broke" }, now),
      working.flushed,
    );
  }

  #ask(working: Working, { id, cause }: Effect & { do: "ask sites" }): Loop {
    const options = this.#options(working);
    const ask = { siteId: "s", id, cause, newSyncId: `build-${this.#id(working.n)}`, entryId: `budget-${options.by}` };
    return loop<SiteAsk>(
      this.#documents,
      this.#documents.keys.length - 1,
      options,
      (document, attempt) => askForBuild(document?.kind === "site" ? document : null, ask, attempt),
      ({ result }, now) => this.done(working, { kind: "asked", asked: [result] }, now),
      (now) => this.done(working, { kind: "asked" }, now),
    );
  }

  /** One try; what fails stays owed. */
  #drop(working: Working, kind: "settled" | "room made"): Loop {
    const over = (now: number) => this.done(working, { kind }, now);
    return loop<null>(
      this.#documents,
      this.#who.on,
      { ...this.#options(working), effort: ONCE },
      (document) => dropAppended(document, working.flushed),
      (_updated, now) => over(now),
      over,
    );
  }
}
