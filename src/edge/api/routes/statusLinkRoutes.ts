import type { z } from "@hono/zod-openapi";
import { findLayer } from "../../../app/manage/layers.ts";
import { createStatusLink, listStatusLinks, removeStatusLink, tokenOf } from "../../../app/manage/statusLinks.ts";
import { isoTime } from "../../../app/time.ts";
import {
  statusLinkCreateSchema,
  statusLinkListSchema,
  statusLinkSchema,
} from "../../../contract/resources/statusLinkSchemas.ts";
import { ORDER_POSITION, pageQuery } from "../../../contract/schemas.ts";
import { STATUS_LINKS } from "../../../core/limits.ts";
import type { StatusLink } from "../../../core/status/statusLink.ts";
import { isLoopbackUrl } from "../../outgoing/refusedUrl.ts";
import { problem } from "../../problem.ts";
import { type Call, noContent } from "../call.ts";
import { none, type Route } from "../definition.ts";
import type { Serving } from "../options.ts";
import { invalidInput, isRefused, notFound, refuse } from "../problems.ts";
import { route } from "../route.ts";
import { actorView } from "../views/syncView.ts";

const path = "/data-layers/{layerId}/status-links";

/** A link. Its URLs are shown only to those who may delete it, because they let anybody look. */
const viewOf = (call: Call<unknown, unknown>, link: StatusLink): z.input<typeof statusLinkSchema> => {
  const { ref, name, frameAncestors = [], createdAt, createdBy } = link;
  const token = call.writer ? tokenOf(call.deps, call.param("layerId"), link) : null;
  const url = token === null ? null : `${call.deps.publicUrl}/status/${token}`;
  return {
    ref,
    name,
    ...(call.writer ? { url, badgeUrl: url === null ? null : `${url}/badge.svg` } : {}),
    frameAncestors,
    createdAt: isoTime(createdAt),
    createdBy: actorView(createdBy),
  };
};

/** Why pages of an origin may not frame the status page; null: they may. A browser frames it, so a host may be internal. */
const refusedOrigin = (origin: string, { checkUrl }: Serving): string | null =>
  origin.startsWith("https://") && !isLoopbackUrl(origin) ? null : checkUrl(origin);

const list = route({
  operationId: "listStatusLinks",
  method: "get",
  path,
  summary: "Lists a data layer's status links, newest first",
  allowed: "members",
  query: pageQuery(ORDER_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: statusLinkListSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { items, nextCursor } = listStatusLinks(layer, call.query);
    const view = { items: items.map((link) => viewOf(call, link)), nextCursor };
    return call.read(statusLinkListSchema, view);
  },
});

const create = route({
  operationId: "createStatusLink",
  method: "post",
  path,
  summary: "Creates a link that shows people without an account the state of publishes",
  details: "The page, the JSON and the badge contain only states: no settings, people or credentials.",
  allowed: "writers",
  query: none,
  body: statusLinkCreateSchema,
  answers: { 201: { description: "The link, with its URLs", schema: statusLinkSchema } },
  problems: { 409: ["LIMIT_REACHED"] },
  async handle(call) {
    const { name, frameAncestors } = call.body;
    const errors = frameAncestors.flatMap((origin, index) => {
      const message = refusedOrigin(origin, call.serving);
      return message === null ? [] : [{ path: `frameAncestors.${index}`, message }];
    });
    if (errors.length > 0) return invalidInput("body", errors);
    const layerId = call.param("layerId");
    const result = await createStatusLink(call.deps, call.member.actor, layerId, name, frameAncestors);
    if (isRefused(result)) return refuse(result);
    if (result.kind === "too-many") {
      const detail = `A data layer may have at most ${STATUS_LINKS} status links. Delete one first.`;
      return problem({
        status: 409,
        code: "LIMIT_REACHED",
        title: "Too many status links",
        detail,
        limit: STATUS_LINKS,
      });
    }
    call.committed({ kind: "layer", id: layerId }, false);
    return call.answer(201, statusLinkSchema, viewOf(call, result.link));
  },
});

const remove = route({
  operationId: "deleteStatusLink",
  method: "delete",
  path: `${path}/{statusLink}`,
  summary: "Deletes a status link; its URLs stop working",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 204: { description: "Deleted" } },
  async handle(call) {
    const layerId = call.param("layerId");
    const result = await removeStatusLink(call.deps, call.member.actor, layerId, call.param("statusLink"));
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "layer", id: layerId }, false);
    return noContent();
  },
});

export const statusLinkRoutes: readonly Route[] = [list, create, remove];
