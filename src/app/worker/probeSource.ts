import { SECOND } from "../../core/durations.ts";
import { valueAt } from "../../core/layer/jsonPointer.ts";
import type { ProbeSource } from "../../core/layer/source.ts";
import type { Part } from "../../core/slot/slot.ts";
import type { Freshness } from "../../core/slot/sync.ts";
import type { Progress } from "../../core/worker/phases.ts";
import { canonicalJson } from "../canonicalJson.ts";
import type { Deps } from "../deps.ts";
import { openerOf, sealedParts } from "../stored/sealing.ts";
import { pauseFor, untilSure } from "./callWaits.ts";

/** The deadline of one request to a probe's URL (ms). */
const DEADLINE = 20 * SECOND;
/** How long after an unchanged answer the URL is requested again (ms): an announced change may not be served yet. */
const AGAIN = [5 * SECOND, 15 * SECOND, 40 * SECOND];
/** A longer answer is refused: comparing only its beginning would miss changes further down. */
export const PROBE_BYTES = 1024 * 1024;

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

/** The request headers; null: one of them cannot be opened with any configured key. */
const headersOf = (deps: Deps, { layerId, source }: ProbeCall): Record<string, string> | null => {
  const headers: Record<string, string> = { accept: "application/json" };
  for (const [name, sealed] of Object.entries(source.headers ?? {})) {
    const part = sealedParts.header(source.slug, name);
    const value = openerOf(deps.sealer, { kind: "layer", id: layerId }, part).open(sealed);
    if (value === null) return null;
    headers[name] = value;
  }
  return headers;
};

const parse = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
};

/** The part of an answer that is compared: with a `pick` the value there, whatever the order of its keys. */
const picked = (deps: Deps, pick: string | undefined, text: string): Looked => {
  if (pick === undefined) return { kind: "seen", version: deps.digest(text) };
  const body = parse(text);
  if (body === null) return failed("the answer is not JSON, so `pick` finds no value");
  const value = valueAt(body.value, pick);
  if (value === undefined) return failed(`the answer has nothing at ${pick}`);
  try {
    return { kind: "seen", version: deps.digest(canonicalJson(value)) };
  } catch {
    return failed("the answer is nested too deeply to be compared");
  }
};

const look = async (deps: Deps, call: ProbeCall, headers: Record<string, string>): Promise<Looked> => {
  const { clock } = deps;
  const { source, signal } = call;
  await untilSure(clock, () => call.mayCall(), signal);
  if (signal.aborted) return { kind: "left" };
  const request = { method: "GET", url: source.url, headers, deadline: DEADLINE, maxBytes: PROBE_BYTES } as const;
  const answer = await deps.outgoing.send({ ...request, signal });
  if (signal.aborted) return { kind: "left" };
  if (answer.kind === "silence") return failed(answer.error);
  if (answer.status >= 300 && answer.status < 400) {
    return failed(
      `the URL answered ${answer.status}. Layerhook follows no redirects, so enter the URL that the redirect leads to`,
    );
  }
  if (answer.status < 200 || answer.status >= 300) return failed(`the URL answered ${answer.status}`);
  if (answer.cut === true) return failed("the answer is longer than 1 MB. Enter a URL with a shorter answer");
  return picked(deps, source.pick, answer.text);
};

/**
 * Compares a probe's answer with the version that sites were last built with. After a delivery an unchanged answer is
 * requested again, and then counts as changed. Only a failure of the first request counts, because after it an answer
 * is known. Never throws; returns `left` if the signal is aborted.
 */
export const probeSource = async (deps: Deps, call: ProbeCall): Promise<Progress> => {
  const { clock } = deps;
  const began = clock.now();
  const headers = headersOf(deps, call);
  const decided = (version: string, freshness: Freshness): Progress => ({
    kind: "decided",
    outcome: { kind: "ok", version, freshness, durationMs: clock.now() - began },
  });
  const first =
    headers === null
      ? failed("a header of the probe cannot be decrypted, because LAYERHOOK_SECRET changed. Enter the headers again")
      : await look(deps, call, headers);
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
