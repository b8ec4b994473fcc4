import { findSite } from "../../../app/manage/sites.ts";
import type { LayerPatch } from "../../../app/settings/layerSettings.ts";
import type { Layer } from "../../../core/layer/layer.ts";
import type { Site } from "../../../core/site/site.ts";
import type { Member } from "../../access/member.ts";
import { tokenScoped } from "../../access/scope.ts";
import { forbidden } from "../../access/whoCalls.ts";
import type { Call } from "../call.ts";

/**
 * The team's token reaches every site of its owner at Netlify. Only an Owner without a layer limit may choose these sites.
 * Otherwise a Developer could build them, read their deploys or purge their caches.
 */
const refusal = (member: Member, what: string): Response | null => {
  if (member.role !== "Owner") return forbidden("owners", member, what);
  return member.dataLayers === undefined ? null : tokenScoped();
};

/** 403 if this member may not set this id at Netlify; otherwise null. The id may stay as it is, and be cleared. */
export const refusedNetlifySite = (member: Member, given: string | null | undefined, site?: Site): Response | null =>
  given == null || given === site?.netlifySiteId ? null : refusal(member, "set `netlifySiteId`");

/**
 * 403 if this member may not let the layer purge this site's cache; otherwise null. Any writer may name a site that the
 * layer connects. `layer` is the current layer, null for a new one.
 */
export const refusedPurgeSite = async (
  { deps, member, body }: Pick<Call<unknown, LayerPatch>, "deps" | "member" | "body">,
  layer: Layer | null,
): Promise<Response | null> => {
  const siteId = body.cachePurge?.siteId;
  if (siteId === undefined || siteId === layer?.cachePurge?.siteId) return null;
  const forbiddenSite = refusal(member, "purge the cache of a site that is not connected to the layer");
  if (forbiddenSite === null) return null;
  const connected = (body.connectedSites ?? layer?.connectedSites ?? []).flatMap((site) =>
    "siteId" in site ? [site.siteId] : [],
  );
  const sites = await Promise.all(connected.map((id) => findSite(deps, id)));
  return sites.some((site) => site?.netlifySiteId === siteId) ? null : forbiddenSite;
};
