import { z } from "@hono/zod-openapi";
import type { Configuration } from "../../app/configuration.ts";
import { exportConfiguration } from "../../app/exportConfiguration.ts";
import { type ConfigurationChange, importConfiguration } from "../../app/importConfiguration.ts";
import { problem } from "../problem.ts";
import {
  configurationSchema,
  exportQuery,
  importedSchema,
  importQuery,
  SCHEMA_VERSION,
} from "./configurationSchemas.ts";
import { type FieldError, invalidInput, noRoom } from "./problems.ts";
import { none, type Route, route } from "./route.ts";
import { forbidden } from "./whoCalls.ts";

const exported = route({
  operationId: "exportConfiguration",
  method: "get",
  path: "/export",
  summary: "Gives the whole configuration as one document; with secrets to an Owner alone, which is audited",
  allowed: "members",
  query: exportQuery,
  body: none,
  answers: { 200: { description: "The configuration", schema: configurationSchema } },
  problems: { 403: ["FORBIDDEN"] },
  async handle({ deps, member, query: { secrets }, read }) {
    if (secrets && member.role !== "Owner") return forbidden("owners", member, "export secrets");
    const configuration = await exportConfiguration(deps, member.actor, secrets);
    // Not checked by the schema of the input: what a neighbouring release stored must not make a backup impossible.
    return read(z.unknown(), { schemaVersion: SCHEMA_VERSION, secrets, ...configuration });
  },
});

const refusedUrls = ({ sites, dataLayers }: Configuration, checkUrl: (url: string) => string | null): FieldError[] => {
  const urls = [
    ...sites.map(({ buildHook }, index) => ({ path: `sites.${index}.buildHook`, url: buildHook })),
    ...dataLayers.flatMap(({ dataSources = [], notifications = [] }, index) => [
      ...dataSources.map(({ url }, at) => ({ path: `dataLayers.${index}.dataSources.${at}.url`, url })),
      ...notifications.map(({ url }, at) => ({ path: `dataLayers.${index}.notifications.${at}.url`, url })),
    ]),
  ];
  return urls.flatMap(({ path, url }) => {
    const reason = url === undefined ? null : checkUrl(url);
    return reason === null ? [] : [{ path, message: reason }];
  });
};

const countsOf = (changes: readonly ConfigurationChange[]): z.input<typeof importedSchema>["counts"] => {
  const counts = { create: 0, update: 0, delete: 0, unchanged: 0 };
  for (const { action } of changes) counts[action] += 1;
  return counts;
};

const imported = route({
  operationId: "importConfiguration",
  method: "put",
  path: "/import",
  summary: "Makes the configuration that of a document, by id; `dryRun` only says what would change. Starts no sync",
  allowed: "owners",
  query: importQuery,
  body: configurationSchema,
  answers: { 200: { description: "What was changed, or would be", schema: importedSchema } },
  problems: { 409: ["IMPORT_INTERRUPTED"] },
  async handle(call) {
    const { deps, member, query, body, serving } = call;
    const refused = refusedUrls(body, serving.checkUrl);
    if (refused.length > 0) return invalidInput("body", refused);
    const result = await importConfiguration(deps, member.actor, body, query);
    if (result.kind === "faulty") return invalidInput("body", result.faults);
    for (const target of result.touched) call.committed(target, false);
    if (result.kind === "imported") {
      const { changes } = result;
      const view = {
        dryRun: query.dryRun,
        counts: countsOf(changes),
        changes: changes.map((change) => ({ ...change, fields: [...change.fields] })),
      };
      return call.answer(200, importedSchema, view);
    }
    if (result.because === "no-room") return noRoom();
    const { type, name, action } = result.at;
    return problem({
      status: 409,
      code: "IMPORT_INTERRUPTED",
      title: "Somebody changed it meanwhile",
      detail: `What comes before ${type} "${name}" (${action}) is done, the rest is not. Import again: it goes on from what stands.`,
    });
  },
});

export const configurationRoutes: readonly Route[] = [exported, imported];
