import { defined } from "../../core/defined.ts";
import type { NoRoom } from "../../core/layer/decideOnce.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { STATUS_LINKS } from "../../core/limits.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { StatusLink } from "../../core/status/statusLink.ts";
import { addStatusLink, deleteStatusLink, statusLinksOf } from "../../core/status/statusLinks.ts";
import { orderKey, statusLinkKey } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { type Page, type PageRequest, pageOf } from "../stored/pages.ts";
import { openerOf, placeOf, sealedParts } from "../stored/sealing.ts";
import { changeLayer, DELETED, type Deleted, type UnknownLayer } from "./changes.ts";

/** One page of a layer's status links, newest first. */
export const listStatusLinks = (layer: Layer, request: PageRequest): Page<StatusLink> => {
  const positions = new Map(statusLinksOf(layer).map((link) => [orderKey("", link.createdAt, link.ref), link]));
  const page = pageOf(positions.keys(), request);
  return { ...page, items: page.items.flatMap((position) => positions.get(position) ?? []) };
};

/** The token of a link; null if it was sealed with a key that is not configured. */
export const tokenOf = ({ sealer }: Pick<Deps, "sealer">, layerId: string, { ref, token }: StatusLink): string | null =>
  openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.statusLink(ref)).open(token);

export type StatusLinkCreated = { readonly kind: "created"; readonly link: StatusLink } | { readonly kind: "too-many" };

/**
 * Creates a status link. Its place in the store is written first: a crash in between leaves a place that leads to no
 * link, but never a link that leads nowhere.
 */
export const createStatusLink = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  name: string,
  frameAncestors: readonly string[],
): Promise<StatusLinkCreated | UnknownLayer | NoRoom> => {
  const token = deps.ids.secret();
  const ref = deps.ids.timeOrdered();
  const hash = deps.digest(token);
  const link: StatusLink = {
    ref,
    name,
    hash,
    token: deps.sealer.seal(token, placeOf({ kind: "layer", id: layerId }, sealedParts.statusLink(ref))),
    ...defined({ frameAncestors: frameAncestors.length === 0 ? undefined : [...frameAncestors] }),
    createdAt: deps.clock.now(),
    createdBy: actor,
  };
  await deps.archive.write(statusLinkKey(hash), JSON.stringify({ layerId, ref }), null);
  const result = await changeLayer<StatusLinkCreated>(deps, actor, layerId, (layer, { by, tried }) => {
    // This holds also if somebody has deleted the link since: it must not come back.
    if (tried) return { kind: "keep", result: { kind: "created", link } };
    if (statusLinksOf(layer).length >= STATUS_LINKS) return { kind: "keep", result: { kind: "too-many" } };
    return { kind: "write", document: addStatusLink(layer, link, by), result: { kind: "created", link } };
  });
  if (result.kind !== "created") await removePlaces(deps, [link]);
  return result;
};

/** Removes the places of links that are gone. Never throws: a place that stays leads to no link. */
export const removePlaces = async (deps: Deps, links: readonly StatusLink[]): Promise<void> => {
  try {
    await Promise.all(links.map(({ hash }) => deps.archive.remove(statusLinkKey(hash))));
  } catch (error) {
    const message = error instanceof Error ? error.name : "unknown";
    deps.report({ kind: "trouble", where: "place of a status link", error: message });
  }
};

export type StatusLinkDeleted = Deleted | { readonly kind: "unknown-status-link" };

/** Deletes a status link. */
export const removeStatusLink = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  ref: string,
): Promise<StatusLinkDeleted | UnknownLayer | NoRoom> => {
  let gone: StatusLink | undefined;
  const result = await changeLayer<StatusLinkDeleted>(deps, actor, layerId, (layer, { by, tried }) => {
    const link = statusLinksOf(layer).find((one) => one.ref === ref);
    if (link === undefined) return { kind: "keep", result: tried ? DELETED : { kind: "unknown-status-link" } };
    gone = link;
    return { kind: "write", document: deleteStatusLink(layer, link, by), result: DELETED };
  });
  if (result.kind === "deleted" && gone !== undefined) await removePlaces(deps, [gone]);
  return result;
};
