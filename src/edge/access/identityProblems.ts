import { problem } from "../problem.ts";

const challenge = { "www-authenticate": "Bearer", vary: "Authorization, Cookie" };

/** 401: the request has no token, or one that belongs to nobody. */
export const unauthenticated = (): Response =>
  problem(
    {
      status: 401,
      code: "UNAUTHENTICATED",
      title: "You are not signed in",
      detail: 'Send a valid token: "Authorization: Bearer <token>".',
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
      detail: "This token's time is over. Ask an Owner for a new one.",
    },
    challenge,
  );

/** 401: the session does not exist or has ended. */
export const sessionOver = (): Response =>
  problem(
    {
      status: 401,
      code: "SESSION_OVER",
      title: "Your session is over",
      detail: "It has expired, or the token it began with is not valid any more. Sign in again.",
    },
    challenge,
  );

/** 403: a page of another origin caused a request of the session. */
export const foreignOrigin = (): Response =>
  problem({
    status: 403,
    code: "FOREIGN_ORIGIN",
    title: "This comes from another site",
    detail: "With a session, requests are taken from this system's own pages alone. Programs send a token instead.",
  });

/** 403: the Netlify account belongs to another team, or Netlify does not say its role. */
export const notAMember = (): Response =>
  problem({
    status: 403,
    code: "NOT_A_MEMBER",
    title: "You are not of this team",
    detail:
      "Netlify knows your token, and you are not a member of this site's team, or your role in it cannot be learned. Ask an Owner to invite you, or for a token of this system.",
  });

/** 503: Netlify could not say whose token this is. */
export const identityUnavailable = (retryAfter: number): Response =>
  problem(
    {
      status: 503,
      code: "IDENTITY_UNAVAILABLE",
      title: "Netlify does not answer",
      detail: "Netlify could not be asked whose token this is. Nothing was done; try again soon, or use another token.",
    },
    { "retry-after": String(retryAfter) },
  );
