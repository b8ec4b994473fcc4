import type { Clock } from "../../../src/app/deps.ts";
import type { Place } from "../../../src/store/blobs.ts";
import type { Deploy } from "../cast/deploys.ts";
import type { Timeline } from "./timeline.ts";

export type Role = "publish" | "worker" | "drain" | "callback" | "deploy" | "person";
type Turn = "killed" | "frozen" | "thawed" | "jumped";

/** What becomes of a process; passes count the awaits it has come through. */
export interface Fate {
  /** It is killed at this pass. */
  readonly killedAt: number | null;
  /** It is frozen at this pass, for so long (ms), and its steady clock stands still meanwhile or not. */
  readonly frozenAt: number | null;
  readonly frozenFor: number;
  readonly steadyStops: boolean;
  /** Its wall clock is off by this (ms) … */
  readonly skew: number;
  /** … and jumps by this at a pass. */
  readonly jumpsAt: number | null;
  readonly jump: number;
}

export const SOUND: Fate = {
  killedAt: null,
  frozenAt: null,
  frozenFor: 0,
  steadyStops: false,
  skew: 0,
  jumpsAt: null,
  jump: 0,
};

/** The deploy whose code a process runs, as the platform described it when it began. */
export interface Home {
  readonly deploy: Deploy;
  readonly published: boolean;
  readonly place: Place;
}

/** One process of the platform. Every await of a use case passes through it: there it can be killed, frozen, thawed. */
export class Instance {
  readonly role: Role;
  readonly name: string;
  readonly home: Home;
  readonly clock: Clock;
  readonly #timeline: Timeline;
  readonly #fate: Fate;
  readonly #onTurn: (turn: Turn, instance: Instance) => void;
  #dead = false;
  #thawed: Promise<void> | null = null;
  #passes = 0;
  #skew: number;
  #stood = 0;

  constructor(
    role: Role,
    name: string,
    home: Home,
    timeline: Timeline,
    fate: Fate,
    onTurn: (turn: Turn, instance: Instance) => void,
  ) {
    this.role = role;
    this.name = name;
    this.home = home;
    this.#timeline = timeline;
    this.#fate = fate;
    this.#skew = fate.skew;
    this.#onTurn = onTurn;
    this.clock = {
      now: () => this.wall(),
      elapsed: () => timeline.now - this.#stood,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** What its wall clock says. */
  wall(): number {
    return this.#timeline.now + this.#skew;
  }

  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#onTurn("killed", this);
  }

  /** Comes back while the process lives and runs; never from a dead one. */
  async pass(): Promise<void> {
    this.#passes += 1;
    const { killedAt, frozenAt, jumpsAt, jump } = this.#fate;
    if (this.#passes === killedAt) this.kill();
    if (this.#passes === frozenAt && !this.#dead) this.#freeze();
    if (this.#passes === jumpsAt) {
      this.#skew += jump;
      this.#onTurn("jumped", this);
    }
    if (this.#thawed !== null) await this.#thawed;
    if (this.#dead) await new Promise<never>(() => undefined);
  }

  #freeze(): void {
    const { frozenFor, steadyStops } = this.#fate;
    this.#onTurn("frozen", this);
    this.#thawed = new Promise((resolve) => {
      this.#timeline.after(frozenFor, () => {
        this.#thawed = null;
        if (steadyStops) this.#stood += frozenFor;
        this.#onTurn("thawed", this);
        resolve();
      });
    });
  }

  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const take = this.#timeline.after(ms, () => end());
        const end = () => {
          take();
          signal?.removeEventListener("abort", end);
          resolve();
        };
        signal?.addEventListener("abort", end);
      });
    }
    await this.pass();
  }
}
