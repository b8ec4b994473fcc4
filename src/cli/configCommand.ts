import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CallError, CommandError, called, type Surroundings } from "./cli.ts";
import { flag, usageOf } from "./commandLine.ts";
import { writePrivately } from "./writePrivately.ts";

const COMMAND = {
  call: "npm run config -- pull|plan|apply <file> [options]",
  does: `pull <file>    writes the configuration to a file
plan <file>    says what applying the file would change
apply <file>   makes the configuration that of the file; starts no sync

LAYERHOOK_URL is the site (http://localhost:8888 if unset), LAYERHOOK_OWNER_TOKEN an Owner's token.`,
  operands: 2,
  options: z.object({
    secrets: flag(
      "pull: with signing secrets, hooks and webhook URLs, which is audited. Keep such a file like a password",
    ),
    prune: flag("plan, apply: also deletes what is not in the file"),
  }),
};

/** An import may make hundreds of changes. */
const DEADLINE = 60_000;

const problemSchema = z.object({
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
const importedSchema = z.object({
  counts: z.object({ create: z.number(), update: z.number(), delete: z.number(), unchanged: z.number() }),
  changes: z.array(
    z.object({
      type: z.string(),
      id: z.string().nullable(),
      name: z.string(),
      action: z.string(),
      fields: z.array(z.string()),
    }),
  ),
});

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The site that gets the token. Throws `CommandError` for one that the token would reach in clear. */
const siteOf = (environment: Surroundings["environment"]): string => {
  const given = environment["LAYERHOOK_URL"] || "http://localhost:8888";
  const url = URL.parse(given);
  const local = url?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "https:" && !local) {
    throw new CommandError(
      `LAYERHOOK_URL must begin with https://, because the token is sent there; http:// is for this machine alone. It is "${given}".`,
    );
  }
  return given.replace(/\/+$/, "");
};

const ask = async (surroundings: Surroundings, method: string, path: string, body?: string): Promise<string> => {
  const { environment } = surroundings;
  const base = siteOf(environment);
  const token = environment["LAYERHOOK_OWNER_TOKEN"];
  if (!token) throw new CommandError("LAYERHOOK_OWNER_TOKEN is not set: give the token of an Owner.");
  let response: Response;
  try {
    response = await surroundings.fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      // A token is not handed on to wherever an answer points.
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE),
      ...(body === undefined ? {} : { body }),
    });
  } catch {
    throw new CommandError(`${base} does not answer. Is LAYERHOOK_URL right?`);
  }
  const text = await response.text();
  if (response.ok) return text;
  const problem = problemSchema.safeParse(parsed(text));
  if (!problem.success) {
    throw new CommandError(
      `${base} answered ${response.status}, and not as Layerhook does. npm run doctor -- ${base} says more.`,
    );
  }
  const { title, detail, errors = [] } = problem.data;
  throw new CommandError(
    [`${title}. ${detail}`, ...errors.map(({ path: at, message }) => `  ${at}: ${message}`)].join("\n"),
  );
};

const pull = async (surroundings: Surroundings, file: string, secrets: boolean): Promise<void> => {
  const document = parsed(await ask(surroundings, "GET", `/export?secrets=${secrets}`));
  await writePrivately(file, `${JSON.stringify(document, null, 2)}\n`, secrets ? 0o600 : 0o644);
  surroundings.say(`Written to ${file}${secrets ? ", with secrets. Only you can read it" : ""}.`);
};

const signs: Readonly<Record<string, string>> = { create: "+", update: "~", delete: "-" };

const put = async (surroundings: Surroundings, file: string, query: { dryRun: boolean; prune: boolean }) => {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new CommandError(`${file} cannot be read.`);
  }
  const path = `/import?dryRun=${query.dryRun}&prune=${query.prune}`;
  const answer = importedSchema.safeParse(parsed(await ask(surroundings, "PUT", path, text)));
  if (!answer.success) throw new CommandError("The answer is not one that this release knows.");
  const { counts, changes } = answer.data;
  for (const { type, id, name, action, fields } of changes) {
    const sign = signs[action];
    if (sign === undefined) continue;
    const what = fields.length > 0 ? `: ${fields.join(", ")}` : "";
    surroundings.say(`${sign} ${type} "${name}"${id === null ? "" : ` (${id})`}${what}`);
  }
  surroundings.say(
    `${query.dryRun ? "To do" : "Done"}: ${counts.create} created, ${counts.update} updated, ${counts.delete} deleted, ${counts.unchanged} unchanged.`,
  );
};

const wrong = (message: string): never => {
  throw new CallError(`${message}\n\n${usageOf(COMMAND)}`);
};

/** `pull`, `plan` or `apply` a file. Throws `CommandError`, or `CallError` when it was called wrongly. */
export const configCommand = async (args: readonly string[], surroundings: Surroundings): Promise<boolean> => {
  const given = called(COMMAND, args, surroundings);
  if (given === null) return true;
  const { secrets, prune } = given.values;
  const [verb, file] = given.operands;
  if (verb === undefined) return wrong("Say what to do: pull, plan or apply.");
  if (verb !== "pull" && verb !== "plan" && verb !== "apply") return wrong(`"${verb}" is not pull, plan or apply.`);
  if (file === undefined) return wrong(`Name a file: npm run config -- ${verb} layerhook.json`);
  if (verb === "pull" && prune) return wrong("--prune goes with plan and apply. A pull deletes nothing.");
  if (verb !== "pull" && secrets) return wrong("--secrets goes with pull. A file is applied with whatever it holds.");
  if (verb === "pull") await pull(surroundings, file, secrets);
  else await put(surroundings, file, { dryRun: verb === "plan", prune });
  return true;
};
