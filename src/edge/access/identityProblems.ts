import { problem } from "../problem.ts";

const challenge = { "www-authenticate": "Bearer", vary: "Authorization, Cookie" };

/** 401: the request has no token, or one that belongs to nobody. */
export const unauthenticated = (): Response =>
  problem(
    {
      status: 401,
      code: "UNAUTHENTICATED",
      title: "Missing or invalid token",
      detail: 'That token is not valid, or the request has none. Send "Authorization: Bearer <token>".',
    },
    challenge,
  );

/** 401: the token has expired. */
export const expired = (): Response =>
  problem(
    {
      status: 401,
      code: "TOKEN_EXPIRED",
      title: "The token has expired",
      detail: "This token has expired. Ask an Owner for a new token.",
    },
    challenge,
  );

/** 401: the session does not exist or has ended. */
export const sessionOver = (): Response =>
  problem(
    {
      status: 401,
      code: "SESSION_OVER",
      title: "Your session has expired",
      detail: "Your session has expired, or the token that started the session is no longer valid. Sign in again.",
    },
    challenge,
  );

/** 403: a page of another origin caused a request of the session. */
export const foreignOrigin = (): Response =>
  problem({
    status: 403,
    code: "FOREIGN_ORIGIN",
    title: "Request blocked: wrong origin",
    detail:
      "A session works only on Layerhook's own pages, and this request came from another site. Programs must send a token instead.",
  });

/** 403: the Netlify account belongs to another team, or Netlify does not say its role. */
export const notAMember = (): Response =>
  problem({
    status: 403,
    code: "NOT_A_MEMBER",
    title: "You are not a member of this team",
    detail:
      "Your Netlify token is valid, but you are not a member of this site's team, or Layerhook cannot read your role. Ask an Owner to invite you to the team or to create a Layerhook token for you.",
  });

/** 503: Netlify could not say whose token this is. */
export const identityUnavailable = (retryAfter: number): Response =>
  problem(
    {
      status: 503,
      code: "IDENTITY_UNAVAILABLE",
      title: "Netlify does not answer",
      detail:
        "Layerhook could not verify your Netlify token, because Netlify does not answer. Nothing was changed. Try again soon, or use a Layerhook token.",
    },
    { "retry-after": String(retryAfter) },
  );
