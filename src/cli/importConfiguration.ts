import { z } from "zod";
import { IMPORT_BODY_BYTES } from "../core/limits.ts";
import { ApiRefusal, type FieldError } from "./callApi.ts";
import { CommandError } from "./cli.ts";
import {
  bytesOf,
  type Change,
  type Configuration,
  changeSchema,
  frameOf,
  layersToPlan,
  type Part,
  partsOf,
} from "./configurationParts.ts";

const importedSchema = z.object({ changes: z.array(changeSchema) });

/** How an import calls the API, reports its progress and waits. */
export interface Importing {
  put(path: string, document: unknown): Promise<unknown>;
  progress(line: string): void;
  pause(ms: number): Promise<void>;
}

const sendImport = async (
  importing: Importing,
  { document, prune }: Part,
  dryRun: boolean,
): Promise<readonly Change[]> => {
  const answer = importedSchema.safeParse(await importing.put(`/import?dryRun=${dryRun}&prune=${prune}`, document));
  if (!answer.success) throw new CommandError("The answer is not one that this release knows.");
  return answer.data.changes;
};

/**
 * The connected sites that the document does not have. With `prune` they are to be deleted. The API cannot see that from
 * a part of the document, because a part does not have every site.
 */
const lostSites = ({ sites, dataLayers }: Configuration): FieldError[] => {
  const ids = new Set(sites.map(({ id }) => id));
  return dataLayers.flatMap(({ connectedSites = [] }, index) =>
    connectedSites.flatMap(({ siteId }, at) =>
      ids.has(siteId)
        ? []
        : [{ path: `dataLayers.${index}.connectedSites.${at}.siteId`, message: "names no site of this document" }],
    ),
  );
};

/** The error of a part with its path in the whole document; none for errors of sites, which the frame reports. */
const errorsInDocument = ({ path, message }: FieldError, from: number): FieldError[] => {
  const found = /^dataLayers\.(\d+)(.*)$/s.exec(path);
  return found === null ? [] : [{ path: `dataLayers.${from + Number(found[1])}${found[2]}`, message }];
};

const planInParts = async (importing: Importing, document: Configuration, prune: boolean): Promise<Change[]> => {
  const parts = layersToPlan(document);
  const errors = new Map<string, FieldError>();
  const planPart = async (part: Part, place: (error: FieldError) => FieldError[]): Promise<readonly Change[]> => {
    try {
      return await sendImport(importing, part, true);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.errors.length === 0) throw error;
      for (const one of error.errors.flatMap(place)) errors.set(`${one.path} ${one.message}`, one);
      return [];
    }
  };
  importing.progress(`planning: 0 of ${parts.length} parts`);
  for (const one of prune ? lostSites(document) : []) errors.set(`${one.path} ${one.message}`, one);
  const frame = await planPart({ document: frameOf(document), prune: prune ? "true" : "false" }, (error) => [error]);
  const layers: Change[] = [];
  for (const [index, { document: some, from }] of parts.entries()) {
    const part: Part = { document: some, prune: prune ? "webhooks" : "false" };
    layers.push(
      ...(await planPart(part, (error) => errorsInDocument(error, from))).filter(({ type }) => type !== "site"),
    );
    importing.progress(`planning: ${index + 1} of ${parts.length} parts`);
  }
  if (errors.size > 0)
    throw new ApiRefusal("The input is not valid. Nothing was changed.", { errors: [...errors.values()] });
  const isDrop = ({ action }: Change): boolean => action === "delete";
  const sites = frame.filter((change) => change.type === "site" && !isDrop(change));
  return [...sites, ...layers, ...frame.filter(isDrop)];
};

/** The changes that an import of a document would make, in the document's order. Throws `CommandError`. */
export const planImport = async (
  importing: Importing,
  document: Configuration,
  prune: boolean,
): Promise<readonly Change[]> =>
  bytesOf(document) <= IMPORT_BODY_BYTES
    ? sendImport(importing, { document, prune: prune ? "true" : "false" }, true)
    : planInParts(importing, document, prune);

/** A failed part is repeated: the store's lists may not yet show what the part before it created. */
const TRIES = 3;
const PAUSE = 5000;

const apply = async (importing: Importing, part: Part): Promise<readonly Change[]> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sendImport(importing, part, false);
    } catch (error) {
      const again = error instanceof ApiRefusal && (error.temporary || error.errors.length > 0) && tries < TRIES;
      if (!again) throw error;
      await importing.pause(PAUSE);
    }
  }
};

/** Makes the planned changes, part by part. Throws `CommandError`, which names the part that failed; earlier parts are done. */
export const applyImport = async (
  importing: Importing,
  document: Configuration,
  changes: readonly Change[],
  prune: boolean,
): Promise<void> => {
  const parts = partsOf(document, changes, prune);
  for (const [index, part] of parts.entries()) {
    try {
      await apply(importing, part);
    } catch (error) {
      if (!(error instanceof CommandError) || parts.length === 1) throw error;
      const done = `Part ${index + 1} of ${parts.length} was not confirmed; the ${index} before it are done. Run the command again: it goes on from there.`;
      throw new CommandError(`${error.message}\n${done}`);
    }
    if (parts.length > 1) importing.progress(`${index + 1} of ${parts.length} parts`);
  }
};
