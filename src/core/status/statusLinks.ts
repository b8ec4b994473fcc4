import { type ChangeBy, type Layer, oweAct } from "../layer/layer.ts";
import type { AuditAction } from "../owed.ts";
import type { StatusLink } from "./statusLink.ts";

const audited = (layer: Layer, { ref, name, frameAncestors = [] }: StatusLink, by: ChangeBy, action: AuditAction) =>
  oweAct(layer, by, { action, target: { type: "status_link", id: ref, name }, detail: { frameAncestors } });

/** The links to a layer's status. */
export const statusLinksOf = ({ statusLinks }: Pick<Layer, "statusLinks">): readonly StatusLink[] => statusLinks ?? [];

/** Adds a status link. */
export const addStatusLink = (layer: Layer, link: StatusLink, by: ChangeBy): Layer =>
  audited({ ...layer, statusLinks: [...statusLinksOf(layer), link] }, link, by, "status_link.created");

/** Deletes a status link. Its URL shows nothing from this write on. */
export const deleteStatusLink = (layer: Layer, link: StatusLink, by: ChangeBy): Layer =>
  audited(
    { ...layer, statusLinks: statusLinksOf(layer).filter(({ ref }) => ref !== link.ref) },
    link,
    by,
    "status_link.deleted",
  );
