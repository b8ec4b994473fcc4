import { z } from "@hono/zod-openapi";
import { deleteUnusedSite } from "../../../../app/manage/deleteUnusedSite.ts";
import type { Layer } from "../../../../core/layer/layer.ts";
import { problem } from "../../../problem.ts";
import { noContent } from "../../call.ts";
import { none } from "../../definition.ts";
import { changedSince, noRoom, notFound } from "../../problems.ts";
import { route } from "../../route.ts";
import { siteEtag } from "../../views/siteView.ts";

const deleteQuery = z.strictObject({
  disconnect: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .openapi({ description: "`true`: disconnects the site from every data layer, then deletes the site." }),
});

/** How many layers a refusal names. */
const NAMED = 10;

/** 409: layers connect the site. */
const siteInUse = (layers: readonly Layer[]): Response => {
  const shown = layers.slice(0, NAMED).map(({ id, name }) => ({ id, name }));
  const more = layers.length - shown.length;
  const names = shown.map(({ name }) => `"${name}"`).join(", ");
  const who = layers.length === 1 ? "1 data layer connects" : `${layers.length} data layers connect`;
  return problem({
    status: 409,
    code: "SITE_IN_USE",
    title: "The site is in use",
    detail: `${who} this site: ${names}${more > 0 ? ` and ${more} more` : ""}. Disconnect the site from these layers, or delete the site with ?disconnect=true, which does both.`,
    dataLayers: shown,
    more,
  });
};

/** Says how far a deletion came before it broke off. */
const disconnectedFrom = (layers: number): string | null =>
  layers === 0
    ? null
    : `The site is disconnected from ${layers} data ${layers === 1 ? "layer" : "layers"}, and not deleted`;

/** `DELETE /sites/{siteId}`. */
export const deleteSiteRoute = route({
  operationId: "deleteSite",
  method: "delete",
  path: "/sites/{siteId}",
  summary: "Deletes a site that is connected to no data layer",
  details:
    "With `disconnect=true`, the site is first disconnected from every data layer. Each change has its own audit entry. If the answer is lost, send the request again. The deletion continues where it stopped.",
  allowed: "writers",
  query: deleteQuery,
  body: none,
  answers: { 204: { description: "Deleted" } },
  problems: { 409: ["SITE_IN_USE"], 412: ["CHANGED_SINCE"] },
  async handle(call) {
    const id = call.param("siteId");
    let layers = 0;
    const result = await deleteUnusedSite(call.deps, call.member.actor, id, {
      disconnect: call.query.disconnect,
      matches: (site) => call.matches(siteEtag(site)),
      disconnected(layerId) {
        layers += 1;
        call.committed({ kind: "layer", id: layerId }, false);
      },
    });
    if (result.kind === "unknown-site") return notFound("SITE");
    if (result.kind === "in-use") return siteInUse(result.layers);
    if (result.kind === "changed-since") return changedSince(disconnectedFrom(layers));
    if (result.kind === "no-room") return noRoom(disconnectedFrom(layers));
    call.committed({ kind: "site", id }, false);
    return noContent();
  },
});
