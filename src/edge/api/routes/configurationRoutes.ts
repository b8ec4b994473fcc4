import { z } from "@hono/zod-openapi";
import type { Configuration } from "../../../app/configuration/configuration.ts";
import type { ConfigurationChange } from "../../../app/configuration/configurationStep.ts";
import { exportConfiguration, exportConfigurationPage } from "../../../app/configuration/exportConfiguration.ts";
import { importConfiguration } from "../../../app/configuration/importConfiguration.ts";
import {
  configurationSchema,
  exportedSchema,
  exportQuery,
  importedSchema,
  importQuery,
  SCHEMA_VERSION,
} from "../../../contract/resources/configurationSchemas.ts";
import { EXPORT_BYTES, EXPORT_DOCUMENTS, IMPORT_BODY_BYTES } from "../../../core/limits.ts";
import { sampleUrl } from "../../../core/proof/pageCheck.ts";
import { isNetlifyHook } from "../../../core/site/hookKind.ts";
import { forbidden } from "../../access/whoCalls.ts";
import { refusedBuildHook } from "../../outgoing/refusedBuildHook.ts";
import { problem } from "../../problem.ts";
import { none, type Route } from "../definition.ts";
import { type FieldError, invalidInput, noRoom } from "../problems.ts";
import { route } from "../route.ts";

const exportTooLarge = (): Response =>
  problem({
    status: 409,
    code: "EXPORT_TOO_LARGE",
    title: "The configuration is too large for one answer",
    detail: `One answer holds at most ${EXPORT_BYTES} bytes and ${EXPORT_DOCUMENTS} data layers and sites. Read the configuration in pages with \`limit\` and \`cursor\`, or run \`npm run config -- pull\`, which joins the pages.`,
  });

const exported = route({
  operationId: "exportConfiguration",
  method: "get",
  path: "/export",
  summary:
    "Exports the configuration as one document, or a page of it. Only an Owner gets secrets, and the audit log records that export",
  allowed: "members",
  query: exportQuery,
  body: none,
  answers: { 200: { description: "The configuration", schema: exportedSchema } },
  problems: { 403: ["FORBIDDEN"], 409: ["EXPORT_TOO_LARGE"] },
  async handle({ request, deps, member, query: { secrets, ...page }, read }) {
    if (secrets && member.role !== "Owner") return forbidden("owners", member, "export secrets");
    const parameters = new URL(request.url).searchParams;
    // The schema of the input does not check an export: what a neighbouring release stored must not make a backup
    // impossible.
    if (parameters.has("limit") || parameters.has("cursor")) {
      const { configuration, nextCursor } = await exportConfigurationPage(deps, member.actor, secrets, page);
      return read(z.unknown(), { schemaVersion: SCHEMA_VERSION, secrets, ...configuration, nextCursor });
    }
    const configuration = await exportConfiguration(deps, member.actor, secrets);
    if (configuration === null) return exportTooLarge();
    return read(z.unknown(), { schemaVersion: SCHEMA_VERSION, secrets, ...configuration });
  },
});

const refusedUrls = ({ sites, dataLayers }: Configuration, checkUrl: (url: string) => string | null): FieldError[] => {
  const urls = [
    ...sites.map(({ publicUrl }, index) => ({ path: `sites.${index}.publicUrl`, url: publicUrl ?? undefined })),
    ...dataLayers.flatMap(({ dataSources = [], notifications = [], webhooks = [], live }, index) => [
      { path: `dataLayers.${index}.live.url`, url: live == null ? undefined : sampleUrl(live.url) },
      ...dataSources.map(({ url }, at) => ({ path: `dataLayers.${index}.dataSources.${at}.url`, url })),
      ...notifications.map(({ url }, at) => ({ path: `dataLayers.${index}.notifications.${at}.url`, url })),
      ...webhooks.map(({ verification }, at) => ({
        path: `dataLayers.${index}.webhooks.${at}.verification.jwksUrl`,
        url: verification?.scheme === "jwt" ? verification.jwksUrl : undefined,
      })),
    ]),
  ];
  const reasons = [
    ...sites.map(({ buildHook, kind }, index) => ({
      path: `sites.${index}.buildHook`,
      // An earlier release stored Netlify's build hooks as "other" too, and such a document must be restored.
      message:
        buildHook === undefined
          ? null
          : refusedBuildHook(checkUrl, buildHook, isNetlifyHook(buildHook) ? undefined : kind),
    })),
    ...urls.map(({ path, url }) => ({ path, message: url === undefined ? null : checkUrl(url) })),
  ];
  return reasons.flatMap(({ path, message }) => (message === null ? [] : [{ path, message }]));
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
  summary: "Sets the configuration to that of a document, by id. `dryRun` only shows the changes. Starts no sync",
  allowed: "owners",
  query: importQuery,
  body: configurationSchema,
  bodyBytes: IMPORT_BODY_BYTES,
  answers: { 200: { description: "The changes, made or planned", schema: importedSchema } },
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
      title: "The configuration changed during the import",
      detail: `The changes before ${type} "${name}" (${action}) are made, and the rest are not. Import the same document again. The import continues from the current state.`,
    });
  },
});

export const configurationRoutes: readonly Route[] = [exported, imported];
