import type { LayerDocument } from "../core/layer/layer.ts";
import type { Retention } from "../core/retention.ts";
import type { Stage } from "../core/stage/stage.ts";
import type { Archive, Store, StoreFault } from "../store/store.ts";

/** Time as an argument: code below the edge has no other clock. */
export interface Clock {
  /** Wall clock (ms since 1970). */
  now(): number;
  /** A clock that never jumps (ms since some moment). */
  elapsed(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A new id that sorts by its creation time (lower-case UUIDv7). */
  timeOrdered(): string;
  /** A new id that nobody can guess (URL-safe, case-sensitive). */
  secret(): string;
  /** A short public name, unique enough within one layer. */
  ref(): string;
  /** A signing secret in the Standard Webhooks format (`whsec_…`). */
  signingSecret(): string;
}

/** The body of a wake: which slot needs a worker. */
export interface Target {
  readonly kind: "layer" | "site";
  readonly id: string;
}

export interface OutgoingRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The deadline of the call (ms), answered or not. */
  readonly deadline: number;
  /** How many bytes of the answer are read; absent: 64 KB. */
  readonly maxBytes?: number;
  /** Whether the answer's headers are wanted. */
  readonly withHeaders?: boolean;
  readonly signal: AbortSignal;
}

export type OutgoingAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | null;
      /** `Retry-After`; for a 429 without one, the seconds until `X-RateLimit-Reset`. */
      readonly retryAfter: string | null;
      /** The body, up to the number of bytes to read. */
      readonly text: string;
      /** Whether the body is longer than what was read. */
      readonly cut?: boolean;
      /** The headers by their lower-case names, if they were wanted. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** No answer came. `error` gives the reason without any secret. */
  | {
      readonly kind: "silence";
      readonly error: string;
      /** The guard refused the address, so no call was made and none will be. */
      readonly refused?: boolean;
      /** The request never left: the name did not resolve, or the connection was refused. */
      readonly unsent?: boolean;
    };

/**
 * Makes an outgoing call: https only, no internal addresses, no redirects, with bounds on time and size. Never throws.
 */
export interface Outgoing {
  send(request: OutgoingRequest): Promise<OutgoingAnswer>;
}

/** Cache tags to purge. */
export interface PurgeRequest {
  readonly tags: readonly string[];
  /** The id of a site at Netlify; null: the site that Layerhook runs on. */
  readonly siteId: string | null;
  /** The deadline of the call (ms), answered or not. */
  readonly deadline: number;
}

export type PurgeAnswer =
  | { readonly kind: "purged" }
  /** There is no cache to purge here. */
  | { readonly kind: "skipped" }
  /** `error` holds no secret. `again`: a further attempt may succeed. */
  | { readonly kind: "failed"; readonly error: string; readonly again: boolean };

/**
 * The base of Netlify's API, and a token of the team. Such a token has no scopes: it may do whatever its owner may do.
 */
export interface NetlifyApi {
  readonly url: string;
  readonly token: string;
}

/** Encrypts credentials for the store. */
export interface Sealer {
  /** The public id of the current key, which reveals nothing about the key; null: there is no key. */
  readonly keyId: string | null;
  /** Seals a text for one place (`placeOf`). */
  seal(text: string, place: string): string;
  /** Opens a text. Null: it was sealed for another place, or with a key that is not configured. */
  open(sealed: string, place: string): string | null;
  /**
   * Whether the text is sealed with the current key. Other texts must be sealed again before the former key is removed.
   */
  isCurrent(sealed: string): boolean;
  /** Whether the text opens at one place alone. A text of an earlier release does not, and must be sealed again. */
  isBound(sealed: string): boolean;
}

/** The call that a callback URL belongs to. */
export interface CallbackClaims {
  readonly layerId: string;
  readonly syncId: string;
  readonly slug: string;
  readonly fence: number;
}

/** Signatures and URLs that rest on the system's secret or on a source's. */
export interface Signer {
  /** The three Standard Webhooks headers, with one signature for each secret. */
  standard(secrets: readonly string[], id: string, at: number, body: string): Record<string, string>;
  /** The URL at which a job reports the end of one call. Equal claims give equal URLs. */
  callbackUrl(claims: CallbackClaims): string;
  /** Whether the token of a callback URL was made by us for these claims. */
  isCallback(claims: CallbackClaims, token: string): boolean;
}

