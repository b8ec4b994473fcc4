import { MINUTE, SECOND } from "../../core/durations.ts";
import type { HttpSource } from "../../core/layer/source.ts";
import { LOCATION_CHARS } from "../../core/limits.ts";
import { okOutcome } from "../../core/slot/jobAnswer.ts";
import type { Part } from "../../core/slot/slot.ts";
import type { Trigger } from "../../core/slot/sync.ts";
import type { Progress } from "../../core/worker/phases.ts";
import { DIRECT_LIMIT } from "../../core/worker/timeLeft.ts";
import type { Deps, OutgoingAnswer } from "../deps.ts";
import { type Opener, openerOf, sealedParts } from "../stored/sealing.ts";
import { httpDate, isoTime } from "../time.ts";
import { untilSure } from "./callWaits.ts";

/** The deadline of one poll of a running job (ms). */
const POLL_DEADLINE = 10 * SECOND;
const POLL_FIRST = SECOND;
const POLL_LAST = 15 * SECOND;

export interface SourceCall {
  readonly layerId: string;
  readonly source: HttpSource;
  readonly part: Part;
  readonly trigger: Trigger;
  /** Whether an outgoing call may begin, because the lease was confirmed lately. */
  mayCall(): boolean;
  /** Aborts the call at once. */
  readonly signal: AbortSignal;
  /** Stores where the job is polled, before the first poll, so that the job is not started twice. */
  polled(location: string, deadline: number): void;
}

/** The delivery's body in the outgoing JSON: verbatim if it is JSON, so that no number and no depth is lost. */
const spliced = (body: string | undefined): string => {
  if (body === undefined || body === "") return "{}";
  try {
    JSON.parse(body);
    return body;
  } catch {
    return JSON.stringify(body);
  }
};

/** The idempotency key of a call. Every claim has its own fencing token, so one key always has the same bytes. */
export const callKey = (slug: string, part: Part): string => `${part.syncId}/${slug}/${part.callFence}`;

const outgoingTrigger = (part: Part, trigger: Trigger): Record<string, unknown> => {
  const at = isoTime(trigger.at);
  const what = { at, ...(trigger.webhook === undefined ? {} : { webhook: trigger.webhook }) };
  return part.riding ? { type: "retry", of: trigger.type, ...what } : { type: trigger.type, ...what };
};

/** The exact bytes of a call. They depend on the document alone, so that one key never has two bodies. */
export const callBody = (deps: Deps, { layerId, source, part, trigger }: SourceCall): string => {
  const fields = {
    type: "sync.requested",
    dataLayerId: layerId,
    syncId: part.syncId,
    dataSource: source.slug,
    full: part.ask.full,
    attempt: part.tries + part.lost + 1,
    fencingToken: part.callFence,
    trigger: outgoingTrigger(part, trigger),
    callbackUrl: deps.signer.callbackUrl({ layerId, syncId: part.syncId, slug: source.slug, fence: part.callFence }),
  };
  return `${JSON.stringify(fields).slice(0, -1)},"webhookBody":${spliced(part.ask.body)}}`;
};

/**
 * The secrets that sign: the current one and, for a while after a rotation, the former one. A secret that cannot be
 * opened is left out.
 */
export const secretsOf = (
  deps: Deps,
  opener: Opener,
  signing: Pick<HttpSource, "secret" | "previousSecret">,
): string[] => {
  const { previousSecret } = signing;
  const overlapping = previousSecret !== undefined && previousSecret.until > deps.clock.now();
  return [signing.secret, ...(overlapping ? [previousSecret.secret] : [])]
    .map((sealed) => opener.open(sealed))
    .filter((secret) => secret !== null);
};

const jobSecrets = (deps: Deps, { layerId, source }: Pick<SourceCall, "layerId" | "source">): string[] =>
  secretsOf(deps, openerOf(deps.sealer, { kind: "layer", id: layerId }, sealedParts.source(source.slug)), source);

const failed = (error: string, unanswered: boolean, durationMs: number): Progress => ({
  kind: "decided",
  outcome: { kind: "failed", error, unanswered, durationMs },
});

/** How long a `Retry-After` asks to wait (ms), within the bounds of polling; null: it holds no time. */
export const retryAfter = (value: string | null, now: number): number | null => {
  if (value === null) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * SECOND : httpDate(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, POLL_FIRST), 5 * MINUTE) : null;
};

const isFinalFailure = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;

