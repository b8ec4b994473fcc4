import { z } from "zod";
import { IMPORT_BODY_BYTES, IMPORT_CHANGES } from "../core/limits.ts";

/** What is read of a configuration to part it; the API judges everything else. */
const webhookSchema = z.looseObject({ id: z.string().optional(), ref: z.string().optional(), name: z.string() });
const siteSchema = z.looseObject({ id: z.string(), name: z.string() });
const layerSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  connectedSites: z.array(z.looseObject({ siteId: z.string() })).optional(),
  webhooks: z.array(webhookSchema).optional(),
});
export const configurationSchema = z.looseObject({
  sites: z.array(siteSchema),
  dataLayers: z.array(layerSchema),
});
export type Configuration = z.infer<typeof configurationSchema>;
type Site = z.infer<typeof siteSchema>;
type Layer = z.infer<typeof layerSchema>;

export const changeSchema = z.object({
  type: z.enum(["site", "data_layer", "webhook"]),
  id: z.string().nullable(),
  name: z.string(),
  dataLayerId: z.string().nullable(),
  action: z.enum(["create", "update", "delete", "unchanged"]),
  fields: z.array(z.string()),
});
export type Change = z.infer<typeof changeSchema>;

/** A document for one import, and what that deletes of what the document does not have. */
export interface Part {
  readonly document: Configuration;
  readonly prune: "false" | "webhooks" | "true";
}

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const isReal = ({ action }: Change): boolean => action !== "unchanged";
const named = <T extends Site | Layer>({ id, name }: T) => ({ id, name });

/** Something that goes into a part as a whole. */
interface Piece<T> {
  readonly item: T;
  readonly changes: number;
}

/** Groups of pieces, in their order, each of so many bytes and changes; a larger piece is a group of its own. */
const grouped = <T extends { readonly id: string }>(pieces: readonly Piece<T>[], maxBytes: number): T[][] => {
  const groups: T[][] = [];
  let [bytes, changes] = [0, 0];
  for (const piece of pieces) {
    const size = bytesOf(piece.item) + 1;
    const last = groups.at(-1);
    const fits = bytes + size <= maxBytes && changes + piece.changes <= IMPORT_CHANGES;
    if (last !== undefined && fits && last.every(({ id }) => id !== piece.item.id)) {
      last.push(piece.item);
      bytes += size;
      changes += piece.changes;
    } else {
      groups.push([piece.item]);
      bytes = size;
      changes = piece.changes;
    }
  }
  return groups;
};

/** What the items of a part may have: around them stand the names of its fields. */
const ROOM = IMPORT_BODY_BYTES - 1024;

/** What an import is of, whatever part it is. */
const headOf = ({ sites: _sites, dataLayers: _dataLayers, ...head }: Configuration) => head;

/** A part by which the layers of a document are planned, and where in the document these stand. */
export interface LayersToPlan {
  readonly document: Configuration;
  readonly from: number;
}

/**
 * The layers of a document for a plan, with the sites they name: a plan makes nothing, so those to be made are not there
 * yet. Nothing of a layer is left out, so that all of its faults are found.
 */
export const layersToPlan = (document: Configuration): LayersToPlan[] => {
  const sites = new Map(document.sites.map((site) => [site.id, site]));
  const sitesOf = (layers: readonly Layer[]): Site[] => {
    const ids = new Set(layers.flatMap(({ connectedSites = [] }) => connectedSites.map(({ siteId }) => siteId)));
    return [...ids].flatMap((id) => sites.get(id) ?? []);
  };
  const parts: LayersToPlan[] = [];
  let layers: Layer[] = [];
  const documentOf = (some: Layer[]): Configuration => ({
    ...headOf(document),
    sites: sitesOf(some),
    dataLayers: some,
  });
  for (const [index, layer] of document.dataLayers.entries()) {
    if (layers.length > 0 && bytesOf(documentOf([...layers, layer])) > IMPORT_BODY_BYTES) {
      parts.push({ document: documentOf(layers), from: index - layers.length });
      layers = [];
    }
    layers.push(layer);
  }
  if (layers.length > 0) parts.push({ document: documentOf(layers), from: document.dataLayers.length - layers.length });
  return parts;
};

/** All sites of a document and the names of all layers: by these the whole is planned, and what it does not have. */
export const frameOf = (document: Configuration): Configuration => ({
  ...document,
  dataLayers: document.dataLayers.map(named),
});

/**
 * A layer cut so that each piece makes few changes: first its settings, with its first webhooks. Webhooks that have nothing
 * but a name are told apart by their order, so a layer with such ones stays whole.
 */
