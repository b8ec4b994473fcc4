import { createHash } from "node:crypto";
import { isExpired, isForLayer, type StoredToken } from "../../core/access/tokens.ts";
import { isSameText } from "../secrets.ts";
import type { ApiConfig, Member } from "./member.ts";

/** The digest by which a token is known: SHA-256, in hex. */
export const tokenDigest = (token: string): string => createHash("sha256").update(token).digest("hex");

/** The members that the configuration names, each with the digest of their token. */
export const configuredMembers = (config: ApiConfig): readonly Member[] => {
  const owner = { id: "token:owner", name: "Owner token", email: "" };
  const named = [
    ...(config.ownerToken === undefined ? [] : [{ token: config.ownerToken, role: "Owner", actor: owner }]),
    ...config.tokens.map(({ name, email, role, token }) => ({
      token,
      role: roleOf(role),
      // Of another kind than `token:owner` and the ids of tokens made at run time: a name may be any text.
      actor: { id: email === "" ? `named:${name}` : `token:${email}`, name, email },
    })),
  ];
  return named.map(({ token, role, actor }) => ({
    actor,
    role,
    via: "token",
    proof: { kind: "configured", digest: tokenDigest(token) },
  }));
};

/** The configured member of a token. All are compared, as digests, so that the answer's time tells nothing. */
export const tokenMember = (members: readonly Member[], token: string): Member | null => {
  const given = tokenDigest(token);
  const found = members.filter(({ proof }) => proof.kind === "configured" && isSameText(proof.digest, given));
  return found[0] ?? null;
};

/** How a token made at run time begins: what does not begin so costs the store nothing. */
export const TOKEN_PREFIX = "lh_";

/** The member that a stored token stands for; `expired` if its time is over. */
export const storedMember = (token: StoredToken, now: number): Member | "expired" =>
  isExpired(token, now)
    ? "expired"
    : {
        actor: { id: `token:${token.id}`, name: token.name, email: "" },
        role: token.role,
        via: "token",
        proof: { kind: "stored", id: token.id },
        ...(token.dataLayers === undefined
          ? {}
          : { dataLayers: token.dataLayers, sees: (layer) => isForLayer(token, layer) }),
      };

const known = new Map([
  ["owner", "Owner"],
  ["developer", "Developer"],
  ["collaborator", "Developer"],
]);

/** Netlify's roles in any case; the older Collaborator has the right of a Developer. What is not known only reads. */
export const roleOf = (role: string): string => known.get(role.trim().toLowerCase()) ?? role.trim();
