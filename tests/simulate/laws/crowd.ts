import { own, type Pending } from "../../../src/core/slot/slot.ts";
import type { Writer } from "../records/register.ts";
import type { Instance } from "../world/instance.ts";
import type { World } from "../world/world.ts";
import { TRIGGER_WINDOW } from "./numbers.ts";
import type { Step } from "./slot.ts";

/** A delivery while it is being taken. */
export interface Delivering {
  readonly arrived: number;
  /** The arrival by the clock of its process. */
  readonly receivedAt: number;
  readonly named: readonly string[] | null;
  readonly body: boolean;
}

/**
 * What a burst may cost. Of deliveries with bodies that were all there before one of them was written, one more may be
 * written for each source; the others were concurrent with it and are answered from what they read. Without that a burst of
 * five hundred is five hundred writes in a row.
 */
export class CrowdLaws {
  readonly #world: World;
  readonly #under = new Map<Instance, Delivering>();
  /** When bodies for one source of one pending sync were committed. */
  readonly #bodies = new Map<string, number[]>();

  constructor(world: World) {
    this.#world = world;
  }

  delivers(instance: Instance, delivering: Delivering): void {
    this.#under.set(instance, delivering);
  }

  committed(key: string, { before, after, rev }: Step, { instance }: Writer, stamp: number): void {
    const delivering = this.#under.get(instance);
    const { plan, oracle } = this.#world;
    const receivedAt = delivering?.receivedAt ?? 0;
    if (delivering === undefined || after.pending === null) return;
    const { syncId } = after.pending;
    const agreeing = plan.faults.process.skew === 0 && plan.faults.process.jump === 0;
    if (!delivering.body && before.pending?.syncId === syncId)
      this.#needless(before.pending, after.pending, delivering, instance);
    if (!delivering.body || delivering.named === null) return;
    const committed = (slug: string): number[] => {
      const name = `${key}#${syncId}#${slug}`;
      const stamps = this.#bodies.get(name) ?? [];
      this.#bodies.set(name, stamps);
      return stamps;
    };
    const standing = before.pending;
    // A refused call may leave its mark, which is no delivery.
    if (standing?.syncId === syncId && standing.deliveries === after.pending.deliveries) return;
    if (agreeing && standing?.syncId === syncId) {
      const covered = delivering.named.every((slug) => {
        const ask = own(standing.asks, slug);
        const since = committed(slug).filter((at) => at > delivering.arrived).length;
        const last = Math.max(ask?.deliveredAt ?? 0, standing.deliveredAt ?? 0);
        return ask?.full === true && ask.body !== undefined && since >= 2 && receivedAt - last <= TRIGGER_WINDOW;
      });
      if (covered)
        oracle.fail("P18: a burst costs two writes a source", `${instance.name} wrote once more to ${syncId}`);
    }
    // Only a body that came into the document with this write: an older one that stays says nothing about the others.
    for (const slug of delivering.named)
      if (own(after.pending.asks, slug)?.bodyRev === rev) committed(slug).push(stamp);
  }

  /**
   * A delivery without a body adds nothing to what others requested at most a second before it arrived, whatever its
   * process's clock says by the time of the write.
   */
  #needless(standing: Pending, next: Pending, { named, receivedAt }: Delivering, { name }: Instance): void {
    if (standing.deliveries === next.deliveries || !standing.build) return;
    const asks = named === null ? [undefined] : named.map((slug) => own(standing.asks, slug));
    const covered = asks.every((ask) => {
      const last = Math.max(ask?.deliveredAt ?? 0, standing.deliveredAt ?? 0);
      return (standing.all || ask?.full === true) && receivedAt - last <= TRIGGER_WINDOW;
    });
    if (covered)
      this.#world.oracle.fail("P18: what changes nothing but the trigger is not written", `${name} wrote once more`);
  }
}
