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
  prunesToPlan,
  sitesToPlan,
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
  { document, prune, from, until }: Part,
  dryRun: boolean,
): Promise<readonly Change[]> => {
  // A release that does not know a range must not delete what is out of it, and refuses the parameters.
  const range = from === undefined || until === undefined ? "" : `&${new URLSearchParams({ from, until })}`;
  const path = `/import?dryRun=${dryRun}&prune=${prune}${range}`;
  const answer = importedSchema.safeParse(await importing.put(path, document));
  if (!answer.success)
    throw new CommandError("This release cannot read the answer. Use the command of the release that is deployed.");
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
        : [
            {
              path: `dataLayers.${index}.connectedSites.${at}.siteId`,
              message: "must be the id of a site in this document",
            },
          ],
    ),
  );
};

/** The error of a part with its path in the whole document. A part reports the errors of one of the two lists. */
const errorsInDocument = ({ path, message }: FieldError, list: "sites" | "dataLayers", from: number): FieldError[] => {
  const [of = "", index, ...rest] = path.split(".");
  if (of !== list) return [];
  return [{ path: index === undefined ? of : [of, from + Number(index), ...rest].join("."), message }];
};

const isDrop = ({ action }: Change): boolean => action === "delete";

/** Plans in parts, and collects the errors of all of them by their places in the whole document. */
class PlanInParts {
  readonly #importing: Importing;
  readonly #errors = new Map<string, FieldError>();

  constructor(importing: Importing) {
    this.#importing = importing;
  }

  add(errors: readonly FieldError[]): void {
    for (const error of errors) this.#errors.set(`${error.path} ${error.message}`, error);
  }

  /** The changes of one part; none if it has errors. */
  async plan(part: Part, place: (error: FieldError) => readonly FieldError[]): Promise<readonly Change[]> {
    try {
      return await sendImport(this.#importing, part, true);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.errors.length === 0) throw error;
      this.add(error.errors.flatMap(place));
      return [];
    }
  }

  /** The changes of sites, and deletions of anything with `prune`. */
  async planSites(document: Configuration, prune: boolean): Promise<readonly Change[]> {
    const frame = frameOf(document);
    if (bytesOf(frame) <= IMPORT_BODY_BYTES) {
      return this.plan({ document: frame, prune: prune ? "true" : "false" }, (error) => [error]);
    }
    const changes: Change[] = [];
    for (const { document: some, from } of sitesToPlan(document)) {
      const part: Part = { document: some, prune: "false" };
      changes.push(...(await this.plan(part, (error) => errorsInDocument(error, "sites", from))));
    }
    for (const part of prune ? prunesToPlan(document) : []) {
      // What is wrong with the document is found in its other parts, at its place in the whole.
      const place = (error: FieldError): FieldError[] => (/^(?:sites|dataLayers)\b/.test(error.path) ? [] : [error]);
      changes.push(...(await this.plan(part, place)).filter(isDrop));
    }
    return changes;
  }

  throwErrors(): void {
    if (this.#errors.size === 0) return;
    throw new ApiRefusal("Invalid input. Nothing was changed.", { errors: [...this.#errors.values()] });
  }
}

const planInParts = async (importing: Importing, document: Configuration, prune: boolean): Promise<Change[]> => {
  const parts = layersToPlan(document);
  const plan = new PlanInParts(importing);
  importing.progress(`planning: 0 of ${parts.length} parts`);
  if (prune) plan.add(lostSites(document));
  const frame = await plan.planSites(document, prune);
  const layers: Change[] = [];
  for (const [index, { document: some, from }] of parts.entries()) {
    const part: Part = { document: some, prune: prune ? "webhooks" : "false" };
    const changes = await plan.plan(part, (error) => errorsInDocument(error, "dataLayers", from));
    layers.push(...changes.filter(({ type }) => type !== "site"));
    importing.progress(`planning: ${index + 1} of ${parts.length} parts`);
  }
  plan.throwErrors();
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
      const done = `Part ${index + 1} of ${parts.length} was not confirmed. The ${index} parts before it are done. Run the command again to continue.`;
      throw new CommandError(`${error.message}\n${done}`);
    }
    if (parts.length > 1) importing.progress(`${index + 1} of ${parts.length} parts`);
  }
};