/** The headers that prove a poll is ours. Another host gets none, because it could pass them on to the job. */
const pollSignature = (deps: Deps, call: SourceCall, location: string, id: string): Record<string, string> => {
  const isOurs = URL.parse(location)?.origin === URL.parse(call.source.url)?.origin;
  return isOurs ? { ...deps.signer.standard(jobSecrets(deps, call), id, deps.clock.now(), "") } : {};
};

/** Polls a job until the job ends, its time is over, or the worker must leave. */
const poll = async (
  deps: Deps,
  call: SourceCall,
  location: string,
  deadline: number,
  began: number,
  first: OutgoingAnswer | null,
): Promise<Progress> => {
  const { clock } = deps;
  const key = callKey(call.source.slug, call.part);
  let pause = POLL_FIRST;
  let asks = 0;
  let last = first;
  for (;;) {
    const asked = last?.kind === "answer" ? retryAfter(last.retryAfter, clock.now()) : null;
    await clock.sleep(Math.min(asked ?? pause, Math.max(deadline - clock.now(), 0)), call.signal);
    if (call.signal.aborted) return { kind: "left" };
    // At least one poll is made, because the job may have ended while no worker polled.
    if (clock.now() >= deadline && last !== null) {
      return failed("timed out: the job did not finish in time", true, clock.now() - began);
    }
    pause = Math.min(pause * 1.5, POLL_LAST);
    // Another pause would spin: once the job's time is over, no time to pause is left.
    await untilSure(clock, () => call.mayCall(), call.signal);
    if (call.signal.aborted) return { kind: "left" };
    asks += 1;
    // Each poll has a message id of its own, because receivers drop repeated ids.
    const id = `${key}/${clock.now().toString(36)}-${asks}`;
    last = await deps.outgoing.send({
      method: "GET",
      url: location,
      headers: {
        accept: "application/json",
        ...pollSignature(deps, call, location, id),
      },
      deadline: POLL_DEADLINE,
      signal: call.signal,
    });
    if (call.signal.aborted) return { kind: "left" };
    if (last.kind === "silence") {
      if (last.refused === true) return failed(last.error, false, clock.now() - began);
      continue;
    }
    if (last.status === 200) return { kind: "decided", outcome: okOutcome(last.text, clock.now() - began) };
    if (isFinalFailure(last.status)) {
      return failed(`the job answered ${last.status} when asked for its state`, false, clock.now() - began);
    }
  }
};

const resolved = (location: string, base: string): string | null => {
  const url = URL.parse(location, base);
  return url === null || url.href.length > LOCATION_CHARS ? null : url.href;
};

/**
 * Calls a source's job and follows it: a direct answer, a job to poll, or a job that reports by itself. Never throws;
 * returns `left` if the signal is aborted.
 */
export const callSource = async (deps: Deps, call: SourceCall): Promise<Progress> => {
  const { clock } = deps;
  const { part, source } = call;
  const began = clock.now();
  if (part.location !== undefined) {
    return poll(deps, call, part.location, part.deadline ?? began + source.timeoutSeconds * SECOND, began, null);
  }
  const secrets = jobSecrets(deps, call);
  if (secrets.length === 0) {
    return failed(
      "the source's signing secret cannot be decrypted, because LAYERHOOK_SECRET changed. Rotate the secret",
      false,
      0,
    );
  }
  const key = callKey(source.slug, part);
  const body = callBody(deps, call);
  const answer = await deps.outgoing.send({
    method: "POST",
    url: source.url,
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      "idempotency-key": key,
      ...deps.signer.standard(secrets, key, began, body),
    },
    body,
    deadline: Math.min(source.timeoutSeconds * SECOND, DIRECT_LIMIT),
    signal: call.signal,
  });
  if (call.signal.aborted) return { kind: "left" };
  const took = clock.now() - began;
  if (answer.kind === "silence") return failed(answer.error, answer.refused !== true, took);
  const deadline = began + source.timeoutSeconds * SECOND;
  if (answer.status === 202) {
    if (answer.location === null) return { kind: "parked", deadline };
    const location = resolved(answer.location, source.url);
    if (location === null) return failed("the job answered 202 with a Location that is not usable", false, took);
    call.polled(location, deadline);
    return poll(deps, call, location, deadline, began, answer);
  }
  if (answer.status >= 200 && answer.status < 300) return { kind: "decided", outcome: okOutcome(answer.text, took) };
  return failed(`the job answered ${answer.status}`, false, took);
};
