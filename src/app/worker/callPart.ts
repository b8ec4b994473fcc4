import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import type { Deploy } from "../../core/slot/deploy.ts";
import { type Outcome, own, type Part } from "../../core/slot/slot.ts";
import type { Trigger } from "../../core/slot/sync.ts";
import type { SlotOwner } from "../../core/slotOwner.ts";
import type { Progress } from "../../core/worker/phases.ts";
import type { Deps } from "../deps.ts";
import { buildSite } from "../netlify/buildSite.ts";
import { keepManifest } from "../proof/manifest.ts";
import type { Proof } from "../proof/proofRecord.ts";
import { callSource } from "./callSource.ts";
import { settleDelivery, untilSure } from "./callWaits.ts";
import { probeSource } from "./probeSource.ts";

/** The call of one part of a run, made by the worker that attends the run. */
export interface PartCall {
  /** The document in which the run was claimed. */
  readonly owner: SlotOwner;
  readonly slug: string;
  readonly part: Part;
  /** Whether an outgoing call may begin, because the lease was confirmed lately. */
  mayCall(): boolean;
  /** Aborts the call at once. */
  readonly signal: AbortSignal;
  /** Stores where the call's end is polled, before the first poll, so that nothing is started twice. */
  polled(location: string, deadline: number, deploy?: Deploy): void;
}

const triggerOf = (layer: Layer, part: Part): Trigger =>
  layer.slot.open[part.syncId]?.trigger ?? { type: "webhook", id: part.syncId, at: part.since };

const manifestOf = (deps: Deps, site: Site, { syncId }: Part): Promise<Proof | null> =>
  keepManifest(deps, site, { buildId: syncId, causes: site.slot.open[syncId]?.causes ?? [] });

const makeCall = async (deps: Deps, { owner, slug, ...call }: PartCall): Promise<Progress> => {
  const { part, signal, mayCall } = call;
  const source = owner.kind === "layer" ? owner.sources.find((known) => known.slug === slug) : undefined;
  if (source?.type === "http") await settleDelivery(deps.clock, source, part, signal);
  const manifest = owner.kind === "site" && part.location === undefined ? await manifestOf(deps, owner, part) : null;
  await untilSure(deps.clock, mayCall, signal);
  if (signal.aborted) return { kind: "left" };
  if (owner.kind === "site") return buildSite(deps, { site: owner, manifest, ...call });
  if (source === undefined) throw new RangeError("a data source that is not there cannot be called");
  if (source.type === "probe") {
    return probeSource(deps, { layerId: owner.id, source, built: own(owner.slot.built, slug), ...call });
  }
  return callSource(deps, { layerId: owner.id, source, trigger: triggerOf(owner, part), ...call });
};

/**
 * Calls one part of a run. An internal error is a failed attempt of that part and does not end the worker. Never
 * throws; returns `left` if the signal is aborted.
 */
export const callPart = async (deps: Deps, call: PartCall): Promise<Progress> => {
  try {
    return await makeCall(deps, call);
  } catch (error) {
    const { owner, slug } = call;
    const name = error instanceof Error ? error.name : "unknown error";
    deps.report({ kind: "trouble", where: `call of ${slug} of ${owner.kind} ${owner.id}`, error: name });
    const outcome: Outcome = {
      kind: "failed",
      error: `the call could not be made (${name})`,
      unanswered: true,
      durationMs: 0,
    };
    return { kind: "decided", outcome };
  }
};
