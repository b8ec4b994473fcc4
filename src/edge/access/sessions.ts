import { createHmac, randomBytes } from "node:crypto";
import { parse, serialize } from "hono/utils/cookie";
import { z } from "zod";
import type { Session } from "../../core/access/tokens.ts";
import { HOUR, SECOND } from "../../core/durations.ts";
import { actorSchema } from "../../core/slot/sync.ts";
import { isLoopbackHost } from "../outgoing/refusedUrl.ts";
import { digest, isSameText, keyFor, slowKeyFor } from "../secrets.ts";
import type { Access, Member } from "./member.ts";

/** A token's session may last a working day, because each request checks the token again (ms). */
const TOKEN_SESSION = 8 * HOUR;
/** A Netlify account's session is short, because its token is not kept and Netlify cannot be asked again (ms). */
const NETLIFY_SESSION = HOUR;

const ISSUER = "layerhook";

/** The proof behind a session, as stored in its cookie: enough to check it again, and no token. */
const claimsSchema = z.object({
  proof: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("configured"), print: z.string() }),
    z.object({ kind: z.literal("stored"), id: z.string() }),
    z.object({ kind: z.literal("netlify"), team: z.string(), actor: actorSchema, role: z.string() }),
  ]),
});
type Claims = z.infer<typeof claimsSchema>;

/** The result of reading a session's cookie. */
export type SessionRead =
  | { readonly kind: "none" }
  /** The session has expired, is of another system or tampered with, or its proof no longer exists. */
  | { readonly kind: "over" }
  | { readonly kind: "member"; readonly member: Member; readonly session: Session }
  /** The session's token must be looked up. */
  | { readonly kind: "stored"; readonly tokenId: string; readonly session: Session };

const isSecure = (request: Request): boolean => !isLoopbackHost(new URL(request.url).hostname.replace(/^\[|\]$/g, ""));

/** The cookie's name. Its prefix keeps neighbouring hosts from setting the cookie. */
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

/** Whether a request has a session cookie, valid or not. */
export const hasSession = (request: Request): boolean => cookieOf(request) !== undefined;

/**
 * Whether a page of another origin caused a request of a session. `SameSite=Strict` stops other sites, but a
 * neighbouring host is the same site. Reads matter too: an export writes to the audit log. `none` means that a person
 * entered the URL. Old browsers send no such header with reads.
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

/** The keys that open sessions. Former releases signed with fast keys. */
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

/** Begins a session for a member. Returns its `Set-Cookie` and when it expires (ms). */
export const beginSession = async (
  request: Request,
  options: Access,
  member: Member,
): Promise<{ readonly setCookie: string; readonly expiresAt: number }> => {
  const key = signingKey(options);
  if (key === null) throw new RangeError("there is no secret to sign with");
  // Loaded only here, because deliveries and calls with a bearer token do not need it.
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

interface VerifiedSession {
  readonly key: Buffer;
  readonly claims: Claims;
  readonly session: Session;
}

/** A session's id: a digest of its cookie without the signature, which has several base64url spellings. */
const idOf = (jwt: string): string => digest(jwt.slice(0, jwt.lastIndexOf(".")));

/** The name of the proof behind a session. */
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

const verifyWith = async (jwt: string, key: Buffer, { deps }: Access): Promise<VerifiedSession | null> => {
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

const verify = async (jwt: string, options: Access): Promise<VerifiedSession | null> => {
  for (const key of keysOf(options)) {
    const session = await verifyWith(jwt, key, options);
    if (session !== null) return session;
  }
  return null;
};

/** The session to end, if a request has one that has not expired; null: there is nothing to record. */
export const sessionToEnd = async (request: Request, options: Access): Promise<Session | null> => {
  const jwt = cookieOf(request);
  return jwt === undefined ? null : ((await verify(jwt, options))?.session ?? null);
};

/**
 * Reads a request's session. A token of the configuration must still exist, and a Netlify account's team must still be
 * the configured one, so that a change of the configuration takes effect at once. Whether a person ended the session is
 * in the store.
 */
export const readSession = async (
  request: Request,
  options: Access,
  configured: readonly Member[],
): Promise<SessionRead> => {
  const jwt = cookieOf(request);
  if (jwt === undefined) return { kind: "none" };
  const found = await verify(jwt, options);
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
