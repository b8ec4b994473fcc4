import { z } from "zod/mini";
import { type Team, teamOf } from "../core/access/team.ts";
import { isPlainLine } from "../core/plainText.ts";
import { KEEP_ALL, RETENTION, type Retention } from "../core/retention.ts";
import { PLANS } from "../core/usage/credits.ts";
import { guessableBecause, leastDifferent } from "../core/webhook/guessable.ts";
import { roleOf } from "./access/tokenMember.ts";
import { secretFaultText } from "./faultText.ts";
import { jsonText } from "./jsonText.ts";
import { retentionSchema } from "./retentionSchema.ts";

/** The shortest secret. It signs, seals and encrypts, so anybody who guesses it becomes an Owner. */
const SECRET_CHARS = 32;
const TOKEN_CHARS = 16;
/** A shorter secret is not used at all. A weak but longer one still opens what it sealed, so publishes go on. */
const USABLE_SECRET_CHARS = 16;

/** The fault in a secret of at least `least` characters; null: none. */
const weaknessOf = (text: string, least: number): string | null => {
  switch (guessableBecause(text, least)) {
    case "short":
      return `must have at least ${least} characters`;
    case "few-characters":
      return `must have at least ${leastDifferent(text.length)} different characters`;
    case "common":
      return "must not be made of common words, digits or one short text repeated";
    case null:
      return null;
  }
};

const strongText = (length: number) =>
  z.string().check(({ value, issues }) => {
    const message = weaknessOf(value, length);
    // `continue` reports all problems of a value at once, not one in each deploy.
    if (message !== null) issues.push({ code: "custom", message, input: value, continue: true });
  });

/** A header ends at white space, so such a token could never be sent whole. */
const bearer = (schema: z.ZodMiniType<string>) =>
  schema.check(z.refine((text) => !/\s/.test(text), "must not contain white space"));

const plainName = (length: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1),
      z.maxLength(length),
      z.refine(isPlainLine, "must not contain invisible or control characters"),
    );

const NETLIFY_API = "https://api.netlify.com/api/v1";

const tokensSchema = z.pipe(
  jsonText("must be a JSON array of { name, email, role, token }"),
  z.array(
    z
      // Strict, so that a misspelt or unsupported `dataLayers` never gives a token of all layers.
      .strictObject({
        name: plainName(80),
        email: z._default(
          z
            .string()
            .check(
              z.maxLength(120),
              z.regex(/^$|^[^\s@]+@[^\s@]+$/, "must be an e-mail address, or left out"),
              z.refine(isPlainLine, "must not contain invisible or control characters"),
            ),
          "",
        ),
        role: plainName(40),
        token: bearer(strongText(TOKEN_CHARS)),
      })
      .check(({ value, issues }) => {
        const { role, token } = value;
        const weakness = roleOf(role) === "Owner" ? weaknessOf(token, SECRET_CHARS) : null;
        if (weakness === null) return;
        issues.push({
          code: "custom",
          path: ["token"],
          message: `${weakness} for an Owner`,
          input: value,
          continue: true,
        });
      }),
  ),
);

const teamSchema = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be a team\'s slug or id, or "off"'));

/** The base of Netlify's API. Tokens are sent there, so plain http is allowed only to this machine. */
const apiUrlSchema = z.string().check(
  z.refine((text) => {
    const url = URL.parse(text);
    if (url?.protocol !== "http:") return url?.protocol === "https:";
    return isLoopbackUrl(url);
  }, "must begin with https://, or be a URL of this machine"),
);

const isLoopbackUrl = ({ hostname }: URL): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);

/** The public URL. Senders and jobs call it, so plain http is allowed only on this machine. */
const publicUrlSchema = (local: boolean) =>
  z.string().check(
    z.refine((text) => {
      const url = URL.parse(text);
      if (url === null || `${url.username}${url.password}${url.search}${url.hash}` !== "") return false;
      return url.protocol === "https:" || (url.protocol === "http:" && (local || isLoopbackUrl(url)));
    }, "must begin with https:// and contain no user, query or fragment"),
  );

const planCredits = new Map<string, number>(Object.entries(PLANS));
/** A plan by its name, or by its credits in a month. */
const planSchema = z.pipe(
  z
    .string()
    .check(
      z.trim(),
      z.toLowerCase(),
      z.regex(/^(?:free|personal|pro|[1-9]\d{0,7})$/, "must be free, personal, pro, or the plan's credits in a month"),
    ),
  z.transform((plan) => planCredits.get(plan) ?? Number(plan)),
);

export interface Token {
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly token: string;
}

/** The checked environment. Wrong variables are left out and named in `problems`. */
export interface Config {
  /** The current secret and the former one, in this order; empty if none is usable. */
  readonly secrets: readonly string[];
  /**
   * The secrets that begin and open sessions. A weak secret is not among them, because anybody with a cookie can try
   * guesses at it.
   */
  readonly sessionSecrets: readonly string[];
  readonly ownerToken: string | undefined;
  readonly tokens: readonly Token[];
  readonly publicUrl: string | undefined;
  /**
   * A token that starts and follows builds by Netlify's API, and purges. It has no scopes: it may do whatever its owner
   * may do.
   */
  readonly netlifyToken: string | undefined;
  /** The Netlify team whose members may sign in; undefined: the site's own team; null: nobody. */
  readonly netlifyTeam: Team | null | undefined;
  /** Base of Netlify's API, without a slash at the end. */
  readonly netlifyApiUrl: string;
  /** A URL that each tick calls, so that somebody outside notices when ticks stop. It is a secret; undefined: none. */
  readonly pingUrl?: string | undefined;
  /** How long records are kept; for ever if the variable is wrong. */
  readonly retention: Retention;
  /** The credits of the team's plan in a month; undefined: nobody said which plan. */
  readonly monthlyCredits?: number | undefined;
  /** Whether plain http and loopback addresses may be called. */
  readonly allowHttp: boolean;
  /** The faults, naming variables and never values. Management is refused while there are any. */
  readonly problems: readonly string[];
}

