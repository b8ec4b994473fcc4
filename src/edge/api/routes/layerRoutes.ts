import type { z } from "@hono/zod-openapi";
import type { ConnectedRefused } from "../../../app/manage/connectSites.ts";
import {
  addLayer,
  configureLayer,
  deleteLayer,
  findLayer,
  type LayerChanged,
  listLayers,
  type SettingsRefused,
} from "../../../app/manage/layers.ts";
import { rotateSecretOfNotification, rotateSourceSecret } from "../../../app/manage/signingSecrets.ts";
import type { LayerPatch } from "../../../app/settings/layerSettings.ts";
import { HEADERS_ELSEWHERE, URL_MASKED } from "../../../app/settings/sourceSettings.ts";
import { layerItem } from "../../../app/show/documentSummaries.ts";
import { Stages } from "../../../app/show/stages.ts";
import { isoTime } from "../../../app/time.ts";
import {
  layerCreateSchema,
  layerItemSchema,
  layerPatchSchema,
  layerSchema,
  rotatedSchema,
} from "../../../contract/resources/layerSchemas.ts";
import { documentPageSchema, ORDER_POSITION, pageQuery, syncQuery } from "../../../contract/schemas.ts";
import type { Layer } from "../../../core/layer/layer.ts";
import { sampleUrl } from "../../../core/proof/pageCheck.ts";
import { scopeOf, seesLayer, tokenScoped } from "../../access/scope.ts";
import { forbidden } from "../../access/whoCalls.ts";
import { refusedBuildHook } from "../../outgoing/refusedBuildHook.ts";
import { problem } from "../../problem.ts";
import { type Call, noContent } from "../call.ts";
import { none, type Route } from "../definition.ts";
import { limitReached } from "../limitReached.ts";
import { type FieldError, invalidInput, isRefused, notFound, refuse, type Thing } from "../problems.ts";
import { route } from "../route.ts";
import { layerItemView, layerView } from "../views/layerView.ts";
import { refusedPurgeSite } from "../views/netlifySites.ts";

const itemsSchema = documentPageSchema(layerItemSchema).openapi("DataLayerList");

/** A layer's ETag covers its settings alone, so that a running sync does not make changes of them fail. */
const layerEtag = (layer: Layer): string => `"${layer.settingsRev}"`;

const viewOf = async (call: Call<unknown, unknown>, layer: Layer): Promise<z.input<typeof layerSchema>> =>
  layerView(call.deps, await new Stages(call.deps).ofLayer(layer), { writer: call.writer, secrets: call.writer });

/** The faults in the URLs of an input. Which URLs may be called depends on the configuration. */
const refusedUrls = (call: Call<unknown, LayerPatch>): FieldError[] => {
  const { dataSources = [], connectedSites = [], notifications = [], live } = call.body;
  const urls = [
    ...dataSources.map(({ url }, index) => ({ path: `dataSources.${index}.url`, url })),
    ...notifications.map(({ url }, index) => ({ path: `notifications.${index}.url`, url })),
  ];
  const { checkUrl } = call.serving;
  const reasons = [
    ...urls.map(({ path, url }) => ({ path, message: url === undefined ? null : checkUrl(url) })),
    ...connectedSites.map((site, index) => ({
      path: `connectedSites.${index}.buildHook`,
      message: "buildHook" in site ? refusedBuildHook(checkUrl, site.buildHook, site.kind) : null,
    })),
    { path: "live.url", message: live == null ? null : checkUrl(sampleUrl(live.url)) },
  ];
  return reasons.flatMap(({ path, message }) => (message === null ? [] : [{ path, message }]));
};

/** The number of new sites in a layer's input. */
const toMake = ({ connectedSites = [] }: LayerPatch): number =>
  connectedSites.filter((site) => "buildHook" in site).length;

const refusedSettings = (result: SettingsRefused | ConnectedRefused): Response => {
  if (result.kind === "notification-without-url") {
    return invalidInput("body", [
      { path: `notifications.${result.index}.url`, message: "is required for a new notification" },
    ]);
  }
  if (result.kind === "url-masked") {
    return invalidInput("body", [{ path: `dataSources.${result.index}.url`, message: URL_MASKED }]);
  }
  if (result.kind === "headers-elsewhere") {
    return invalidInput("body", [{ path: `dataSources.${result.index}.headers`, message: HEADERS_ELSEWHERE }]);
  }
  return problem({
    status: 422,
    code: "SITE_UNKNOWN",
    title: "No such site",
    detail: `connectedSites.${result.index}: no site has the id ${result.siteId}. Create the site first, or give name and buildHook.`,
  });
};

