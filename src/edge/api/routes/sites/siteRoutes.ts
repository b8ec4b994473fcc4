import {
  addSite,
  buildNow,
  findSite,
  listSites,
  reconfigureSite,
  type SitePatch,
} from "../../../../app/manage/sites.ts";
import { onPagesOf } from "../../../../app/proof/onPage.ts";
import { readProof } from "../../../../app/proof/proofRecord.ts";
import { findState, listStates } from "../../../../app/stored/records.ts";
import { buildSchema } from "../../../../contract/records/syncSchemas.ts";
import {
  buildInputSchema,
  siteCreateSchema,
  sitePatchSchema,
  siteSchema,
} from "../../../../contract/resources/siteSchemas.ts";
import {
  documentPageSchema,
  ID_POSITION,
  ORDER_POSITION,
  pageQuery,
  pageSchema,
} from "../../../../contract/schemas.ts";
import { HOOK_NEEDED, hookKindOf, isNetlifyHook, isWithoutNetlifyHook } from "../../../../core/site/hookKind.ts";
import type { Site } from "../../../../core/site/site.ts";
import { type Scope, scopeOf } from "../../../access/scope.ts";
import { refusedBuildHook } from "../../../outgoing/refusedBuildHook.ts";
import { problem } from "../../../problem.ts";
import type { Call } from "../../call.ts";
import { none, type Route } from "../../definition.ts";
import { limitReached } from "../../limitReached.ts";
import { invalidInput, isRefused, notFound, recordNotFound, refuse } from "../../problems.ts";
import { route } from "../../route.ts";
import { buildView } from "../../views/buildView.ts";
import { refusedNetlifySite } from "../../views/netlifySites.ts";
import { manifestView } from "../../views/proofView.ts";
import { siteEtag, siteView } from "../../views/siteView.ts";
import { deleteSiteRoute } from "./deleteSiteRoute.ts";
import { deployNotificationRoutes } from "./deployNotificationRoutes.ts";
import { testHookRoute } from "./testHookRoute.ts";

const branchRefused = (): Response =>
  problem({
    status: 409,
    code: "BUILD_IN_PROGRESS",
    title: "Another build is owed first",
    detail:
      "You named a `branch`, but a build of another branch waits, is held or is tried again, and it cannot show that branch. Leave `branch` out to start the owed build now, or send the request again when it has ended.",
  });

const path = "/sites";
const onePath = `${path}/{siteId}`;
const itemsSchema = documentPageSchema(siteSchema).openapi("SiteList");
const buildsSchema = pageSchema(buildSchema).openapi("BuildList");

/** 400: the build hook or the public URL may not be stored. `current` is the site before the change, if there is one. */
const refusedHook = ({ serving, body }: Call<unknown, SitePatch>, current: Site | null = null): Response | null => {
  const { buildHook, kind, publicUrl } = body;
  const refusedPage = publicUrl == null ? null : serving.checkUrl(publicUrl);
  if (refusedPage !== null) return invalidInput("body", [{ path: "publicUrl", message: refusedPage }]);
  if (current !== null && isWithoutNetlifyHook(current, body)) {
    return invalidInput("body", [{ path: "kind", message: HOOK_NEEDED }]);
  }
  if (buildHook === undefined) return null;
  const reason = refusedBuildHook(
    serving.checkUrl,
    buildHook,
    kind ?? (current === null || isNetlifyHook(buildHook) ? undefined : hookKindOf(current)),
  );
  return reason === null ? null : invalidInput("body", [{ path: "buildHook", message: reason }]);
};

type SiteCall = Pick<Call<unknown, unknown>, "deps" | "member" | "param">;

/** The requested site and what the member may see of it; null if the member sees no such site. */
const visibleSite = async (call: SiteCall): Promise<{ readonly site: Site; readonly scope: Scope | null } | null> => {
  const id = call.param("siteId");
  const scope = await scopeOf(call);
  const site = scope === null || scope.siteIds.has(id) ? await findSite(call.deps, id) : null;
  return site === null ? null : { site, scope };
};

const list = route({
  operationId: "listSites",
  method: "get",
  path,
  summary: "Lists the sites, newest first",
  allowed: "members",
  query: pageQuery(ORDER_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: itemsSchema } },
  scoped: true,
  async handle(call) {
    const scope = await scopeOf(call);
    const { items, nextCursor, unreadable } = await listSites(
      call.deps,
      call.query,
      (id) => scope?.siteIds.has(id) ?? true,
    );
    const views = items.map((site) => siteView(site, call.deps, scope));
    return call.read(itemsSchema, { items: views, nextCursor, unreadable: [...unreadable] });
  },
});

