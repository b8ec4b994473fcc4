import type { Deps } from "../../app/deps.ts";
import type { Actor } from "../../core/slot.ts";
import type { Reach } from "../reach.ts";
import type { Route } from "./route.ts";

/** Who calls, and as what. */
export interface Member {
  readonly actor: Actor;
  /** In Netlify's words; every role but these two only reads. */
  readonly role: "Owner" | "Developer" | (string & {});
  /** How they proved it. */
  readonly via: string;
}

export interface ApiConfig {
  readonly ownerToken: string | undefined;
  readonly tokens: readonly {
    readonly name: string;
    readonly email: string;
    readonly role: string;
    readonly token: string;
  }[];
  /** What is wrong with the configuration, without its values. Management is refused while there is anything. */
  readonly problems: readonly string[];
}

/** What the API needs beside its request. */
export interface ApiOptions {
  readonly deps: Deps;
  readonly config: ApiConfig;
  /** Work that goes on after the answer. */
  afterwards(work: Promise<unknown>): void;
  /** Why a URL may not be called, in words for the person who entered it; null if it may. */
  checkUrl(url: string): string | null;
  /** Whether we reach ourselves and the world reaches us; absent: nobody can tell. Never throws. */
  reach?(): Promise<Reach>;
  /** Asked about a bearer token that the configuration does not know. */
  otherMember?(token: string): Promise<Member | null>;
  /** Routes that come from elsewhere and are described and answered as these are. */
  readonly moreRoutes?: readonly Route[];
}

/** The options, and the one way to know a member by a token. */
export interface Serving extends ApiOptions {
  memberOf(token: string): Promise<Member | null>;
}

/** Whether a member may change things: see, by the same right, what gives access to them. */
export const mayWrite = ({ role }: Member): boolean => role === "Owner" || role === "Developer";