/** A scoped token may remove sites from its layers, but may not connect a site that it does not see. */
const refusedSites = async (call: Call<unknown, LayerPatch>): Promise<Response | null> => {
  const scope = await scopeOf(call);
  if (scope === null) return null;
  const sites = call.body.connectedSites ?? [];
  const index = sites.findIndex((site) => "siteId" in site && !scope.siteIds.has(site.siteId));
  const unknown = sites[index];
  if (unknown !== undefined && "siteId" in unknown) {
    return refusedSettings({ kind: "no-such-site", index, siteId: unknown.siteId });
  }
  return sites.some((site) => "buildHook" in site) ? tokenScoped() : null;
};

const committed = (call: Call<unknown, unknown>, { layer, newSiteIds: madeSites, wake }: LayerChanged): void => {
  call.committed({ kind: "layer", id: layer.id }, wake);
  for (const id of madeSites) call.committed({ kind: "site", id }, false);
};

const list = route({
  operationId: "listDataLayers",
  method: "get",
  path: "/data-layers",
  summary: "Lists the data layers, newest first",
  allowed: "members",
  query: pageQuery(ORDER_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: itemsSchema } },
  scoped: true,
  async handle(call) {
    const { items, ...page } = await listLayers(call.deps, call.query, (id) => seesLayer(call.member, id));
    const stages = new Stages(call.deps);
    const staged = await Promise.all(items.map((layer) => stages.ofLayer(layer)));
    return call.read(itemsSchema, {
      ...page,
      items: staged.map(({ layer, standing }) => layerItemView(layerItem(layer), standing)),
      unreadable: [...page.unreadable],
    });
  },
});

const create = route({
  operationId: "createDataLayer",
  method: "post",
  path: "/data-layers",
  summary: "Creates a data layer",
  allowed: "writers",
  query: syncQuery,
  body: layerCreateSchema,
  answers: { 201: { description: "The layer", schema: layerSchema } },
  problems: { 409: ["ID_TAKEN", "LIMIT_REACHED"], 422: ["SITE_UNKNOWN"] },
  async handle(call) {
    const { id, ...patch } = call.body;
    if (id !== undefined && call.member.role !== "Owner") return forbidden("owners", call.member, "choose an id");
    const errors = refusedUrls(call);
    if (errors.length > 0) return invalidInput("body", errors);
    const foreign = await refusedPurgeSite(call, null);
    if (foreign !== null) return foreign;
    const full =
      (await limitReached(call.deps, "layers", 1)) ?? (await limitReached(call.deps, "sites", toMake(patch)));
    if (full !== null) return full;
    const result = await addLayer(call.deps, call.member.actor, patch, id ?? null, call.query.sync);
    if (isRefused(result)) return refuse(result);
    if (result.kind === "taken") {
      const detail = "A data layer with this id already exists. Choose another id.";
      return problem({ status: 409, code: "ID_TAKEN", title: "The id is already in use", detail });
    }
    if (result.kind !== "added") return refusedSettings(result);
    committed(call, result);
    const location = `/api/v1/data-layers/${result.layer.id}`;
    const headers = { location, etag: layerEtag(result.layer) };
    return call.answer(201, layerSchema, await viewOf(call, result.layer), headers);
  },
});

const get = route({
  operationId: "getDataLayer",
  method: "get",
  path: "/data-layers/{layerId}",
  summary: "Shows a data layer",
  details:
    "The ETag covers the settings only: a sync, a webhook, a sent notification or a connected site does not change the ETag, so `If-None-Match` still answers 304. To follow what happens, poll `GET /data-layers/{layerId}/activity`.",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The layer", schema: layerSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    return call.read(layerSchema, await viewOf(call, layer), layerEtag(layer));
  },
});

