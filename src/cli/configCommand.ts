import { readFile } from "node:fs/promises";
import { z } from "zod";
import { callApi, parseJson } from "./callApi.ts";
import { CallError, CommandError, readCall, type Surroundings } from "./cli.ts";
import { flag, usageOf } from "./commandLine.ts";
import { configurationSchema } from "./configurationParts.ts";
import { applyImport, type Importing, planImport } from "./importConfiguration.ts";
import { writePrivately } from "./writePrivately.ts";

const COMMAND = {
  call: "npm run config -- pull|plan|apply <file> [options]",
  does: `pull <file>    writes the configuration to a file
plan <file>    says what applying the file would change
apply <file>   makes the configuration that of the file; starts no sync

LAYERHOOK_URL is the site (http://localhost:8888 if unset), LAYERHOOK_OWNER_TOKEN an Owner's token.

A large configuration is read and sent in parts; deletions come last. If apply breaks off, run it again.
Exit code 0: done (plan: it can be done). 1: not done; the last lines say why. 2: called wrongly.`,
  operands: 2,
  options: z.object({
    secrets: flag(
      "pull: includes signing secrets, build hooks and webhook URLs. The audit log records the export. Protect such a file like a password",
    ),
    prune: flag("plan, apply: also deletes everything that the file does not contain"),
  }),
};

/** The number of documents of one page. The API also reads the sites that each of them names. */
const PAGE = 40;

const pageSchema = z.looseObject({
  sites: z.array(z.looseObject({ id: z.string() })),
  dataLayers: z.array(z.looseObject({ id: z.string() })),
  nextCursor: z.string().nullable(),
});

const pull = async (surroundings: Surroundings, file: string, secrets: boolean): Promise<void> => {
  const pages: z.infer<typeof pageSchema>[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path = `/export?secrets=${secrets}&limit=${PAGE}&cursor=${cursor}`;
    const page = pageSchema.safeParse(await callApi(surroundings, "GET", path));
    if (!page.success)
      throw new CommandError("This release cannot read the answer. Use the command of the release that is deployed.");
    pages.push(page.data);
    cursor = page.data.nextCursor;
    if (cursor !== null) surroundings.progress(`${pages.length} pages`);
  }
  const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
  const { nextCursor: _nextCursor, ...first } = pages[0] ?? {};
  // The API sorts sites by their own ids. In the document, imported sites have other ids.
  const sites = pages.flatMap((page) => page.sites).sort(byId);
  const document = { ...first, sites, dataLayers: pages.flatMap(({ dataLayers }) => dataLayers) };
  await writePrivately(file, `${JSON.stringify(document, null, 2)}\n`, secrets ? 0o600 : 0o644);
  surroundings.say(`Saved to ${file}${secrets ? ", with secrets. Only you can read the file" : ""}.`);
};

const signs: Readonly<Record<string, string>> = { create: "+", update: "~", delete: "-" };

const put = async (surroundings: Surroundings, file: string, query: { dryRun: boolean; prune: boolean }) => {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new CommandError(`Cannot read ${file}.`);
  }
  const { progress, pause } = surroundings;
  const callPut = (path: string, document: unknown): Promise<unknown> =>
    callApi(surroundings, "PUT", path, typeof document === "string" ? document : JSON.stringify(document));
  const document = configurationSchema.safeParse(parseJson(text));
  // The API says what is wrong with the document.
  if (!document.success) {
    await callPut(`/import?dryRun=true&prune=${query.prune}`, text);
    throw new CommandError(`${file} is not a configuration document that this release supports.`);
  }
  const importing: Importing = { put: callPut, progress, pause };
  const changes = await planImport(importing, document.data, query.prune);
  if (!query.dryRun) await applyImport(importing, document.data, changes, query.prune);
  for (const { type, id, name, action, fields } of changes) {
    const sign = signs[action];
    if (sign === undefined) continue;
    const what = fields.length > 0 ? `: ${fields.join(", ")}` : "";
    surroundings.say(`${sign} ${type} "${name}"${id === null ? "" : ` (${id})`}${what}`);
  }
  const count = (wanted: string): number => changes.filter(({ action }) => action === wanted).length;
  surroundings.say(
    `${query.dryRun ? "Planned" : "Done"}: ${count("create")} created, ${count("update")} updated, ${count("delete")} deleted, ${count("unchanged")} unchanged.`,
  );
};

const wrong = (message: string): never => {
  throw new CallError(`${message}\n\n${usageOf(COMMAND)}`);
};

/** Runs `pull`, `plan` or `apply` with a file. Throws `CommandError`, and `CallError` for a wrong call. */
export const configCommand = async (args: readonly string[], surroundings: Surroundings): Promise<boolean> => {
  const given = readCall(COMMAND, args, surroundings);
  if (given === null) return true;
  const { secrets, prune } = given.values;
  const [verb, file] = given.operands;
  if (verb === undefined) return wrong("Give a command: pull, plan or apply.");
  if (verb !== "pull" && verb !== "plan" && verb !== "apply")
    return wrong(`Unknown command "${verb}". Use pull, plan or apply.`);
  if (file === undefined) return wrong(`Give a file, as in npm run config -- ${verb} layerhook.json`);
  if (verb === "pull" && prune) return wrong("--prune works only with plan and apply. pull deletes nothing.");
  if (verb !== "pull" && secrets)
    return wrong("--secrets works only with pull. apply uses the secrets that the file contains.");
  if (verb === "pull") await pull(surroundings, file, secrets);
  else await put(surroundings, file, { dryRun: verb === "plan", prune });
  return true;
};