const piecesOf = (layer: Layer, change: Change, webhookChanges: readonly Change[]): Piece<Layer>[] => {
  const { webhooks = [], ...settings } = layer;
  const changes = [change, ...webhookChanges].filter(isReal).length;
  if (changes === 0) return [];
  if (changes <= IMPORT_CHANGES || webhooks.some(({ id, ref }) => id === undefined && ref === undefined)) {
    return [{ item: layer, changes }];
  }
  const left = webhooks.filter((_webhook, at) => webhookChanges[at] === undefined || isReal(webhookChanges[at]));
  const pieces: Piece<Layer>[] = [];
  if (isReal(change)) {
    const some = left.splice(0, IMPORT_CHANGES - 1);
    pieces.push({ item: { ...settings, webhooks: some }, changes: some.length + 1 });
  }
  while (left.length > 0) {
    const some = left.splice(0, IMPORT_CHANGES);
    pieces.push({ item: { ...named(layer), webhooks: some }, changes: some.length });
  }
  return pieces;
};

/** Changes as an import tells them: of the sites, of each layer with its webhooks, of what the document does not have. */
const sorted = ({ sites, dataLayers }: Configuration, changes: readonly Change[]) => {
  const queue = [...changes];
  const ofSites = queue.splice(0, sites.length);
  const ofLayers = dataLayers.flatMap((layer) => {
    const [change] = queue.splice(0, 1);
    if (change === undefined) return [];
    const webhooks = queue.splice(0, layer.webhooks?.length ?? 0);
    let drops = 0;
    while (queue[0]?.type === "webhook") {
      queue.shift();
      drops += 1;
    }
    return [{ layer, change, webhooks, drops }];
  });
  return { ofSites, ofLayers, drops: queue };
};

/** Parts that delete layers and sites. Each has everything that is to stay after it, and so names what it deletes by leaving it out. */
const dropParts = (document: Configuration, drops: readonly Change[]): Part[] => {
  const parts: Part[] = [];
  const ids = new Set([...document.sites, ...document.dataLayers].map(({ id }) => id));
  for (let done = IMPORT_CHANGES; done - IMPORT_CHANGES < drops.length; done += IMPORT_CHANGES) {
    const later = drops.slice(done);
    const waiting = (type: Change["type"]) =>
      later.flatMap(({ type: of, id, name }) => (of === type && id !== null && !ids.has(id) ? [{ id, name }] : []));
    parts.push({
      document: {
        ...headOf(document),
        sites: [...document.sites.map(named), ...waiting("site")],
        dataLayers: [...document.dataLayers.map(named), ...waiting("data_layer")],
      },
      prune: "true",
    });
  }
  return parts;
};

/**
 * The imports that make a document's planned `changes`, in order: sites, then layers, and what is to be deleted at the end.
 * Each is safe to repeat, and one that does not say so deletes nothing; so the whole may break off after any of them and be
 * begun again.
 */
export const partsOf = (document: Configuration, changes: readonly Change[], prune: boolean): Part[] => {
  const count = changes.filter(isReal).length;
  if (count === 0) return [];
  if (count <= IMPORT_CHANGES && bytesOf(document) <= IMPORT_BODY_BYTES) {
    return [{ document, prune: prune ? "true" : "false" }];
  }
  const head = headOf(document);
  const { ofSites, ofLayers, drops } = sorted(document, changes);
  const sites = document.sites.flatMap((item, at) =>
    ofSites[at] && isReal(ofSites[at]) ? [{ item, changes: 1 }] : [],
  );
  const layers = ofLayers.flatMap(({ layer, change, webhooks }) => piecesOf(layer, change, webhooks));
  const kept = ofLayers.flatMap(({ layer, drops: gone }) => {
    const webhooks = layer.webhooks?.map(({ id, ref, name }) => ({ id, ref, name })) ?? [];
    return gone === 0 ? [] : [{ item: { ...named(layer), webhooks }, changes: gone }];
  });
  const parts: Part[] = [
    ...grouped(sites, ROOM).map((some) => ({
      document: { ...head, sites: some, dataLayers: [] },
      prune: "false" as const,
    })),
    ...grouped(layers, ROOM).map((some) => ({
      document: { ...head, sites: [], dataLayers: some },
      prune: "false" as const,
    })),
    ...grouped(kept, ROOM).map((some) => ({
      document: { ...head, sites: [], dataLayers: some },
      prune: "webhooks" as const,
    })),
  ];
  return prune ? [...parts, ...dropParts(document, drops)] : parts;
};
