import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { CommandError, type Surroundings } from "./cli.ts";

const USAGE = `npm run config -- pull <file> [--secrets]    writes the configuration to a file
npm run config -- plan <file> [--prune]      says what applying it would change
npm run config -- apply <file> [--prune]     makes the configuration that of the file; starts no sync

LAYERHOOK_URL is the site (http://localhost:8888 if unset), LAYERHOOK_OWNER_TOKEN an Owner's token.
--secrets: with signing secrets, hooks and webhook URLs, which are audited; keep such a file like a password.
--prune: also deletes what is not in the file.`;

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

const ask = async (surroundings: Surroundings, method: string, path: string, body?: string): Promise<string> => {
  const { environment } = surroundings;
  const base = (environment["LAYERHOOK_URL"] || "http://localhost:8888").replace(/\/+$/, "");
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
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`, { mode: secrets ? 0o600 : 0o644 });
  surroundings.say(`Written to ${file}${secrets ? ", with secrets" : ""}.`);
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

/** `pull`, `plan` or `apply` a file; false: it was called wrongly. Throws `CommandError`. */
export const configCommand = async (args: readonly string[], surroundings: Surroundings): Promise<boolean> => {
  const given = (() => {
    try {
      const options = { secrets: { type: "boolean" }, prune: { type: "boolean" } } as const;
      return parseArgs({ args: [...args], options, allowPositionals: true });
    } catch {
      return null;
    }
  })();
  const [verb, file, ...more] = given?.positionals ?? [];
  const { secrets = false, prune = false } = given?.values ?? {};
  const fits = file !== undefined && more.length === 0 && !(verb === "pull" ? prune : secrets);
  if (fits && verb === "pull") await pull(surroundings, file, secrets);
  else if (fits && (verb === "plan" || verb === "apply")) {
    await put(surroundings, file, { dryRun: verb === "plan", prune });
  } else {
    surroundings.say(USAGE);
    return false;
  }
  return true;
};
