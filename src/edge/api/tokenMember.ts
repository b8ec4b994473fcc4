import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiConfig, Member } from "./options.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Netlify's roles in any case; the older Collaborator has the same right. What is not known only reads. */
const roleOf = (role: string): string => {
  const known: Record<string, string> = { owner: "Owner", developer: "Developer", collaborator: "Developer" };
  return new Map(Object.entries(known)).get(role.trim().toLowerCase()) ?? role;
};

/** Makes the check of the configured tokens. All are compared, as digests, so that the answer's time tells nothing. */
export const tokenMember = (config: ApiConfig): ((token: string) => Member | null) => {
  const owner = { id: "token:owner", name: "Owner token", email: "" };
  const known = [
    ...(config.ownerToken === undefined ? [] : [{ digest: digest(config.ownerToken), role: "Owner", actor: owner }]),
    ...config.tokens.map(({ name, email, role, token }) => ({
      digest: digest(token),
      role: roleOf(role),
      actor: { id: `token:${email === "" ? name : email}`, name, email },
    })),
  ];
  return (token) => {
    const given = digest(token);
    const [found] = known.filter((candidate) => timingSafeEqual(candidate.digest, given));
    return found === undefined ? null : { actor: found.actor, role: found.role, via: "token" };
  };
};
