import { z } from "zod";
import { KEEP_ALL, RETENTION, type Retention } from "../app/retention.ts";
import { type Team, teamOf } from "../core/team.ts";
import { retentionSchema } from "./retentionSchema.ts";

const longText = z.string().min(16, "must have at least 16 characters");

const NETLIFY_API = "https://api.netlify.com/api/v1";

const tokensSchema = z
  .string()
  .transform((text, context) => {
    try {
      const parsed: unknown = JSON.parse(text);
      return parsed;
    } catch {
      context.addIssue({ code: "custom", message: "must be a JSON array of { name, email, role, token }" });
      return z.NEVER;
    }
  })
  .pipe(
    z.array(
      z.object({
        name: z.string().min(1).max(80),
        email: z.string().max(120).default(""),
        role: z.string().min(1).max(40),
        token: z.string().min(8, "must have at least 8 characters"),
      }),
    ),
  );

const teamSchema = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be a team\'s slug or id, or "off"');

/** Tokens go there: in clear to this machine at most. */
const apiUrlSchema = z.string().refine((text) => {
  const url = URL.parse(text);
  if (url?.protocol !== "http:") return url?.protocol === "https:";
  return ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}, "must begin with https://, or lead to this machine");

export interface Token {
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly token: string;
}

/** Everything the environment says, checked once. What is wrong is left out and named in `problems`. */
export interface Config {
  /** The secret in use and the one that is being rotated out, in this order; empty if none is usable. */
  readonly secrets: readonly string[];
  readonly ownerToken: string | undefined;
  readonly tokens: readonly Token[];
  readonly publicUrl: string | undefined;
  /** Begins and follows builds by Netlify's API, and purges. It has no scopes: it may do whatever its owner may. */
  readonly netlifyToken: string | undefined;
  /** The Netlify team whose members may come in; undefined: the site's own, null: nobody. */
  readonly netlifyTeam: Team | null | undefined;
  /** Base of Netlify's API, without a slash at the end. */
  readonly netlifyApiUrl: string;
  /** How long records are kept; everything is, where the variable is wrong. */
  readonly retention: Retention;
  /** Plain http and loopback may be called. */
  readonly allowHttp: boolean;
  /** In words that name the variable and never its value. Management is refused while there are any. */
  readonly problems: readonly string[];
}

/**
 * Reads the configuration from an environment; an empty variable counts as absent. Never throws: a mistake in a token
 * list must not stop the taking of deliveries.
 */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const problems: string[] = [];
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const value = environment[name];
    if (value === undefined || value === "") return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      problems.push(`${[name, ...path].join(".")}: ${message}`);
    }
    return undefined;
  };
  const { LAYERHOOK_KEEP: keep } = environment;
  const secret = read("LAYERHOOK_SECRET", longText);
  if (secret === undefined && problems.length === 0) problems.push("LAYERHOOK_SECRET: is not set");
  const team = read("LAYERHOOK_NETLIFY_TEAM", teamSchema);
  const previous = read("LAYERHOOK_SECRET_PREVIOUS", longText);
  return {
    secrets: secret === undefined ? [] : [secret, ...(previous === undefined ? [] : [previous])],
    ownerToken: read("LAYERHOOK_OWNER_TOKEN", longText),
    tokens: read("LAYERHOOK_TOKENS", tokensSchema) ?? [],
    netlifyTeam: team === undefined ? undefined : team.toLowerCase() === "off" ? null : teamOf(team),
    netlifyApiUrl: (read("NETLIFY_API_URL", apiUrlSchema) ?? NETLIFY_API).replace(/\/+$/, ""),
    publicUrl: read("LAYERHOOK_PUBLIC_URL", z.url())?.replace(/\/+$/, ""),
    netlifyToken: read("LAYERHOOK_NETLIFY_TOKEN", longText),
    retention: keep === undefined || keep === "" ? RETENTION : (read("LAYERHOOK_KEEP", retentionSchema) ?? KEEP_ALL),
    allowHttp: read("LAYERHOOK_ALLOW_HTTP", z.literal("loopback")) !== undefined,
    problems,
  };
};