const change = route({
  operationId: "changeDataLayer",
  method: "patch",
  path: "/data-layers/{layerId}",
  summary: "Updates a data layer. Lists are replaced as a whole, and a source with the same slug keeps its secret",
  allowed: "writers",
  query: syncQuery,
  body: layerPatchSchema,
  answers: { 200: { description: "The layer", schema: layerSchema } },
  problems: {
    403: ["TOKEN_SCOPED"],
    409: ["DEFAULT_WEBHOOK_OFF", "LIMIT_REACHED"],
    412: ["CHANGED_SINCE"],
    422: ["SITE_UNKNOWN"],
  },
  async handle(call) {
    const errors = refusedUrls(call);
    if (errors.length > 0) return invalidInput("body", errors);
    const hidden = await refusedSites(call);
    if (hidden !== null) return hidden;
    const { deps, member, body, query } = call;
    const purges = body.cachePurge?.siteId !== undefined;
    const foreign = purges ? await refusedPurgeSite(call, await findLayer(deps, call.param("layerId"))) : null;
    if (foreign !== null) return foreign;
    const full = await limitReached(deps, "sites", toMake(body));
    if (full !== null) return full;
    const matches = (layer: Layer): boolean => call.matches(layerEtag(layer));
    const result = await configureLayer(deps, member.actor, call.param("layerId"), body, query.sync, matches);
    if (isRefused(result)) return refuse(result);
    if (result.kind === "default-webhook-off") {
      const title = "The default webhook cannot be switched on";
      const detail = "This layer forbids its default webhook permanently. Create a webhook instead.";
      return problem({ status: 409, code: "DEFAULT_WEBHOOK_OFF", title, detail });
    }
    if (result.kind !== "configured") return refusedSettings(result);
    committed(call, result);
    return call.answer(200, layerSchema, await viewOf(call, result.layer), { etag: layerEtag(result.layer) });
  },
});

const remove = route({
  operationId: "deleteDataLayer",
  method: "delete",
  path: "/data-layers/{layerId}",
  summary: "Deletes a data layer; its audit entries stay",
  allowed: "owners",
  query: none,
  body: none,
  answers: { 204: { description: "Deleted" } },
  problems: { 412: ["CHANGED_SINCE"] },
  async handle(call) {
    const id = call.param("layerId");
    const matches = (layer: Layer): boolean => call.matches(layerEtag(layer));
    const result = await deleteLayer(call.deps, call.member.actor, id, matches);
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "layer", id }, false);
    return noContent();
  },
});

/** The answer to a rotation of a source's or a notification's secret. */
const rotatedAnswer = (
  call: Call<unknown, unknown>,
  result: Awaited<ReturnType<typeof rotateSourceSecret>>,
  thing: Thing,
): Response => {
  if (isRefused(result)) return refuse(result);
  if (result.kind === "unknown") return notFound(thing);
  if (result.kind === "no-secret") {
    const title = "The data source has no signing secret";
    const detail = "A probe signs no requests, so it has no secret. Change the probe's `headers` instead.";
    return problem({ status: 409, code: "NO_SECRET", title, detail });
  }
  call.committed({ kind: "layer", id: call.param("layerId") }, false);
  const previousSecretExpiresAt = isoTime(result.previousUntil);
  return call.answer(200, rotatedSchema, { secret: result.secret, previousSecretExpiresAt });
};

const rotate = route({
  operationId: "rotateDataSourceSecret",
  method: "post",
  path: "/data-layers/{layerId}/data-sources/{slug}/secret",
  summary: "Rotates a data source's signing secret. For a day, the old secret signs too",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 200: { description: "The new secret", schema: rotatedSchema } },
  problems: { 409: ["NO_SECRET"] },
  async handle(call) {
    const { deps, member } = call;
    const result = await rotateSourceSecret(deps, member.actor, call.param("layerId"), call.param("slug"));
    return rotatedAnswer(call, result, "DATA_SOURCE");
  },
});

const rotateOfNotification = route({
  operationId: "rotateNotificationSecret",
  method: "post",
  path: "/data-layers/{layerId}/notifications/{notificationId}/secret",
  summary: "Rotates a notification's signing secret. For a day, the old secret signs too",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 200: { description: "The new secret", schema: rotatedSchema } },
  async handle(call) {
    const { deps, member } = call;
    const id = call.param("notificationId");
    const result = await rotateSecretOfNotification(deps, member.actor, call.param("layerId"), id);
    return rotatedAnswer(call, result, "NOTIFICATION");
  },
});

export const layerRoutes: readonly Route[] = [list, create, get, change, remove, rotate, rotateOfNotification];
