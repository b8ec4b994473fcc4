import type { ApiOptions } from "./options.ts";

const RANDOM = "a random text of at least 32 characters that is used nowhere else (openssl rand -hex 32)";

/** The rule for each variable. */
const rules: Readonly<Record<string, string>> = {
  LAYERHOOK_SECRET: `must be ${RANDOM}`,
  LAYERHOOK_SECRET_PREVIOUS: "must be the previous secret, with at least 16 characters, and used nowhere else",
  LAYERHOOK_OWNER_TOKEN: `must be ${RANDOM}, without spaces`,
  LAYERHOOK_TOKENS:
    "must be a JSON array of { name, email, role, token }. Each token must be random and unique, without spaces, with at least 16 characters (32 for an Owner)",
  LAYERHOOK_NETLIFY_TEAM: "must be the id or slug of a Netlify team, or off",
  LAYERHOOK_NETLIFY_TOKEN: "must be a Netlify token that is used nowhere else",
  LAYERHOOK_PUBLIC_URL: "must begin with https:// and contain no user, query or fragment",
  LAYERHOOK_ALLOW_HTTP: "is for local use only; remove it",
  LAYERHOOK_PLAN: "must be free, personal, pro, or the plan's credits in a month",
  LAYERHOOK_KEEP: "must be JSON in the format that docs/limits.md describes",
  NETLIFY_API_URL: "must begin with https://",
};

/**
 * One sentence for each wrong environment variable, with its name and the rule, for anybody to see. The fault in the
 * value would reveal part of a secret, so only the function's log has it.
 */
export const wrongVariables = ({ config, deps }: Pick<ApiOptions, "config" | "deps">): readonly string[] => {
  const { problems } = config;
  if (problems.length > 0) deps.report({ kind: "trouble", where: "configuration", error: problems.join("; ") });
  const names = new Set(problems.map((problem) => problem.split(/[.:]/, 1).join("")));
  return [...names].map((name) => `${name} ${(Object.hasOwn(rules, name) ? rules[name] : undefined) ?? "is wrong"}.`);
};
