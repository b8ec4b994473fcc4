import { problem } from "../problem.ts";
import { type Allowed, allowedRoles, type Identified, type Member, mayWrite } from "./member.ts";

const isAllowed = (allowed: Allowed, member: Member): boolean =>
  allowed === "members" || (allowed === "owners" ? member.role === "Owner" : mayWrite(member));

/** 403: the role may not make this call. The problem names the roles that may. */
export const forbidden = (allowed: Allowed, member: Member, what = "do this"): Response =>
  problem({
    status: 403,
    code: "FORBIDDEN",
    title: "Your role does not allow this",
    detail: `${allowedRoles[allowed]} may ${what}; your role is ${member.role}.`,
    roles: allowed === "owners" ? ["Owner"] : ["Owner", "Developer"],
  });

/** Identifies the caller. */
interface Identifying {
  identify(request: Request): Promise<Identified>;
}

/** The calling member, if their role allows the call; otherwise the problem to return. */
export const whoCalls = async (request: Request, allowed: Allowed, serving: Identifying): Promise<Identified> => {
  const identified = await serving.identify(request);
  if (identified.kind === "refused" || isAllowed(allowed, identified.member)) return identified;
  return { kind: "refused", response: forbidden(allowed, identified.member) };
};
