import type { Access, Identified } from "../access/member.ts";
import type { Reach } from "../outgoing/reach.ts";

/** What the API needs beside its request. */
export interface ApiOptions extends Access {
  /** Why a URL may not be called, in words for the person who entered it; null if it may. */
  checkUrl(url: string): string | null;
  /** Whether we reach ourselves and the world reaches us; absent: nobody can tell. Never throws. */
  reach?(): Promise<Reach>;
}

/** The options, and the one way to know who calls. */
export interface Serving extends ApiOptions {
  /** Who sent a request. Throws what the store throws. */
  identify(request: Request): Promise<Identified>;
}
