import { MINUTE } from "../../core/durations.ts";
import { PAGES_LOOKED_AT, SUBJECTS } from "../../core/limits.ts";
import { madeAt } from "../../core/madeAt.ts";
import type { Site } from "../../core/site/site.ts";
import type { Cause } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import { type LoggedDelivery, listDeliveries } from "../stored/deliveryLog.ts";
import { readLayer } from "../stored/documents.ts";
import { withStoreFault } from "../storeFault.ts";
import { type BuiltSubject, keepProof, type Proof } from "./proofRecord.ts";

/** How many deliveries are looked at for one build, and for one of its layers at least. */
const LOOKS = 500;
const LOOKS_A_LAYER = 100;
const BATCH = 100;

/** The syncs of one layer that are in a build. Ids of syncs sort by their time. */
interface Span {
  readonly layerId: string;
  readonly first: string;
  readonly last: string;
}

const spansOf = (causes: readonly Cause[]): Span[] => {
  const spans = new Map<string, Span>();
  for (const { dataLayerId: layerId, syncId, firstSyncId = syncId } of causes) {
    const { first = firstSyncId, last = syncId } = spans.get(layerId) ?? {};
    spans.set(layerId, {
      layerId,
      first: first < firstSyncId ? first : firstSyncId,
      last: last > syncId ? last : syncId,
    });
  }
  return [...spans.values()];
};

/** The accepted deliveries of one layer's syncs, the newest first. Looks at `looks` deliveries at most. */
const deliveriesOf = async (deps: Deps, { layerId, first, last }: Span, looks: number): Promise<LoggedDelivery[]> => {
  const layer = await readLayer(deps, layerId);
  if (layer?.kind !== "layer") return [];
  // A delivery that merged may be older than the sync's id by the time that its own write took.
  const period = { from: (madeAt(first) ?? 0) - MINUTE, until: null };
  const found: LoggedDelivery[] = [];
  let cursor: string | null = null;
  for (let looked = 0; looked < looks; looked += BATCH) {
    const page = await listDeliveries(deps, layer, { limit: BATCH, cursor }, period);
    found.push(...page.items.filter(({ syncId }) => syncId !== null && syncId >= first && syncId <= last));
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return found;
};

interface Found extends Pick<LoggedDelivery, "subject"> {
  readonly layerId: string;
  readonly deliveryId: string;
  readonly syncId: string;
}

/** What was published, the newest first, each entry once and fifty at most, and the publishes that name nothing. */
const summarize = (buildId: string, deliveries: readonly Found[]): Proof => {
  const named = new Map<string, BuiltSubject>();
  const unnamed: NonNullable<Proof["unnamed"]> = [];
  let count = 0;
  for (const { subject, ...delivery } of deliveries.toSorted((a, b) => (a.deliveryId < b.deliveryId ? 1 : -1))) {
    if (subject === null) {
      if (unnamed.length < PAGES_LOOKED_AT) unnamed.push(delivery);
      continue;
    }
    const key = JSON.stringify([delivery.layerId, subject.type, subject.id ?? delivery.deliveryId]);
    if (!named.has(key) && named.size < SUBJECTS) named.set(key, { ...delivery, ...subject });
    if (named.has(key)) count += 1;
  }
  const proof = { buildId, deliveries: deliveries.length, subjects: [...named.values()] };
  return { ...proof, more: deliveries.length - count, ...(unnamed.length > 0 && { unnamed }) };
};

/** The id of a build, and the layers' requests behind it. */
interface Building {
  readonly buildId: string;
  readonly causes: readonly Cause[];
}

/**
 * Finds in the layers' logs what was published for a build, and keeps it beside the build's record. The log is written
 * after a publish is answered and best effort, so a publish may be missing here. Null if the store does not answer. Never
 * throws.
 */
export const keepManifest = async (
  deps: Deps,
  { id: siteId }: Pick<Site, "id">,
  { buildId, causes }: Building,
): Promise<Proof | null> => {
  const spans = spansOf(causes);
  const looks = Math.max(LOOKS_A_LAYER, LOOKS / spans.length);
  const found: Found[] = [];
  try {
    for (const span of spans) {
      for (const { id, syncId, subject } of await deliveriesOf(deps, span, looks)) {
        found.push({ layerId: span.layerId, deliveryId: id, syncId: syncId ?? "", subject });
      }
    }
  } catch (error) {
    const where = `manifest of build ${buildId}`;
    deps.report({ kind: "trouble", where, error: withStoreFault("not found", error) });
    return null;
  }
  return found.length === 0 ? summarize(buildId, found) : keepProof(deps, siteId, summarize(buildId, found));
};
