import { LEASE, LEASE_ABORT, LEASE_NO_NEW_CALL } from "../durations.ts";

/**
 * A moment by two clocks. Of two moments the larger difference counts, because one clock may stop in a frozen instance.
 */
export interface Moment {
  /** Wall clock (ms). */
  readonly now: number;
  /** A clock that never jumps (ms). */
  readonly elapsed: number;
}

/** When the last renewal that the store confirmed began. The longer ago, the less sure the lease is. */
export type Lease = Moment;

/** The lease of a run that was just claimed. It began by this instance's wall clock, perhaps before a lost reply. */
export const claimedLease = (leaseUntil: number, { now, elapsed }: Moment): Lease => {
  const began = leaseUntil - LEASE;
  return { now: began, elapsed: elapsed - (now - began) };
};

/** Time since the last confirmed renewal began (ms). */
export const leaseAge = (lease: Lease, at: Moment): number => Math.max(at.now - lease.now, at.elapsed - lease.elapsed);

/** Whether an outgoing call may begin. */
export const mayCall = (lease: Lease, at: Moment): boolean => leaseAge(lease, at) < LEASE_NO_NEW_CALL;

/** Whether open calls must end. */
export const isLost = (lease: Lease, at: Moment): boolean => leaseAge(lease, at) >= LEASE_ABORT;
