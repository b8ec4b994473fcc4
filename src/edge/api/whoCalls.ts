import { problem } from "../problem.ts";
import { type Member, mayWrite, type Serving } from "./options.ts";

/** Who may call: whoever has a token, Owner and Developer, or Owner alone. */
export type Allowed = "members" | "writers" | "owners";

/** Those who may, in words. */
export const allowedRoles: Record<Allowed, string> = {
  members: "Any member",
  writers: "Owner and Developer",
  owners: "Owner",
};

const isAllowed = (allowed: Allowed, member: Member): boolean =>
  allowed === "members" || (allowed === "owners" ? member.role === "Owner" : mayWrite(member));

const unauthenticated = (): Response =>
  problem(
    {
      status: 401,
      code: "UNAUTHENTICATED",
      title: "Who are you?",
      detail: 'Send a valid token: "Authorization: Bearer <token>".',
    },
    { "www-authenticate": "Bearer", vary: "Authorization" },
  );

/** 403: the role may not do this, and which may. */
export const forbidden = (allowed: Allowed, member: Member, what = "do this"): Response =>
  problem({
    status: 403,
    code: "FORBIDDEN",
    title: "Your role may not do this",
    detail: `${allowedRoles[allowed]} may ${what}; your role is ${member.role}.`,
    roles: allowed === "owners" ? ["Owner"] : ["Owner", "Developer"],
  });

/** The member who calls, if they may; else the problem to answer with. A token is looked for in one place only. */
export const whoCalls = async (
  request: Request,
  allowed: Allowed,
  serving: Serving,
): Promise<
  { readonly kind: "member"; readonly member: Member } | { readonly kind: "refused"; readonly response: Response }
> => {
  const token = /^bearer +(\S{1,4096}) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const member = token === undefined ? null : await serving.memberOf(token);
  if (member === null) return { kind: "refused", response: unauthenticated() };
  return isAllowed(allowed, member)
    ? { kind: "member", member }
    : { kind: "refused", response: forbidden(allowed, member) };
};
