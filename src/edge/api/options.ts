import type { Access, Identified } from "../access/member.ts";
import type { Reach } from "../outgoing/reach.ts";

/** What the API needs besides the request. */
export interface ApiOptions extends Access {
  /** Says why a URL may not be called, for the person who entered it; null: it may be called. */
  checkUrl(url: string): string | null;
  /** Whether we reach ourselves and the outside world reaches us; absent: unknown. Never throws. */
  reach?(): Promise<Reach>;
}

/** The options, and the function that identifies callers. */
export interface Serving extends ApiOptions {
  /** The sender of a request. Throws what the store throws. */
  identify(request: Request): Promise<Identified>;
}
