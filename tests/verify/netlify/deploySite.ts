import { z } from "zod";
import { CommandError } from "../../../src/cli/cli.ts";
import type { Deployed } from "../check.ts";
import { goOn, type Outside } from "../outside.ts";

/** Pinned: its answer is read, and what it uploads was looked at with this release. */
export const NETLIFY_CLI = "netlify-cli@27.10.2";
const TOLD_LINES = 12;

const answerSchema = z.object({ deploy_id: z.string(), deploy_url: z.string() });

export interface DeployOrder {
  readonly siteId: string;
  /** Whether visitors get it. Each costs 15 credits; a draft costs none. */
  readonly production: boolean;
  /** Kept by this deploy alone. */
  readonly variables: Readonly<Record<string, string>>;
  readonly token: string;
}

/** The JSON document at the end of what was printed. */
const lastDocument = (text: string): unknown => {
  for (let at = text.lastIndexOf("\n{"); ; at = text.lastIndexOf("\n{", at - 1)) {
    try {
      return JSON.parse(text.slice(at + 1));
    } catch {
      if (at <= 0) return undefined;
    }
  }
};

/** Builds and deploys this checkout, with Netlify's own command. Throws `CommandError` with what that said. */
export const deploySite = async (
  outside: Outside,
  { siteId, production, variables, token }: DeployOrder,
): Promise<Deployed> => {
  const secrets = Object.entries(variables).flatMap(([name, value]) => ["--secret-env", `${name}=${value}`]);
  const args = [
    "--yes",
    NETLIFY_CLI,
    "deploy",
    "--json",
    "--site",
    siteId,
    ...(production ? ["--prod"] : []),
    ...secrets,
  ];
  goOn(outside);
  // The token is in the environment: arguments can be seen by everybody on this machine.
  const { status, stdout, stderr } = await outside.run("npx", args, { NETLIFY_AUTH_TOKEN: token });
  goOn(outside);
  const answer = answerSchema.safeParse(lastDocument(stdout));
  if (status === 0 && answer.success) return { id: answer.data.deploy_id, permalink: answer.data.deploy_url };
  const told = `${stdout}\n${stderr}`.trim().split("\n").slice(-TOLD_LINES).join("\n");
  throw new CommandError(`netlify deploy ended with ${status ?? "a signal"}:\n${told}`);
};
