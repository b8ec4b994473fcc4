import { SECOND } from "../../core/durations.ts";
import type { ProbeSource } from "../../core/layer/source.ts";
import type { Part } from "../../core/slot/slot.ts";
import type { Freshness } from "../../core/slot/sync.ts";
import type { Progress } from "../../core/worker/phases.ts";
import type { Deps } from "../deps.ts";
import { fetchProbe } from "../fetchProbe.ts";
import { HEADERS_UNREADABLE, openHeaders } from "../stored/sealing.ts";
import { pauseFor, untilSure } from "./callWaits.ts";

/** The deadline of one request to a probe's URL (ms). */
const DEADLINE = 20 * SECOND;
/** How long after an unchanged answer the URL is requested again (ms): an announced change may not be served yet. */
const AGAIN = [5 * SECOND, 15 * SECOND, 40 * SECOND];

export interface ProbeCall {
  readonly layerId: string;
  readonly source: ProbeSource;
  readonly part: Part;
  /** The version that sites were last built with, at the time of the claim. */
  readonly built: string | undefined;
  /** Whether an outgoing call may begin, because the lease was confirmed lately. */
  mayCall(): boolean;
  /** Aborts the request at once. */
  readonly signal: AbortSignal;
}

type Looked =
  | { readonly kind: "seen"; readonly version: string }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "left" };

const failed = (error: string): Looked => ({ kind: "failed", error });

const look = async (deps: Deps, call: ProbeCall, headers: Record<string, string>): Promise<Looked> => {
  const { clock } = deps;
  const { source, signal } = call;
  await untilSure(clock, () => call.mayCall(), signal);
  if (signal.aborted) return { kind: "left" };
  const fetched = await fetchProbe(deps, { ...source, headers, deadline: DEADLINE, signal });
  if (signal.aborted) return { kind: "left" };
  return fetched.kind === "failed" ? fetched : { kind: "seen", version: deps.digest(fetched.compared) };
};

/**
 * Compares a probe's answer with the version that sites were last built with. After a delivery an unchanged answer is
 * requested again, and then counts as changed. Only a failure of the first request counts, because after it an answer
 * is known. Never throws; returns `left` if the signal is aborted.
 */
export const probeSource = async (deps: Deps, call: ProbeCall): Promise<Progress> => {
  const { clock } = deps;
  const began = clock.now();
  const headers = openHeaders(deps.sealer, call.layerId, call.source);
  const decided = (version: string, freshness: Freshness): Progress => ({
    kind: "decided",
    outcome: { kind: "ok", version, freshness, durationMs: clock.now() - began },
  });
  const first = headers === null ? failed(HEADERS_UNREADABLE) : await look(deps, call, headers);
  if (first.kind === "left") return first;
  if (first.kind === "failed" || headers === null) {
    const error = first.kind === "failed" ? first.error : "";
    // A GET has no effect that could go unseen.
    return { kind: "decided", outcome: { kind: "failed", error, unanswered: false, durationMs: clock.now() - began } };
  }
  const announced = call.part.ask.deliveredAt !== undefined;
  if (!announced || first.version !== call.built) return decided(first.version, "confirmed");
  const answered = clock.elapsed();
  for (const after of AGAIN) {
    await pauseFor(clock, answered + after - clock.elapsed(), call.signal);
    const again = await look(deps, call, headers);
    if (again.kind === "left") return again;
    if (again.kind === "seen" && again.version !== call.built) return decided(again.version, "confirmed");
  }
  return decided(first.version, "unconfirmed");
};
