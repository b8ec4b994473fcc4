import { createHmac, randomBytes } from "node:crypto";
import { parse, serialize } from "hono/utils/cookie";
import { z } from "zod";
import type { Session } from "../../core/access/tokens.ts";
import { HOUR, SECOND } from "../../core/durations.ts";
import { actorSchema } from "../../core/slot/slot.ts";
import { isLoopbackHost } from "../outgoing/refusedUrl.ts";
import { digest, isSameText, keyFor, slowKeyFor } from "../secrets.ts";
import type { Access, Member } from "./member.ts";

/** A session of a token lasts a working day: the token is looked at with every request. */
const TOKEN_SESSION = 8 * HOUR;
/** One of a Netlify account is short: its token is forgotten, so nobody can be asked again. */
const NETLIFY_SESSION = HOUR;

const ISSUER = "layerhook";

/** What a session rests on, as its cookie says it: enough to look again whether that still stands, and no token. */
const claimsSchema = z.object({
  proof: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("configured"), print: z.string() }),
    z.object({ kind: z.literal("stored"), id: z.string() }),
    z.object({ kind: z.literal("netlify"), team: z.string(), actor: actorSchema, role: z.string() }),
  ]),
});
type Claims = z.infer<typeof claimsSchema>;

/** Who a session's cookie says that it is. */
export type SessionRead =
  | { readonly kind: "none" }
  /** Expired, of another system, tampered with, or what it rests on is gone. */
  | { readonly kind: "over" }
  | { readonly kind: "member"; readonly member: Member; readonly session: Session }
  /** The token it was begun with is to be looked up. */
  | { readonly kind: "stored"; readonly tokenId: string; readonly session: Session };

const isSecure = (request: Request): boolean => !isLoopbackHost(new URL(request.url).hostname.replace(/^\[|\]$/g, ""));

/** The cookie's name, which itself forbids that a neighbouring host sets it. */
export const SESSION_COOKIE = "__Host-layerhook";

const nameFor = (request: Request): string => (isSecure(request) ? SESSION_COOKIE : "layerhook");

const cookie = (request: Request, value: string, maxAge: number): string =>
  serialize(nameFor(request), value, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: isSecure(request),
    maxAge,
  });

const cookieOf = (request: Request): string | undefined => {
  const name = nameFor(request);
  return parse(request.headers.get("cookie") ?? "", name)[name];
};

/** Whether a request carries a session, sound or not. */
export const hasSession = (request: Request): boolean => cookieOf(request) !== undefined;

/**
 * Whether a request with a session was caused by a page of another origin. `SameSite=Strict` keeps other sites out
 * already; a page on a neighbouring host is the same site and another origin, and a read leaves its trace too: an export
 * is in the audit log. `none` is a person who entered the address. Old browsers say nothing of where a read comes from.
 */
export const isForeign = (request: Request, publicUrl: string): boolean => {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (site !== null && site !== "same-origin" && !(isRead && site === "none")) return true;
  if (origin !== null) return origin !== new URL(request.url).origin && origin !== new URL(publicUrl).origin;
  return site === null && !isRead;
};

const signingKey = ({ config }: Access): Buffer | null => {
  const [secret] = config.sessionSecrets;
  return secret === undefined ? null : slowKeyFor(secret, "session");
};

/** The keys that sessions are opened with. A former release signed with the fast ones. */
function* keysOf({ config }: Access): Generator<Buffer> {
  for (const secret of config.sessionSecrets) yield slowKeyFor(secret, "session");
  for (const secret of config.sessionSecrets) yield keyFor(secret, "session");
}

const printOf = (key: Buffer, digest: string): string => createHmac("sha256", key).update(digest).digest("base64url");

const claimsOf = (key: Buffer, { proof, actor, role }: Member): Claims => {
  switch (proof.kind) {
    case "configured":
      return { proof: { kind: "configured", print: printOf(key, proof.digest) } };
    case "stored":
      return { proof };
    case "netlify":
      return { proof: { ...proof, actor, role } };
  }
};

