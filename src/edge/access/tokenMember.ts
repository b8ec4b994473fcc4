import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiConfig, Member } from "./member.ts";
import { roleOf } from "./roleOf.ts";

/** The digest by which a token is known: SHA-256, in hex. */
export const tokenDigest = (token: string): string => createHash("sha256").update(token).digest("hex");

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

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
  const found = members.filter(({ proof }) => proof.kind === "configured" && equal(proof.digest, given));
  return found[0] ?? null;
};
