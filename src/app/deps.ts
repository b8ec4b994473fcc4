import type { LayerDocument } from "../core/layer/layer.ts";
import type { Retention } from "../core/retention.ts";
import type { Archive, Store, StoreFault } from "../store/store.ts";

/** Time as an argument: the only way to it below the edge. */
export interface Clock {
  /** Wall clock (ms since 1970). */
  now(): number;
  /** A clock that never jumps (ms since some moment). */
  elapsed(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A new id that sorts by the time of its making (lower-case UUIDv7). */
  timeOrdered(): string;
  /** A new id that nobody can guess (URL-safe, case-sensitive). */
  secret(): string;
  /** A short public name, unique enough within one layer. */
  ref(): string;
  /** A signing secret in the form of Standard Webhooks (`whsec_…`). */
  signingSecret(): string;
}

/** What is called: which slot needs a worker. */
export interface Target {
  readonly kind: "layer" | "site";
  readonly id: string;
}

export interface OutgoingRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The call ends after this (ms), answered or not. */
  readonly deadline: number;
  /** How much of the answer is read; absent: 64 KB. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

export type OutgoingAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | null;
      readonly retryAfter: string | null;
      /** The body, as much of it as was to be read … */
      readonly text: string;
      /** … and whether that is not all of it. */
      readonly cut?: boolean;
    }
  /** No answer came; `error` says why, in words that hold no secret. */
  | {
      readonly kind: "silence";
      readonly error: string;
      /** It was not even called, and will not be: the guard does not let calls there. */
      readonly refused?: boolean;
    };

/** The guarded way out: https only, no internal addresses, no redirects, every call bounded. Never throws. */
export interface Outgoing {
  send(request: OutgoingRequest): Promise<OutgoingAnswer>;
}

/** Cache tags to purge. */
export interface PurgeRequest {
  readonly tags: readonly string[];
  /** Null: the site we run on. */
  readonly siteId: string | null;
  /** The call ends after this (ms), answered or not. */
  readonly deadline: number;
}

export type PurgeAnswer =
  | { readonly kind: "purged" }
  /** There is no cache to purge here. */
  | { readonly kind: "skipped" }
  /** `error` holds no secret; `again`: another try may end otherwise. */
  | { readonly kind: "failed"; readonly error: string; readonly again: boolean };

/** Where Netlify's API is, and a token of the team's. Such a token has no scopes: it may do whatever its owner may. */
export interface NetlifyApi {
  readonly url: string;
  readonly token: string;
}

/** Keeps credentials unreadable in the store. */
export interface Sealer {
  /** Names the key in use, and tells nothing of it; null: there is none. */
  readonly keyId: string | null;
  /** Seals a text for one place (`placeOf`). */
  seal(text: string, place: string): string;
  /** Null if it was sealed for another place, or with a key that is not known any more. */
  open(sealed: string, place: string): string | null;
  /** Whether it was sealed with the key in use; if not, it is to be sealed anew before the former key is dropped. */
  isCurrent(sealed: string): boolean;
  /** Whether it opens at one place alone; if not, a release before sealed it, and it is to be sealed anew. */
  isBound(sealed: string): boolean;
}

/** What one callback URL stands for. */
export interface CallbackClaims {
  readonly layerId: string;
  readonly syncId: string;
  readonly slug: string;
  readonly fence: number;
}

/** Everything that rests on the system's secret, or on a source's. */
export interface Signer {
  /** The three headers of Standard Webhooks; one signature for each secret. */
  standard(secrets: readonly string[], id: string, at: number, body: string): Record<string, string>;
  /** The URL at which a job reports the end of one call; equal claims give an equal URL. */
  callbackUrl(claims: CallbackClaims): string;
  /** Whether a callback URL's token is ours for these claims. */
  isCallback(claims: CallbackClaims, token: string): boolean;
}

/**
 * Something that happened and that an operator may want to see. No fact carries a secret: webhooks appear by `ref`,
 * URLs not at all.
 */
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
      /** Only its own words; what may be a secret is left out. */
      readonly path: string;
      /** The host that it came from. */
      readonly referer: string | null;
      readonly layer: string | null;
      readonly status: number;
      readonly outcome: "done" | "refused" | "failed";
      /** The code of the problem it was answered with. */
      readonly code: string | null;
      /** Why the store cannot be used, if that is the problem. */
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
      /** Why not: nothing came back, or something that is no success. */
      readonly code?: "NO_ANSWER" | "JOB_FAILED";
      readonly error?: string;
    }
  | { readonly kind: "cache.purged"; readonly layer: string; readonly outcome: string; readonly error?: string }
  | {
      readonly kind: "drain.ticked";
      readonly listed: number;
      readonly read: number;
      readonly woken: number;
      readonly failed: number;
    }
  | { readonly kind: "trouble"; readonly where: string; readonly error: string };

/** Everything the use cases need of the outside. */
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
  /** A short text that changes whenever a long one does. */
  digest(text: string): string;
  /** Asks for a worker; a hint. Its failure is reported, never thrown: the drain repairs what a lost wake leaves. */
  wake(target: Target): Promise<void>;
  report(fact: Fact): void;
  /** Base of every URL we print, without a slash at the end. */
  readonly publicUrl: string;
  /** Under which the platform knows the request at hand; absent where there is none. Never what a caller says it is. */
  readonly requestId?: string;
  /** How long records are kept. */
  readonly retention: Retention;
  /** Whether a schedule ticks the drain here; absent: it does. On previews and branch deploys it does not. */
  readonly isTicked?: boolean;
  /** Absent: there is no token for Netlify's API. */
  readonly netlify?: NetlifyApi;
  /** Whether the caller may know of a layer; absent: of every layer. A hidden layer counts as one that does not exist. */
  sees?(layer: LayerDocument): boolean;
}