/** Begins a session for a member. Gives its `Set-Cookie` and when it ends (ms). */
export const beginSession = async (
  request: Request,
  options: Access,
  member: Member,
): Promise<{ readonly setCookie: string; readonly expiresAt: number }> => {
  const key = signingKey(options);
  if (key === null) throw new RangeError("there is no secret to sign with");
  // Loaded here: taking a delivery, or a call with a bearer token, has no use for it.
  const { SignJWT } = await import("jose");
  const length = member.proof.kind === "netlify" ? NETLIFY_SESSION : TOKEN_SESSION;
  const begun = Math.floor(options.deps.clock.now() / SECOND);
  const jwt = await new SignJWT(claimsOf(key, member))
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(ISSUER)
    .setAudience(options.deps.publicUrl)
    .setIssuedAt(begun)
    .setJti(randomBytes(12).toString("base64url"))
    .setExpirationTime(begun + length / SECOND)
    .sign(key);
  return { setCookie: cookie(request, jwt, length / SECOND), expiresAt: begun * SECOND + length };
};

/** The `Set-Cookie` that makes a browser forget its session. */
export const forgetSession = (request: Request): string => cookie(request, "", 0);

interface Verified {
  readonly key: Buffer;
  readonly claims: Claims;
  readonly session: Session;
}

/** What was signed, without the signature: its base64url has several spellings. */
const idOf = (jwt: string): string => digest(jwt.slice(0, jwt.lastIndexOf(".")));

/** Names what a session rests on. */
const holderOf = ({ proof }: Claims): string => {
  switch (proof.kind) {
    case "configured":
      return `configured ${proof.print}`;
    case "stored":
      return `stored ${proof.id}`;
    case "netlify":
      return proof.actor.id;
  }
};

const verifiedWith = async (jwt: string, key: Buffer, { deps }: Access): Promise<Verified | null> => {
  const { jwtVerify } = await import("jose");
  try {
    const { payload } = await jwtVerify(jwt, key, {
      algorithms: ["HS256"],
      issuer: ISSUER,
      audience: deps.publicUrl,
      currentDate: new Date(deps.clock.now()),
      requiredClaims: ["exp"],
    });
    const parsed = claimsSchema.safeParse(payload);
    if (!parsed.success) return null;
    const { exp = 0, iat = 0 } = payload;
    const holder = holderOf(parsed.data);
    return { key, claims: parsed.data, session: { id: idOf(jwt), holder, begun: iat * SECOND, until: exp * SECOND } };
  } catch {
    return null;
  }
};

const verified = async (jwt: string, options: Access): Promise<Verified | null> => {
  for (const key of keysOf(options)) {
    const found = await verifiedWith(jwt, key, options);
    if (found !== null) return found;
  }
  return null;
};

/** The session to end, if a request carries one that has not ended by itself; null: there is nothing to record. */
export const sessionToEnd = async (request: Request, options: Access): Promise<Session | null> => {
  const jwt = cookieOf(request);
  return jwt === undefined ? null : ((await verified(jwt, options))?.session ?? null);
};

/**
 * Reads a request's session. A token of the configuration must still be there, and a Netlify account's team must still
 * be the one whose members may come in: what was configured since counts at once. Whether a person has ended it stands in
 * the store.
 */
export const readSession = async (
  request: Request,
  options: Access,
  configured: readonly Member[],
): Promise<SessionRead> => {
  const jwt = cookieOf(request);
  if (jwt === undefined) return { kind: "none" };
  const found = await verified(jwt, options);
  if (found === null) return { kind: "over" };
  const { key, session, claims } = found;
  const { proof } = claims;
  if (proof.kind === "stored") return { kind: "stored", tokenId: proof.id, session };
  if (proof.kind === "configured") {
    const { print } = proof;
    const member = configured.find(
      (one) => one.proof.kind === "configured" && isSameText(printOf(key, one.proof.digest), print),
    );
    return member === undefined ? { kind: "over" } : { kind: "member", member, session };
  }
  const { team, actor, role } = proof;
  if (options.accounts?.team !== team) return { kind: "over" };
  return { kind: "member", member: { actor, role, via: "netlify", proof: { kind: "netlify", team } }, session };
};
