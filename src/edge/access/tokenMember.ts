import { createHash } from "node:crypto";
import { isExpired, isForLayer, type StoredToken } from "../../core/access/tokens.ts";
import { isSameText } from "../secrets.ts";
import type { ApiConfig, Member } from "./member.ts";

/** The digest of a token: SHA-256, in hex. */
export const tokenDigest = (token: string): string => createHash("sha256").update(token).digest("hex");

/** The members in the configuration, each with the digest of their token. */
export const configuredMembers = (config: ApiConfig): readonly Member[] => {
  const owner = { id: "token:owner", name: "Owner token", email: "" };
  const entries = [
    ...(config.ownerToken === undefined ? [] : [{ token: config.ownerToken, role: "Owner", actor: owner }]),
    ...config.tokens.map(({ name, email, role, token }) => ({
      token,
      role: roleOf(role),
      // A name may be any text, so its id has a prefix that neither `token:owner` nor the ids of run-time tokens have.
      actor: { id: email === "" ? `named:${name}` : `token:${email}`, name, email },
    })),
  ];
  return entries.map(({ token, role, actor }) => ({
    actor,
    role,
    via: "token",
    proof: { kind: "configured", digest: tokenDigest(token) },
  }));
};

/** The configured member of a token. All digests are compared, so that the time of the answer reveals nothing. */
export const tokenMember = (members: readonly Member[], token: string): Member | null => {
  const wanted = tokenDigest(token);
  const matches = members.filter(({ proof }) => proof.kind === "configured" && isSameText(proof.digest, wanted));
  return matches[0] ?? null;
};

/** The prefix of tokens created at run time. Other texts cost no read of the store. */
export const TOKEN_PREFIX = "lh_";

/** The member of a stored token; `expired` if the token has expired. */
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

const roles = new Map([
  ["owner", "Owner"],
  ["developer", "Developer"],
  ["collaborator", "Developer"],
]);

/** Netlify's roles, in any case of letters. The older Collaborator counts as Developer, and unknown roles only read. */
export const roleOf = (role: string): string => roles.get(role.trim().toLowerCase()) ?? role.trim();
