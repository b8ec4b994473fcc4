import { randomBytes } from "node:crypto";
import type { LocalHandler } from "./gateway.ts";

export interface SignInOptions {
  /** The URL of this server. */
  readonly base: string;
  readonly ownerToken: string;
  /** Called after a sign-in, with the link for the next one. */
  readonly onSignIn: (link: string) => void;
}

export interface SignIn {
  /** The link that signs its first caller in as the owner. */
  link(): string;
  readonly handle: LocalHandler;
}

const PATH = "/dev/sign-in/";
const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};

/**
 * Creates links that sign the owner in without the token: `GET /dev/sign-in/{code}` answers with a session's cookie and
 * leads to the dashboard. Each link works once. No function sees the code, so no log does either.
 */
export function createSignIn({ base, ownerToken, onSignIn }: SignInOptions): SignIn {
  const newCode = (): string => randomBytes(24).toString("base64url");
  let code = newCode();
  const link = (): string => `${base}${PATH}${code}`;

  const handle: LocalHandler = async (request, response, { pathname }) => {
    if (!pathname.startsWith(PATH)) return false;
    const answer = (status: number, text: string, headers: Record<string, string> = {}): true => {
      const type = { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(text) };
      response.writeHead(status, { ...HEADERS, ...type, ...headers }).end(request.method === "HEAD" ? "" : text);
      return true;
    };
    // A preview of a link asks with HEAD, and must not use it up.
    if (request.method !== "GET") return answer(405, "Open this link in a browser.\n", { allow: "GET" });
    if (pathname.slice(PATH.length) !== code)
      return answer(410, "This sign-in link has been used, or is of an earlier start. The terminal shows a new one.\n");
    code = newCode();
    const session = await fetch(`${base}/api/v1/session`, {
      method: "POST",
      headers: { authorization: `Bearer ${ownerToken}` },
    });
    onSignIn(link());
    const text = await session.text();
    const [cookie] = session.headers.getSetCookie();
    if (!session.ok || cookie === undefined) return answer(502, `The sign-in failed (${session.status}): ${text}\n`);
    return answer(303, "", { location: "/", "set-cookie": cookie });
  };
  return { link, handle };
}
