import { findTokenByHash, lookUpSession, recordUse, wantsTouch } from "../../app/manage/tokens.ts";
import { boundedActor } from "../../core/access/boundedActor.ts";
import type { StoredToken } from "../../core/access/tokens.ts";
import {
  expired,
  foreignOrigin,
  identityUnavailable,
  notAMember,
  sessionOver,
  unauthenticated,
} from "./identityProblems.ts";
import type { Access, Identified, Member } from "./member.ts";
import { hasSession, isForeign, readSession } from "./sessions.ts";
import { configuredMembers, roleOf, storedMember, TOKEN_PREFIX, tokenDigest, tokenMember } from "./tokenMember.ts";

const refusal = (response: Response): Identified => ({ kind: "refused", response });
const identified = (member: Member): Identified => ({
  kind: "member",
  member: { ...member, actor: boundedActor(member.actor) },
});

const bearerOf = (authorization: string): string | undefined => /^bearer +(\S{1,4096}) *$/i.exec(authorization)?.[1];

const byStored = (options: Access, token: StoredToken): Identified => {
  const now = options.deps.clock.now();
  const member = storedMember(token, now);
  if (member === "expired") return refusal(expired());
  if (wantsTouch(token, now)) options.afterwards(recordUse(options.deps, token.id));
  return identified(member);
};

const byAccount = async ({ accounts, deps }: Access, token: string): Promise<Identified> => {
  if (accounts === null) return refusal(unauthenticated());
  const answer = await accounts.whose(token);
  switch (answer.kind) {
    case "member": {
      const { actor } = answer;
      const role = roleOf(answer.role);
      return identified({ actor, role, via: "netlify", proof: { kind: "netlify", team: accounts.team } });
    }
    case "unknown":
      return refusal(unauthenticated());
    case "stranger":
      return refusal(notAMember());
    case "unavailable":
      deps.report({ kind: "trouble", where: "Netlify's API", error: answer.reason });
      return refusal(identityUnavailable(answer.retryAfter));
  }
};

/**
 * Makes the function that identifies a caller. Each kind of token is looked up in one place only, cheapest first: the
 * configuration, then the store (with a strong read, so that a deleted token is refused at once), then Netlify. No
 * token reaches a place for another kind.
 */
export const makeIdentify = (options: Access): ((request: Request) => Promise<Identified>) => {
  const members = configuredMembers(options.config);
  const byToken = async (token: string): Promise<Identified> => {
    const member = tokenMember(members, token);
    if (member !== null) return identified(member);
    if (token.startsWith(TOKEN_PREFIX)) {
      const stored = await findTokenByHash(options.deps, tokenDigest(token));
      return stored === null ? refusal(unauthenticated()) : byStored(options, stored);
    }
    return byAccount(options, token);
  };
  const bySession = async (request: Request): Promise<Identified> => {
    if (hasSession(request) && isForeign(request, options.deps.publicUrl)) return refusal(foreignOrigin());
    const session = await readSession(request, options, members);
    if (session.kind === "none") return refusal(unauthenticated());
    if (session.kind === "over") return refusal(sessionOver());
    const tokenId = session.kind === "stored" ? session.tokenId : null;
    const { ended, token } = await lookUpSession(options.deps, session.session, tokenId);
    if (ended) return refusal(sessionOver());
    if (session.kind === "member") return identified(session.member);
    return token === null ? refusal(sessionOver()) : byStored(options, token);
  };
  return async (request) => {
    const authorization = request.headers.get("authorization");
    // A token in the request takes precedence over a cookie, even if the token is wrong.
    if (authorization === null) return bySession(request);
    const token = bearerOf(authorization);
    return token === undefined ? refusal(unauthenticated()) : byToken(token);
  };
};
