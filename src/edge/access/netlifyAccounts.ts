import { z } from "zod";
import type { Deps } from "../../app/deps.ts";
import { accountOfSlug, hasMoved } from "../../app/manage/team.ts";
import { boundedActor } from "../../core/access/boundedActor.ts";
import type { Account, Team } from "../../core/access/team.ts";
import { defined } from "../../core/defined.ts";
import { readBody } from "../readBody.ts";
import type { AccountMemory } from "./accountMemory.ts";
import type { AccountAnswer, Accounts } from "./member.ts";

/** The deadline for all three requests together, because a person waits (ms). */
const DEADLINE_MS = 6000;
const ANSWER_BYTES = 4 * 1024 * 1024;
/** How long to wait if Netlify does not say (seconds). */
const RETRY_AFTER = 5;

/**
 * The formats of Netlify tokens: a prefix as in `nfp_…`, or 40 to 64 characters for older ones. Nothing else is sent to
 * Netlify.
 */
const TOKEN = /^(?:nf[a-z]_[A-Za-z0-9_-]{16,512}|[A-Za-z0-9_-]{40,64})$/;

const textOrNothing = z.string().nullish();
const userSchema = z.object({ id: z.string().min(1), full_name: textOrNothing, email: textOrNothing });
const accountsSchema = z.array(
  z.object({ id: z.string(), slug: z.string().min(1), owner_ids: z.array(z.string()).nullish() }),
);
const membersSchema = z.array(z.object({ id: textOrNothing, email: textOrNothing, role: textOrNothing }));

/** A request to Netlify failed. The message names the request and the answer, never the token. */
class Unavailable extends Error {
  override name = "Unavailable";
  readonly retryAfter: number;
  constructor(message: string, retryAfter = RETRY_AFTER) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** How long Netlify asks to wait, by either of its headers, and at most 60 (seconds). */
const retryAfterOf = (headers: Headers, now: number): number => {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN) - now / 1000;
  const [wait = RETRY_AFTER] = [seconds, reset].filter((value) => Number.isFinite(value) && value > 0);
  return Math.min(Math.max(Math.ceil(wait), 1), 60);
};

type Refused = "refused";

/** Sends one request. `refused`: Netlify does not let this token make the request. Throws `Unavailable`. */
const ask = async <T>(
  url: string,
  what: string,
  token: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
  now: number,
): Promise<T | Refused> => {
  let response: Response;
  try {
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "Layerhook" };
    // A redirect could send the token elsewhere.
    response = await fetch(url, { headers, redirect: "error", signal });
  } catch (error) {
    throw new Unavailable(
      `${what}: ${signal.aborted ? "no answer in time" : error instanceof Error ? error.name : "no answer"}`,
    );
  }
  const { status } = response;
  if (status !== 200) {
    await response.body?.cancel().catch(() => undefined);
    if (status === 401 || status === 403 || status === 404) return "refused";
    throw new Unavailable(`${what}: ${status}`, retryAfterOf(response.headers, now));
  }
  const body = await readBody(response, ANSWER_BYTES);
  if (body.kind !== "whole") throw new Unavailable(`${what}: the answer is ${body.kind}`);
  let value: unknown;
  try {
    value = JSON.parse(body.text ?? "");
  } catch {
    throw new Unavailable(`${what}: the answer is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Unavailable(`${what}: the answer is not what it should be`);
  return parsed.data;
};

const same = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a != null && b != null && a !== "" && a.toLowerCase() === b.toLowerCase();

/** The caller's account that is the team; null: none is. Throws what the store throws. */
type FindAccountId = (accounts: readonly Account[]) => Promise<string | null>;

const answerOf = async (
  apiUrl: string,
  accountIdOf: FindAccountId,
  token: string,
  now: number,
  deadline: number,
): Promise<AccountAnswer> => {
  const signal = AbortSignal.timeout(deadline);
  const user = await ask(`${apiUrl}/user`, "user", token, userSchema, signal, now);
  if (user === "refused") return { kind: "unknown" };
  const accounts = await ask(`${apiUrl}/accounts`, "accounts", token, accountsSchema, signal, now);
  if (accounts === "refused") return { kind: "stranger" };
  const accountId = await accountIdOf(accounts);
  const account = accounts.find(({ id }) => id === accountId);
  if (account === undefined) return { kind: "stranger" };
  const email = user.email ?? "";
  const name = user.full_name?.trim() || email || user.id;
  const actor = boundedActor({ id: `netlify:${user.id}`, name, email });
  if (account.owner_ids?.includes(user.id)) return { kind: "member", actor, role: "Owner" };
  const url = `${apiUrl}/${encodeURIComponent(account.slug)}/members`;
  const members = await ask(url, "members", token, membersSchema, signal, now);
  // Some roles may not list the members, and without the list the caller's role is unknown.
  if (members === "refused") return { kind: "stranger" };
  // Netlify does not document that a member's id is the user's id, so a unique address counts as well.
  const member = members.find(({ id }) => id === user.id) ?? members.find((one) => same(one.email, user.email));
  const role = member?.role?.trim() ?? "";
  return role === "" ? { kind: "stranger" } : { kind: "member", actor, role: role.slice(0, 40) };
};

/**
 * Identifies the members of a Netlify team by their tokens. `apiUrl` is the base of Netlify's API. A token is sent to
 * Netlify and not kept; answers are remembered in `memory` for a minute. In doubt, a caller counts as no member.
 * `deadline` is for all requests about one token together (ms).
 */
export const netlifyAccounts = (
  apiUrl: string,
  team: Team,
  memory: AccountMemory,
  deps: Deps,
  deadline = DEADLINE_MS,
): Accounts => {
  const name = team.kind === "id" ? team.id : team.slug;
  const accountIdOf: FindAccountId = async (accounts) =>
    team.kind === "id" ? team.id : accountOfSlug(deps, team.slug, accounts);
  return {
    team: name,
    ...defined({ hasMoved: team.kind === "id" ? undefined : () => hasMoved(deps, team.slug) }),
    async whose(token) {
      if (!TOKEN.test(token)) return { kind: "unknown" };
      const at = deps.clock.now();
      return memory.recall(`${apiUrl} ${team.kind} ${name}`, token, at, async () => {
        try {
          return await answerOf(apiUrl, accountIdOf, token, at, deadline);
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          return { kind: "unavailable", reason: error.message, retryAfter: error.retryAfter };
        }
      });
    },
  };
};
