import type { Target } from "../../../../src/app/deps.ts";
import { layerKey, siteKey } from "../../../../src/store/keys.ts";
import { holderOf } from "../../records/ledger.ts";
import { NO_FAULTS } from "../../world/faults.ts";
import type { Instance } from "../../world/instance.ts";
import type { World } from "../../world/world.ts";
import { CLOCK_SKEW, LEASE, SECOND } from "../numbers.ts";

/** When a sync's slot was filled, and when its first run was over. */
interface Span {
  readonly filled: number;
  readonly over: number;
}

const spansOf = ({ oracle }: World, layerId: string): Map<string, Span> => {
  const spans = new Map<string, Span>();
  for (const { stamp, document } of oracle.ledger.versions.get(layerKey(layerId)) ?? []) {
    const slot = holderOf(document)?.slot;
    const pending = slot?.pending?.syncId;
    if (pending !== undefined && !spans.has(pending)) {
      spans.set(pending, { filled: stamp, over: Number.POSITIVE_INFINITY });
    }
    for (const [id, span] of spans) {
      const open = id === pending || id === slot?.running?.lead;
      if (!open && span.over === Number.POSITIVE_INFINITY) spans.set(id, { ...span, over: stamp });
    }
  }
  return spans;
};

/** Deliveries accepted before the first sync that they caused has ended cost two syncs at most (retries not counted). */
export const burstLaws = (world: World): void => {
  const { ledger } = world.oracle;
  for (const { id } of world.layers) {
    const disturbed = [...ledger.takeOvers, ...ledger.cancels].some((one) => one.id === id);
    if (disturbed || ledger.acts.some((act) => act.id === id)) continue;
    const mine = ledger.promises.filter(({ layerId, byHand }) => layerId === id && !byHand);
    for (const [syncId, { filled, over }] of spansOf(world, id)) {
      const during = mine.filter(({ arrived, answered }) => arrived > filled && answered < over);
      const syncs = new Set([syncId, ...during.map((promised) => promised.syncId)]);
      if (syncs.size > 2) world.oracle.fail("rule 5: at most two syncs", `${[...syncs].join(", ")} of ${id}`);
    }
  }
};

/** What a worker that has just died was running must be another's within this time and one tick (ms). */
const TAKEN_WITHIN = LEASE + CLOCK_SKEW + 10 * SECOND;
/** The same without a tick, where the platform runs a failed call again: so long after it does (ms). */
const TAKEN_BY_NEXT_RUN_WITHIN = 10 * SECOND;

/** The keys that a call that is run again works: its own, and those of the sites that its layer still names. */
const workedAgain = ({ oracle }: World, { kind, id }: Target): ReadonlySet<string> => {
  if (kind === "site") return new Set([siteKey(id)]);
  const layer = oracle.ledger.latest(layerKey(id));
  const sites = layer?.kind === "layer" ? layer.connectedSites : [];
  return new Set([layerKey(id), ...sites.map(({ siteId }) => siteKey(siteId))]);
};

/** Watches that the runs of a worker that is about to die are taken over in time. Faults must be over. */
export const watchTakeOver = (world: World, worker: Instance): void => {
  const { timeline, oracle, platform, plan } = world;
  const fences = oracle.runsOf(worker);
  const must = (law: string, withinMs: number, keysNow?: () => ReadonlySet<string>): void => {
    timeline.after(withinMs, () => {
      const keys = keysNow?.();
      for (const [key, fence] of fences) {
        if (keys !== undefined && !keys.has(key)) continue;
        const running = holderOf(oracle.ledger.latest(key))?.slot.running;
        if (running?.fence === fence && running.by !== null) oracle.fail(law, `run ${fence} of ${key}`);
      }
    });
  };
  must("rule 8: taken over within 45 seconds and a tick", TAKEN_WITHIN + platform.tickEvery);
  // A former deploy's call is refused when it is run again.
  const call = platform.runsAgain(worker);
  if (call === null || plan.rollout !== "none") return;
  must(
    "rule 8: taken over within 10 seconds where a failed call is run again",
    call.wait + TAKEN_BY_NEXT_RUN_WITHIN,
    () => workedAgain(world, call.target),
  );
};

/**
 * What is due is begun within two ticks and half a minute, although another document never answers and every wake of a
 * delivery is lost. `due` is when the slot needed a worker, by clocks that agree.
 */
export const promptLaws = ({ timeline, platform, oracle }: World, key: string, due: number): void => {
  const late = timeline.now - due;
  if (late > 2 * platform.tickEvery + 30 * SECOND) {
    oracle.fail("P21: one sick document holds up nobody", `${key} began ${late} ms after it was due`);
  }
};

/** Where nothing goes wrong, every worker keeps its run to the end. */
export const calmLaws = ({ plan, oracle, counts }: World): void => {
  const poisoned = plan.layers.some(({ jobs }) => jobs.some(({ poison }) => poison));
  // Code that meets a document of a higher version stops where it stands: that is no fault, and the lease runs out.
  const overtaken = plan.rollout === "higher version";
  if (plan.faults !== NO_FAULTS || poisoned || overtaken || counts.has("killed in good times")) return;
  const [taken] = oracle.ledger.takeOvers;
  if (taken !== undefined) oracle.fail("rule 8: a living worker is not taken over", taken.id);
};
