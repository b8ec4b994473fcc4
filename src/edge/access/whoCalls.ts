import { type Identified, type Member, mayWrite, type Serving } from "../api/options.ts";
import { problem } from "../problem.ts";

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

const isAllowed = (allowed: Allowed, member: Member): boolean =>
  allowed === "members" || (allowed === "owners" ? member.role === "Owner" : mayWrite(member));

/** 403: the role may not do this, and which may. */
export const forbidden = (allowed: Allowed, member: Member, what = "do this"): Response =>
  problem({
    status: 403,
    code: "FORBIDDEN",
    title: "Your role may not do this",
    detail: `${allowedRoles[allowed]} may ${what}; your role is ${member.role}.`,
    roles: allowed === "owners" ? ["Owner"] : ["Owner", "Developer"],
  });

/** The member who calls, if they may; else the problem to answer with. */
export const whoCalls = async (request: Request, allowed: Allowed, serving: Serving): Promise<Identified> => {
  const identified = await serving.identify(request);
  if (identified.kind === "refused" || isAllowed(allowed, identified.member)) return identified;
  return { kind: "refused", response: forbidden(allowed, identified.member) };
};
