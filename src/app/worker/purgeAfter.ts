import { SECOND } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Purge } from "../../core/slot/sync.ts";
import type { Purged } from "../../core/worker/phases.ts";
import type { Deps } from "../deps.ts";

/** The deadline of a purge, which is answered at once (ms). */
const PURGE_DEADLINE = 4 * SECOND;
/**
 * Pauses before the second and the third attempt (ms). With the deadlines they fit into the time that a lease leaves
 * for calls.
 */
const PAUSES = [2 * SECOND, 5 * SECOND] as const;

/**
 * Purges a layer's tags after a change, with up to three attempts. A failure is then recorded and no longer owed,
 * because a missing token would otherwise keep the layer's next sync waiting for ever. The next change purges again.
 */
export const purgeAfter = async (deps: Deps, layer: Layer, lease: { mayCall(): boolean }): Promise<Purged> => {
  const { cachePurge } = layer;
  if (cachePurge === null || cachePurge === undefined) return { kind: "done", purge: null };
  const { tags, siteId = null } = cachePurge;
  let failed: Purge | null = null;
  for (const pause of [0, ...PAUSES]) {
    if (pause > 0) await deps.clock.sleep(pause);
    if (!lease.mayCall()) break;
    const answer = await deps.purge({ tags, siteId, deadline: PURGE_DEADLINE });
    if (answer.kind !== "failed") {
      deps.report({ kind: "cache.purged", layer: layer.id, outcome: answer.kind });
      return { kind: "done", purge: { outcome: answer.kind, tags: tags.length } };
    }
    failed = { outcome: "failed", tags: tags.length, error: answer.error };
    if (!answer.again) break;
  }
  if (failed === null) return { kind: "left" };
  const error = failed.error ?? "";
  deps.report({ kind: "cache.purged", layer: layer.id, outcome: "failed", error });
  return { kind: "done", purge: failed };
};