type NamedTexts = readonly (readonly [name: string, text: string | undefined])[];

/** Lists the variables with the same text as an earlier one. Anybody who learns one of them would have both. */
const repeatedTexts = (named: NamedTexts): string[] =>
  named.flatMap(([name, text], index) => {
    const first = named.slice(0, index).find((earlier) => text !== undefined && earlier[1] === text);
    return first === undefined ? [] : [`${name}: must not be the same text as ${first[0]}`];
  });

/** Lists the tokens with the name of an earlier one and no e-mail address: the audit log could not tell them apart. */
const repeatedNames = (tokens: readonly Token[]): string[] =>
  tokens.flatMap(({ name, email }, index) => {
    const first = tokens.slice(0, index).findIndex((earlier) => earlier.email === "" && earlier.name === name);
    return email !== "" || first < 0
      ? []
      : [
          `LAYERHOOK_TOKENS.${index}: has the same name as LAYERHOOK_TOKENS.${first}; give both an email, or give one another name`,
        ];
  });

/**
 * Reads the configuration from an environment. An empty variable counts as absent. With `local`, on a developer's
 * machine, plain http may be allowed. Never throws, because a mistake in a token list must not stop deliveries.
 */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>, local: boolean): Config => {
  const problems: string[] = [];
  const read = <T>(name: string, schema: z.ZodMiniType<T>): T | undefined => {
    const value = environment[name];
    if (value === undefined || value === "") return undefined;
    const parsed = schema.safeParse(value, { error: secretFaultText });
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      problems.push(`${[name, ...path].join(".")}: ${message}`);
    }
    return undefined;
  };
  const { LAYERHOOK_KEEP: keep } = environment;
  const usable = (name: string): string[] => {
    const value = environment[name] ?? "";
    return value.length < USABLE_SECRET_CHARS ? [] : [value];
  };
  const strong = strongText(SECRET_CHARS);
  const secret = read("LAYERHOOK_SECRET", strong);
  if (!environment["LAYERHOOK_SECRET"]) problems.push("LAYERHOOK_SECRET: is not set");
  const secrets = usable("LAYERHOOK_SECRET");
  // A weak secret must be rotated. Until then it opens what it sealed, but no session.
  const previous = usable("LAYERHOOK_SECRET_PREVIOUS");
  read(
    "LAYERHOOK_SECRET_PREVIOUS",
    z.string().check(z.minLength(USABLE_SECRET_CHARS, `must have at least ${USABLE_SECRET_CHARS} characters`)),
  );
  const team = read("LAYERHOOK_NETLIFY_TEAM", teamSchema);
  const ownerToken = read("LAYERHOOK_OWNER_TOKEN", bearer(strong));
  const tokens = read("LAYERHOOK_TOKENS", tokensSchema) ?? [];
  const netlifyToken = read(
    "LAYERHOOK_NETLIFY_TOKEN",
    bearer(z.string().check(z.minLength(16, "must have at least 16 characters"))),
  );
  const publicUrl = read("LAYERHOOK_PUBLIC_URL", publicUrlSchema(local))?.replace(/\/+$/, "");
  const allowHttp = read("LAYERHOOK_ALLOW_HTTP", z.literal("loopback")) !== undefined;
  if (allowHttp && !local) problems.push("LAYERHOOK_ALLOW_HTTP: is for local use only; remove it");
  const namedTexts: NamedTexts = [
    ["LAYERHOOK_SECRET", environment["LAYERHOOK_SECRET"] || undefined],
    ["LAYERHOOK_SECRET_PREVIOUS", environment["LAYERHOOK_SECRET_PREVIOUS"] || undefined],
    ["LAYERHOOK_OWNER_TOKEN", ownerToken],
    ...tokens.map(({ token }, index): NamedTexts[number] => [`LAYERHOOK_TOKENS.${index}.token`, token]),
    ["LAYERHOOK_NETLIFY_TOKEN", netlifyToken],
  ];
  problems.push(...repeatedTexts(namedTexts), ...repeatedNames(tokens));
  return {
    secrets: secrets.length === 0 ? [] : [...secrets, ...previous],
    sessionSecrets: [
      ...(secret === undefined ? [] : [secret]),
      ...previous.filter((text) => weaknessOf(text, SECRET_CHARS) === null),
    ],
    ownerToken,
    tokens,
    netlifyTeam: team === undefined ? undefined : team.toLowerCase() === "off" ? null : teamOf(team),
    netlifyApiUrl: (read("NETLIFY_API_URL", apiUrlSchema) ?? NETLIFY_API).replace(/\/+$/, ""),
    publicUrl,
    netlifyToken,
    pingUrl: read("LAYERHOOK_PING_URL", apiUrlSchema),
    retention: keep === undefined || keep === "" ? RETENTION : (read("LAYERHOOK_KEEP", retentionSchema()) ?? KEEP_ALL),
    monthlyCredits: read("LAYERHOOK_PLAN", planSchema),
    allowHttp: allowHttp && local,
    problems,
  };
};
