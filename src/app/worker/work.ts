import { CLOCK_SKEW, GATHER, LEASE, SLEPT_OUT } from "../../core/durations.ts";
import { partsOf } from "../../core/holder.ts";
import { layerToTell } from "../../core/layer/messages.ts";
import { hasRoom } from "../../core/owed.ts";
import { type Claim, nextDue } from "../../core/slot/claim.ts";
import { claimWork } from "../../core/worker/claimWork.ts";
import type { Deps, Target } from "../deps.ts";
import { WORK } from "../stored/documents.ts";
import { appendOwed, settleOwed } from "../stored/settleOwed.ts";
import { updateSlot } from "../stored/slots.ts";
import { attend } from "./attend.ts";
import { LeaseWatch } from "./leaseWatch.ts";
import { sendNotifications } from "./sendNotifications.ts";
import { type Claimed, hasTime, type Shift } from "./shift.ts";

/**
 * A woken worker waits this long for a burst to be gathered, instead of leaving it to the next tick (ms). The clock that
 * says from when on it may start is the filler's.
 */
const SHORT_WAIT = GATHER + CLOCK_SKEW;
/** A site's editor is to be done first, which takes tens of seconds. Hours, and budgets, are left to the tick. */
const PATIENCE = { layer: SHORT_WAIT, site: SLEPT_OUT } as const;
const WAITS = 20;

const begin = async (deps: Deps, target: Target, shift: Shift): Promise<Claimed | null> => {
  for (let waits = 0; waits < WAITS; waits += 1) {
    const by = deps.ids.timeOrdered();
    const lease = new LeaseWatch(deps.clock);
    const updated = await updateSlot<Claim>(
      deps,
      target,
      (holder, attempt) => claimWork(holder, { by, hasTime: hasTime(deps, shift) }, attempt),
      WORK,
      shift.flushed(target),
    );
    if (updated === null) return null;
    const { result, holder } = updated;
    if (result.kind === "claimed" || result.kind === "mine") {
      lease.confirmSince(result.run.leaseUntil - LEASE);
      return { run: result.run, holder, lease };
    }
    const wait = nextDue(holder.slot, partsOf(holder)) - deps.clock.now();
    if (wait > PATIENCE[target.kind]) return null;
    if (!hasRoom(holder)) {
      // The archive was out of reach for long. What waits is due once its records are out of the way.
      if (waits > 0) return null;
      await settleOwed(deps, target, shift.flushed(target));
      continue;
    }
    if (!hasTime(deps, shift)) {
      await deps.wake(target);
      return null;
    }
    await deps.clock.sleep(Math.max(wait, 10));
  }
  return null;
};

/** Sends what a layer's notifications have to tell, if it is due. */
const tell = async (deps: Deps, document: Parameters<typeof layerToTell>[0]): Promise<void> => {
  const layer = layerToTell(document, deps.clock.now());
  if (layer !== null) await sendNotifications(deps, layer.id);
};

const workSlot = async (deps: Deps, target: Target, shift: Shift): Promise<void> => {
  const archived: Promise<void>[] = [];
  try {
    let claimed = await begin(deps, target, shift);
    while (claimed !== null) {
      const { run } = claimed;
      deps.report({ kind: "run.claimed", target, fence: run.fence, parts: Object.keys(run.parts) });
      const attended = await attend(deps, target, claimed, shift);
      if (attended.kind === "left") break;
      if (attended.kind === "fenced") {
        // Taken over, or the write that ended the run landed and its reply was lost. What is pending since then was
        // filled while this worker seemed to run, so nobody else was woken for it.
        claimed = await begin(deps, target, shift);
        continue;
      }
      const flushed = shift.flushed(target);
      const owed = attended.holder.owed.filter(({ id }) => !flushed.includes(id));
      const appended = async () => {
        flushed.push(...(await appendOwed(deps, target, owed)));
      };
      const { holder } = attended;
      // The record first: a message is made from it.
      archived.push(appended().then(() => tell(deps, holder)));
      claimed = attended.next ?? (await begin(deps, target, shift));
    }
  } catch (error) {
    // Whatever it is, it is taken over: a background function that throws is run again by the platform, at once and blind.
    const text = error instanceof Error ? `${error.name}: ${error.message}` : "unknown";
    deps.report({ kind: "trouble", where: `work on ${target.kind} ${target.id}`, error: text });
  }
  await Promise.all(archived);
  await tell(deps, await settleOwed(deps, target, shift.flushed(target)));
};

/**
 * Works a slot until nothing is due: claim, sync, settle, at once the next; then the sites it filled. Takes `length` ms
 * at most and wakes a successor if something is left. Never throws: what a failing store leaves is taken over.
 */
export const work = async (deps: Deps, target: Target, length: number): Promise<void> => {
  const flushed = new Map<string, string[]>();
  const under = new Map<string, Promise<void>>();
  const name = ({ kind, id }: Target) => `${kind}/${id}`;
  const shift: Shift = {
    until: deps.clock.elapsed() + length,
    flushed(of) {
      const ids = flushed.get(name(of)) ?? [];
      flushed.set(name(of), ids);
      return ids;
    },
    follow(other) {
      // One after the other for each slot: a second ask may come when the first has just found nothing more to do.
      const before = under.get(name(other)) ?? Promise.resolve();
      under.set(
        name(other),
        before.then(() => workSlot(deps, other, shift)),
      );
    },
  };
  await workSlot(deps, target, shift);
  await Promise.all(under.values());
};
