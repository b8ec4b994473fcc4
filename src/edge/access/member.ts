import type { Deps } from "../../app/deps.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import type { Actor } from "../../core/slot/slot.ts";

/** What a member's identity rests on; a session is believed only while this stands. */
export type Proof =
  /** A token of the configuration, by its digest. */
  | { readonly kind: "configured"; readonly digest: string }
  /** A token that was made at run time. */
  | { readonly kind: "stored"; readonly id: string }
  /** A Netlify account, as a member of this team. Its token is forgotten. */
  | { readonly kind: "netlify"; readonly team: string };

/** Who calls, and as what. */
export interface Member {
  readonly actor: Actor;
  /** In Netlify's words; every role but these two only reads. */
  readonly role: "Owner" | "Developer" | (string & {});
  /** How they proved it. */
  readonly via: string;
  readonly proof: Proof;
  /** The data layers this member sees and changes; absent: all of them. */
  readonly dataLayers?: readonly string[];
  /** Whether it is this very layer that `dataLayers` names, and not another one under the same id. */
  sees?(layer: LayerDocument): boolean;
}

export interface ApiConfig {
  /** The secret in use and the one that is being rotated out. */
  readonly secrets: readonly string[];
  /** Those of them that begin and open sessions. */
  readonly sessionSecrets: readonly string[];
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

/** A way to know the members of a Netlify team. */
export interface Accounts {
  /** The team whose members are known. */
  readonly team: string;
  /** Whose token it is. Throws what the store throws. */
  whose(token: string): Promise<AccountAnswer>;
  /** Whether the slug that names the team leads to another account than at first; absent: it is named by its id. */
  hasMoved?(): Promise<boolean>;
}

/** What it takes to know who calls. */
export interface Access {
  readonly deps: Deps;
  readonly config: ApiConfig;
  /** Asked about a bearer token that is not one of this system's; null: Netlify tokens are refused. */
  readonly accounts: Accounts | null;
  /** Work that goes on after the answer. */
  afterwards(work: Promise<unknown>): void;
}

export type Identified =
  | { readonly kind: "member"; readonly member: Member }
  | { readonly kind: "refused"; readonly response: Response };

/** Whether a member may change things: see, by the same right, what gives access to them. */
export const mayWrite = ({ role }: Pick<Member, "role">): boolean => role === "Owner" || role === "Developer";

/** Who may call: whoever has a token, Owner and Developer, or Owner alone. */
export type Allowed = "members" | "writers" | "owners";

/** Those who may, in words. */
export const allowedRoles: Record<Allowed, string> = {
  members: "Any member",
  writers: "Owner and Developer",
  owners: "Owner",
};

/** The same as programs read it: roles by name, `*` for all. */
export const rolesThatMay: Record<Allowed, readonly string[]> = {
  members: ["*"],
  writers: ["Owner", "Developer"],
  owners: ["Owner"],
};

/** What Netlify says about a token. */
export type AccountAnswer =
  | { readonly kind: "member"; readonly actor: Actor; readonly role: string }
  /** Netlify does not know the token. */
  | { readonly kind: "unknown" }
  /** Somebody, but nobody of the team, or nobody whose role can be learned. */
  | { readonly kind: "stranger" }
  /** Netlify did not answer, or not with what can be understood; `retryAfter` in seconds. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfter: number };
