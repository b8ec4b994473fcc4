import { LEASE_ABORT, LEASE_NO_NEW_CALL } from "../../core/durations.ts";
import type { Clock } from "../deps.ts";

/**
 * How sure a worker may be that it still holds its lease.
 *
 * Two clocks are asked and the larger gap counts: a frozen instance may find that one of them stood still.
 *
 *     0 s            8 s        16 s       20 s            28 s     30 s         35 s
 *     confirmed      renew      renew      no new call     abort    lease ends   others may take over
 */
export class LeaseWatch {
  readonly #clock: Clock;
  #wall = 0;
  #steady = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.confirm(this.stamp());
  }

  /** The moment before a write that is about to renew the lease. */
  stamp(): { wall: number; steady: number } {
    return { wall: this.#clock.now(), steady: this.#clock.elapsed() };
  }

  /** The write begun at `stamp` was confirmed by the store. */
  confirm(stamp: { wall: number; steady: number }): void {
    this.#wall = stamp.wall;
    this.#steady = stamp.steady;
  }

  /** The lease is known to have begun at `wall`, by this instance's own clock: a claim recognised after a lost reply. */
  confirmSince(wall: number): void {
    const { wall: now, steady } = this.stamp();
    this.confirm({ wall, steady: steady - (now - wall) });
  }

  /** Time since the last confirmed renewal began (ms). */
  age(): number {
    return Math.max(this.#clock.now() - this.#wall, this.#clock.elapsed() - this.#steady);
  }

  /** Whether an outgoing call may begin. */
  mayCall(): boolean {
    return this.age() < LEASE_NO_NEW_CALL;
  }

  /** Whether open calls must end. */
  isLost(): boolean {
    return this.age() >= LEASE_ABORT;
  }
}
