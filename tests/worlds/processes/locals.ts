import type { Step, Stepped } from "../../../src/store/update.ts";
import { must } from "../../support/builders.ts";
import type { Documents, Stored, Times } from "../documents.ts";
import { publisherOf, type Rules } from "../rules.ts";
import type { Heard, Local, Phase, Who } from "../state.ts";
import { callbackLoop } from "./callback.ts";
import { Driver } from "./driver.ts";
import type { Loop, Turn } from "./loop.ts";
import { personLoop } from "./person.ts";
import { publisherLoop } from "./publisher.ts";

/** What a process wants of the store next; null while it is in no loop. */
export interface Wanted {
  readonly step: Step;
  /** The document that its write would make stand. */
  readonly makes: Stored | null;
  readonly over: Stored | null;
}

/** A process after it heard an answer. */
export interface Told {
  readonly local: Local;
  readonly wakes: readonly number[];
}

interface Played {
  readonly step: Step | null;
  readonly turn: ((now: number) => Turn) | null;
}

const ANSWERS = { written: 0, conflict: 1, unavailable: 2, paused: 3 } as const;
const TIMES = 4096;

/**
 * Every moment of every process's programme. The real loop cannot be copied, so a process is what it heard since its
 * loop began, and a new machine is told all of it again; whatever follows is remembered.
 */
export class Locals {
  readonly #documents: Documents;
  readonly #times: Times;
  readonly #rules: Rules;
  readonly #known = new Map<string, Local>();
  readonly #all: Local[] = [];
  readonly #wanted: (Wanted | null | undefined)[] = [];
  readonly #told: Map<number, Told>[] = [];
  readonly #drivers = new Map<string, Driver>();

  constructor(documents: Documents, times: Times, rules: Rules) {
    this.#documents = documents;
    this.#times = times;
    this.#rules = rules;
  }

  driver(who: Who): Driver {
    const known = this.#drivers.get(who.name);
    if (known !== undefined) return known;
    const driver = new Driver(this.#documents, this.#rules, who, this.#rules.workers[who.number] ?? {});
    this.#drivers.set(who.name, driver);
    return driver;
  }

  /**
   * A process at this point. Of earlier attempts of its loop only their number and the revision first read matter (the
   * variables of `update` in src/store/update.ts), so processes that differ in the rest are one.
   */
  of(who: Who, phase: Phase, heard: readonly Heard[], began: number): Local {
    const paused = heard.findLastIndex(({ kind }) => kind === "paused");
    const first = heard[0];
    const firstRev = paused >= 0 && first?.kind === "found" ? this.#documents.read(first.stored).rev : 0;
    const latest = heard
      .slice(paused + 1)
      .map((answer) =>
        answer.kind === "found" ? `${answer.now}.${answer.stored.id}` : `${answer.now}.${answer.kind}`,
      );
    const inLoop = heard.length > 0 ? began : 0;
    const key = `${who.name}|${inLoop}|${heard.length}|${firstRev}|${latest.join()}|${JSON.stringify(phase)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made: Local = { id: this.#all.length, who, phase, heard, began };
    this.#known.set(key, made);
    this.#all.push(made);
    return made;
  }

  at(id: number): Local {
    const found = this.#all[id];
    if (found === undefined) throw new RangeError(`no process has the number ${id}`);
    return found;
  }

  get size(): number {
    return this.#all.length;
  }

  #loop({ who, phase, began }: Local): Loop | null {
    switch (phase.at) {
      case "publish":
        return publisherLoop(this.#documents, who, publisherOf(this.#rules, who.number), phase, began);
      case "act":
        return personLoop(this.#documents, who, must(this.#rules.persons[who.number]), phase);
      case "report":
        return callbackLoop(this.#documents, who, phase);
      case "over":
      case "off":
      case "waiting to report":
        return null;
      case "working":
        return this.driver(who).loop(phase);
    }
  }

  #play(local: Local): Played {
    const machine = this.#loop(local);
    if (machine === null) return { step: null, turn: null };
    let next = machine.next();
    for (const answer of local.heard) next = machine.next(this.#stepped(answer, local.began));
    return next.done === true ? { step: null, turn: next.value } : { step: next.value, turn: null };
  }

  #stepped(answer: Heard, began: number): Stepped {
    const clock = { now: answer.now, elapsed: answer.now - began };
    if (answer.kind === "found") {
      return { kind: "found", text: answer.stored.text, etag: String(answer.stored.id), ...clock };
    }
    return answer.kind === "unavailable"
      ? { kind: "unavailable", cause: null, ...clock }
      : { kind: answer.kind, ...clock };
  }

  /** What the process wants of the store; null if it is in no loop. */
  wanted(local: Local): Wanted | null {
    const known = this.#wanted[local.id];
    if (known !== undefined) return known;
    const { step } = this.#play(local);
    const wanted = step === null ? null : this.#resolved(step);
    this.#wanted[local.id] = wanted;
    return wanted;
  }

  #resolved(step: Step): Wanted {
    if (step.op !== "write") return { step, makes: null, over: null };
    const over = step.expected === null ? null : this.#documents.at(Number(step.expected));
    const index = this.#documents.keys.indexOf(step.key);
    return { step, makes: this.#documents.of(step.text, index), over };
  }

  /** The process after an answer of the store; a pause is over at once. */
  told(local: Local, answer: Heard): Told {
    const code = answer.kind === "found" ? answer.stored.id + 4 : ANSWERS[answer.kind];
    const key = code * TIMES + this.#times.id(answer.now);
    const memo = this.#told[local.id] ?? new Map<number, Told>();
    this.#told[local.id] = memo;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const told = this.#hear(local, answer);
    memo.set(key, told);
    return told;
  }

  #hear(local: Local, answer: Heard): Told {
    const { who, phase } = local;
    const heard: Heard[] = [...local.heard, answer];
    const began = local.heard.length > 0 ? local.began : answer.now;
    let played = this.#play({ ...local, heard, began });
    if (played.step?.op === "pause") {
      heard.push({ kind: "paused", now: answer.now });
      played = this.#play({ ...local, heard, began });
    }
    if (played.turn === null) return { local: this.of(who, phase, heard, began), wakes: [] };
    const { phase: next, wakes } = played.turn(answer.now);
    return { local: this.of(who, next, [], answer.now), wakes };
  }
}