/** An event for the operator's log. It holds no secret: webhooks appear by `ref`, and URLs not at all. */
export type Fact =
  | {
      readonly kind: "delivery.accepted";
      readonly layer: string;
      readonly sync: string;
      readonly queued: boolean;
      readonly wrote: boolean;
    }
  | {
      readonly kind: "request";
      readonly method: string;
      /** The path, with only our own words in it; anything else may be a secret. */
      readonly path: string;
      /** The host of the page that sent the request. */
      readonly referer: string | null;
      readonly layer: string | null;
      readonly status: number;
      readonly outcome: "done" | "refused" | "failed";
      /** The code of the problem in the answer. */
      readonly code: string | null;
      /** The fault that makes the store unusable, if that is the problem. */
      readonly fault?: StoreFault;
      readonly ms: number;
    }
  | { readonly kind: "delivery.ignored"; readonly layer: string; readonly code: string }
  | { readonly kind: "delivery.refused"; readonly layer: string; readonly code: string }
  | {
      readonly kind: "notification.sent";
      readonly layer: string;
      readonly event: string;
      readonly ok: boolean;
      readonly error?: string;
    }
  /** The platform runs a worker's call again, because an earlier worker died. */
  | { readonly kind: "run.again"; readonly target: Target }
  | { readonly kind: "run.claimed"; readonly target: Target; readonly fence: number; readonly parts: readonly string[] }
  | { readonly kind: "run.ended"; readonly target: Target; readonly fence: number }
  | { readonly kind: "run.parked"; readonly target: Target; readonly fence: number }
  | { readonly kind: "run.fenced"; readonly target: Target; readonly fence: number }
  | { readonly kind: "run.handed-over"; readonly target: Target; readonly fence: number }
  | {
      readonly kind: "part.decided";
      readonly target: Target;
      readonly part: string;
      readonly ok: boolean;
      /** Why the report failed: no answer, one that is no success, or a build that Netlify holds back. */
      readonly code?: "NO_ANSWER" | "JOB_FAILED" | "HELD";
      readonly error?: string;
    }
  /** A deploy notification ended a build, or one attempt of it. */
  | {
      readonly kind: "build.ended";
      readonly target: Target;
      readonly build: string;
      readonly stage: Stage;
      /** Why, in one sentence. */
      readonly reason?: string;
    }
  | { readonly kind: "cache.purged"; readonly layer: string; readonly outcome: string; readonly error?: string }
  | {
      readonly kind: "drain.ticked";
      readonly listed: number;
      readonly read: number;
      readonly woken: number;
      readonly failed: number;
      /** Documents that were left to the next tick. */
      readonly left: number;
    }
  | { readonly kind: "trouble"; readonly where: string; readonly error: string };

/** Everything that the use cases need from outside. */
export interface Deps {
  readonly store: Store;
  readonly archive: Archive;
  readonly clock: Clock;
  readonly ids: Ids;
  /** A number from 0 to 1. */
  random(): number;
  readonly outgoing: Outgoing;
  /** Purges tags of a site's cache. Never throws. */
  purge(request: PurgeRequest): Promise<PurgeAnswer>;
  readonly sealer: Sealer;
  readonly signer: Signer;
  /** A short text that changes whenever a long text does. */
  digest(text: string): string;
  /** Requests a worker, as a hint. A failure is logged and never thrown, because the drain repairs a lost wake. */
  wake(target: Target): Promise<void>;
  report(fact: Fact): void;
  /** The base of every URL that we print, without a slash at the end. */
  readonly publicUrl: string;
  /** The platform's id of the current request; absent without one. A caller cannot choose it. */
  readonly requestId?: string;
  /** Which code runs: a text that changes with every deploy. What code derived from documents is worth nothing to other code. */
  readonly release: string;
  /** How long records are kept. */
  readonly retention: Retention;
  /** The credits that the team's plan has in a month; absent: those of a Free plan. */
  readonly monthlyCredits?: number;
  /** Whether a schedule ticks the drain here; absent: it does. Previews and branch deploys have no schedule. */
  readonly isTicked?: boolean;
  /** A URL that each tick calls when it went well. It is a secret. Absent: none is called. */
  readonly pingUrl?: string;
  /**
   * Opens the request that the log keeps of a delivery, and reads values of its body by paths. Null: the request is not
   * kept. Absent: nobody reads requests here.
   */
  readRequest?(layerId: string, sealed: string | undefined): ((path: string) => unknown) | null;
  /** Absent: there is no token for Netlify's API. */
  readonly netlify?: NetlifyApi;
  /** Whether the caller may know of a layer; absent: of every layer. A hidden layer counts as missing. */
  sees?(layer: LayerDocument): boolean;
}
