import type { Deps } from "../../app/deps.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import type { Actor } from "../../core/slot/sync.ts";

/** The proof of a member's identity. A session ends when its proof is no longer valid. */
export type Proof =
  /** A token of the configuration, by its digest. */
  | { readonly kind: "configured"; readonly digest: string }
  /** A token created at run time. */
  | { readonly kind: "stored"; readonly id: string }
  /** A Netlify account that is a member of this team. Its token is not kept. */
  | { readonly kind: "netlify"; readonly team: string };

/** The caller and their role. */
export interface Member {
  readonly actor: Actor;
  /** The role in Netlify's words. Every role except Owner and Developer only reads. */
  readonly role: "Owner" | "Developer" | (string & {});
  /** How the caller proved their identity, in a word for the API: `token` or `netlify`. */
  readonly via: string;
  readonly proof: Proof;
  /** The data layers that this member may see and change; absent: all. */
  readonly dataLayers?: readonly string[];
  /** Whether a layer is one of `dataLayers`, and not another layer of the same id. */
  sees?(layer: LayerDocument): boolean;
}

export interface ApiConfig {
  /** The current secret and the former one. */
  readonly secrets: readonly string[];
  /** The secrets that begin and open sessions. */
  readonly sessionSecrets: readonly string[];
  readonly ownerToken: string | undefined;
  readonly tokens: readonly {
    readonly name: string;
    readonly email: string;
    readonly role: string;
    readonly token: string;
  }[];
  /** The mistakes in the configuration, without values. Management is refused while there are any. */
  readonly problems: readonly string[];
}

/** Identifies the members of a Netlify team. */
export interface Accounts {
  /** The team. */
  readonly team: string;
  /** Identifies the owner of a Netlify token. Throws what the store throws. */
  whose(token: string): Promise<AccountAnswer>;
  /** Whether the configured slug now belongs to another account; absent: the team is configured by its id. */
  hasMoved?(): Promise<boolean>;
}

/** What is needed to identify a caller. */
export interface Access {
  readonly deps: Deps;
  readonly config: ApiConfig;
  /** Identifies Netlify tokens; null: they are refused. */
  readonly accounts: Accounts | null;
  /** Work after the answer. */
  afterwards(work: Promise<unknown>): void;
}

export type Identified =
  | { readonly kind: "member"; readonly member: Member }
  | { readonly kind: "refused"; readonly response: Response };

/** Whether a member may change things, and so may see what gives access to them. */
export const mayWrite = ({ role }: Pick<Member, "role">): boolean => role === "Owner" || role === "Developer";

/** Who may call a route: every member, Owner and Developer, or Owner alone. */
export type Allowed = "members" | "writers" | "owners";

/** The roles in words. */
export const allowedRoles: Record<Allowed, string> = {
  members: "Any member",
  writers: "Owner and Developer",
  owners: "Owner",
};

/** The same for programs: the names of the roles, or `*` for all. */
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
  /** A person outside the team, or one whose role cannot be learned. */
  | { readonly kind: "stranger" }
  /** Netlify did not answer, or gave an answer that cannot be understood. `retryAfter` is in seconds. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfter: number };