const create = route({
  operationId: "createSite",
  method: "post",
  path,
  summary: "Creates a site",
  allowed: "writers",
  query: none,
  body: siteCreateSchema,
  answers: { 201: { description: "The site", schema: siteSchema } },
  problems: { 409: ["LIMIT_REACHED"] },
  async handle(call) {
    const refused = refusedHook(call) ?? refusedNetlifySite(call.member, call.body.netlifySiteId);
    if (refused !== null) return refused;
    const full = await limitReached(call.deps, "sites", 1);
    if (full !== null) return full;
    const site = await addSite(call.deps, call.member.actor, call.body);
    call.committed({ kind: "site", id: site.id }, false);
    const headers = { location: `/api/v1/sites/${site.id}`, etag: siteEtag(site) };
    return call.answer(201, siteSchema, siteView(site, call.deps), headers);
  },
});

const get = route({
  operationId: "getSite",
  method: "get",
  path: onePath,
  summary: "Shows a site and what it builds",
  details:
    "The ETag covers the settings only: a build or a deploy does not change the ETag, so `If-None-Match` still answers 304. To follow builds, poll `GET /sites/{siteId}/builds`.",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The site", schema: siteSchema } },
  scoped: true,
  async handle(call) {
    const seen = await visibleSite(call);
    if (seen === null) return notFound("SITE");
    return call.read(siteSchema, siteView(seen.site, call.deps, seen.scope), siteEtag(seen.site));
  },
});

const change = route({
  operationId: "changeSite",
  method: "patch",
  path: onePath,
  summary: "Updates a site",
  allowed: "writers",
  query: none,
  body: sitePatchSchema,
  answers: { 200: { description: "The site", schema: siteSchema } },
  problems: { 412: ["CHANGED_SINCE"] },
  async handle(call) {
    const id = call.param("siteId");
    const { netlifySiteId, buildHook, kind } = call.body;
    const rests = [netlifySiteId, buildHook, kind].some((given) => given != null);
    const current = rests ? await findSite(call.deps, id) : null;
    const refused = refusedHook(call, current);
    if (refused !== null) return refused;
    const foreign = current === null ? null : refusedNetlifySite(call.member, netlifySiteId, current);
    if (foreign !== null) return foreign;
    const matches = (site: Site): boolean => call.matches(siteEtag(site));
    const result = await reconfigureSite(call.deps, call.member.actor, id, call.body, matches);
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "site", id }, false);
    const { site } = result;
    return call.answer(200, siteSchema, siteView(site, call.deps), { etag: siteEtag(site) });
  },
});

const listBuilds = route({
  operationId: "listBuilds",
  method: "get",
  path: `${onePath}/builds`,
  summary: "Lists a site's builds, newest first, including the pending and the running build",
  allowed: "members",
  query: pageQuery(ID_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: buildsSchema } },
  scoped: true,
  async handle(call) {
    const seen = await visibleSite(call);
    if (seen === null) return notFound("SITE");
    const { site, scope } = seen;
    const { items, nextCursor } = await listStates(call.deps, site, call.query);
    return call.read(buildsSchema, { items: items.map((state) => buildView(state, site, scope)), nextCursor });
  },
});

const build = route({
  operationId: "buildSite",
  method: "post",
  path: `${onePath}/builds`,
  summary: "Builds a site now, regardless of its pacing",
  details:
    "The request joins the pending build, if there is one. The branch is refused while publishes wait for that build, because a build of another branch would not show them.",
  allowed: "writers",
  query: none,
  body: buildInputSchema,
  bodyOptional: true,
  problems: { 409: ["BUILD_IN_PROGRESS"] },
  answers: { 202: { description: "The build, which waits only for a running build", schema: buildSchema } },
  async handle(call) {
    const id = call.param("siteId");
    const result = await buildNow(call.deps, call.member.actor, id, call.body);
    if (result.kind === "branch-refused") return branchRefused();
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "site", id }, result.wake);
    const state = await findState(call.deps, result.site, result.buildId);
    if (state === null) throw new RangeError("a build that was asked for is nowhere");
    const headers = { location: `/api/v1/sites/${id}/builds/${result.buildId}` };
    return call.answer(202, buildSchema, buildView(state, result.site), headers);
  },
});

const getBuild = route({
  operationId: "getBuild",
  method: "get",
  path: `${onePath}/builds/{buildId}`,
  summary: "Shows a build",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The build", schema: buildSchema } },
  scoped: true,
  async handle(call) {
    const seen = await visibleSite(call);
    if (seen === null) return notFound("SITE");
    const { site, scope } = seen;
    const { deps } = call;
    const buildId = call.param("buildId");
    const [state, proof, found] = await Promise.all([
      findState(deps, site, buildId),
      readProof(deps, site.id, buildId),
      onPagesOf(deps, site, buildId),
    ]);
    if (state === null) return recordNotFound("BUILD", deps.retention.syncs);
    return call.read(buildSchema, {
      ...buildView(state, site, scope),
      manifest: manifestView({ proof, found }, deps.sealer, scope),
    });
  },
});

export const siteRoutes: readonly Route[] = [
  list,
  create,
  get,
  change,
  deleteSiteRoute,
  listBuilds,
  build,
  getBuild,
  testHookRoute,
  ...deployNotificationRoutes,
];
