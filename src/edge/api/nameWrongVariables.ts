import type { ApiOptions } from "./options.ts";

/**
 * Names the environment variables that are wrong, for anybody to see. What is wrong with them tells of a secret, so only
 * the function's log says it.
 */
export const nameWrongVariables = ({ config, deps }: Pick<ApiOptions, "config" | "deps">): readonly string[] => {
  const { problems } = config;
  if (problems.length > 0) deps.report({ kind: "trouble", where: "configuration", error: problems.join("; ") });
  return [...new Set(problems.map((problem) => problem.split(/[.:]/, 1).join("")))];
};
