import type { Holder } from "../../core/holder.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Deploy } from "../../core/slot/deploy.ts";
import { type Outcome, own, type Part, type Trigger } from "../../core/slot/slot.ts";
import type { Progress } from "../../core/worker/phases.ts";
import type { Deps } from "../deps.ts";
import { buildSite } from "./buildSite.ts";
import { callSource } from "./callSource.ts";
import { probeSource } from "./probeSource.ts";
import { settleDelivery } from "./settleDelivery.ts";
import { untilSure } from "./untilSure.ts";

/** The call of one part of a run, by the worker that attends it. */
export interface PartCall {
  /** The document that the run was claimed in. */
  readonly holder: Holder;
  readonly slug: string;
  readonly part: Part;
  /** False once no outgoing call may begin: the lease was not confirmed lately. */
  mayCall(): boolean;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Tells where the end of the call is asked for, before it is asked: nothing must be started twice. */
  polled(location: string, deadline: number, deploy?: Deploy): void;
}

const triggerOf = (layer: Layer, part: Part): Trigger =>
  layer.slot.open[part.syncId]?.trigger ?? { type: "webhook", id: part.syncId, at: part.since };

const makeCall = async (deps: Deps, { holder, slug, ...call }: PartCall): Promise<Progress> => {
  const { part, signal, mayCall } = call;
  const source = holder.kind === "layer" ? holder.sources.find((known) => known.slug === slug) : undefined;
  if (source?.type === "http") await settleDelivery(deps.clock, source, part, signal);
  await untilSure(deps.clock, mayCall, signal);
  if (signal.aborted) return { kind: "left" };
  if (holder.kind === "site") return buildSite(deps, { site: holder, ...call });
  if (source === undefined) throw new RangeError("a data source that is not there cannot be called");
  if (source.type === "probe") {
    return probeSource(deps, { layerId: holder.id, source, built: own(holder.slot.built, slug), ...call });
  }
  return callSource(deps, { layerId: holder.id, source, trigger: triggerOf(holder, part), ...call });
};

/**
 * Calls one part of a run. A defect of ours on the way is a failed try of that part, not the end of the worker. Never
 * throws; an aborted signal gives `left`.
 */
export const callPart = async (deps: Deps, call: PartCall): Promise<Progress> => {
  try {
    return await makeCall(deps, call);
  } catch (error) {
    const { holder, slug } = call;
    const name = error instanceof Error ? error.name : "unknown error";
    deps.report({ kind: "trouble", where: `call of ${slug} of ${holder.kind} ${holder.id}`, error: name });
    const outcome: Outcome = {
      kind: "failed",
      error: `the call could not be made (${name})`,
      unanswered: true,
      durationMs: 0,
    };
    return { kind: "decided", outcome };
  }
};
