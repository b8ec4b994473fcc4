import { z } from "zod";
import { IMPORT_BODY_BYTES, IMPORT_CHANGES } from "../core/limits.ts";

/** The fields that are needed to split a configuration into parts. The API checks everything else. */
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

/** A document for one import. `prune` says what the import deletes because the document does not have it. */
export interface Part {
  readonly document: Configuration;
  readonly prune: "false" | "webhooks" | "true";
  /** What `prune` may delete, as keys; absent: everything. */
  readonly from?: string;
  readonly until?: string;
}

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const isReal = ({ action }: Change): boolean => action !== "unchanged";
const idAndName = <T extends Site | Layer>({ id, name }: T) => ({ id, name });

/** An item that is not split between parts, and the number of its changes. */
interface Piece<T> {
  readonly item: T;
  readonly changes: number;
}

/** Groups pieces in their order. Each group is within both limits, of bytes and of changes, or has one piece. */
const groupPieces = <T extends { readonly id: string }>(pieces: readonly Piece<T>[], maxBytes: number): T[][] => {
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

/** The limit for the items of a part (bytes). The rest is for the names of its fields. */
const ROOM = IMPORT_BODY_BYTES - 1024;

/** The fields that every part of a document has, such as its version. */
const headOf = ({ sites: _sites, dataLayers: _dataLayers, ...head }: Configuration) => head;

/** A part for planning some layers or sites. `from` is the index of the first of them in the document. */
export interface PartToPlan {
  readonly document: Configuration;
  readonly from: number;
}

/**
 * Splits a document's layers into parts for a plan. Each part has the sites that its layers name, because a plan creates
 * no sites. A layer is not cut, so that all of its faults are found.
 */
export const layersToPlan = (document: Configuration): PartToPlan[] => {
  const byId = new Map(document.sites.map((site) => [site.id, site]));
  const empty = bytesOf({ ...headOf(document), sites: [], dataLayers: [] });
  const parts: PartToPlan[] = [];
  let [layers, sites, bytes]: [Layer[], Set<Site>, number] = [[], new Set(), empty];
  const addPart = (end: number): void => {
    const from = end - layers.length;
    parts.push({ document: { ...headOf(document), sites: [...sites], dataLayers: layers }, from });
    [layers, sites, bytes] = [[], new Set(), empty];
  };
  for (const [index, layer] of document.dataLayers.entries()) {
    const named = new Set((layer.connectedSites ?? []).flatMap(({ siteId }) => byId.get(siteId) ?? []));
    const sizeOf = (known: ReadonlySet<Site>): number =>
      [layer, ...[...named].filter((site) => !known.has(site))].reduce((sum, item) => sum + bytesOf(item) + 1, 0);
    if (layers.length > 0 && bytes + sizeOf(sites) > IMPORT_BODY_BYTES) addPart(index);
    bytes += sizeOf(sites);
    layers.push(layer);
    for (const site of named) sites.add(site);
  }
  if (layers.length > 0) addPart(document.dataLayers.length);
  return parts;
};

/** A document's sites and the names of its layers. It is enough to plan sites and deletions. */
export const frameOf = (document: Configuration): Configuration => ({
  ...document,
  dataLayers: document.dataLayers.map(idAndName),
});

/** Splits a document's sites into parts for a plan, where its frame is too long for one import. */
export const sitesToPlan = (document: Configuration): PartToPlan[] => {
  let from = 0;
  const groups = groupPieces(
    document.sites.map((item) => ({ item, changes: 0 })),
    ROOM,
  );
  return groups.map((sites) => {
    from += sites.length;
    return { document: { ...headOf(document), sites, dataLayers: [] }, from: from - sites.length };
  });
};

/**
 * Cuts a layer so that each piece makes few changes. The first piece has its settings. Webhooks without an id or a ref
 * are recognised by their order, so a layer with such webhooks is not cut.
 */
const piecesOf = (layer: Layer, change: Change, webhookChanges: readonly Change[]): Piece<Layer>[] => {
  const { webhooks = [], ...settings } = layer;
  const changes = [change, ...webhookChanges].filter(isReal).length;
  if (changes === 0) return [];
  if (changes <= IMPORT_CHANGES || webhooks.some(({ id, ref }) => id === undefined && ref === undefined)) {
    return [{ item: layer, changes }];
  }
  const remaining = webhooks.filter((_webhook, at) => webhookChanges[at] === undefined || isReal(webhookChanges[at]));
  const pieces: Piece<Layer>[] = [];
  if (isReal(change)) {
    const some = remaining.splice(0, IMPORT_CHANGES - 1);
    pieces.push({ item: { ...settings, webhooks: some }, changes: some.length + 1 });
  }
  while (remaining.length > 0) {
    const some = remaining.splice(0, IMPORT_CHANGES);
    pieces.push({ item: { ...idAndName(layer), webhooks: some }, changes: some.length });
  }
  return pieces;
};

/** Sorts the changes that an import lists: those of sites, those of each layer with its webhooks, then deletions. */
const sortChanges = ({ sites, dataLayers }: Configuration, changes: readonly Change[]) => {
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

/** What a part needs of a layer or site that stays. */
type Named = Pick<Site, "id" | "name">;

/** A layer or a site by its place in the order of a pruning: its key, what of it is sent, and whether it is deleted. */
interface Place {
  readonly key: string;
  readonly name: Named | null;
  readonly drops: number;
}

const KINDS = { data_layer: "layers/", site: "sites/", webhook: "" } as const;

/** Groups what stands at the same key, in order. Each group is within both limits. A group has one kind if `apart`. */
const groupPlaces = (places: readonly Place[], apart: boolean): Place[][] => {
  const groups: Place[][] = [];
  let [bytes, drops] = [0, 0];
  for (const place of [...places].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const last = groups.at(-1);
    const size = place.name === null ? 0 : bytesOf(place.name) + 1;
    const isSame = last?.at(-1)?.key === place.key;
    const fits = bytes + size <= ROOM && drops + place.drops <= IMPORT_CHANGES;
    const isOtherKind = apart && last?.[0]?.key[0] !== place.key[0];
    if (last !== undefined && (isSame || (fits && !isOtherKind))) {
      last.push(place);
      bytes += size;
      drops += place.drops;
    } else {
      groups.push([place]);
      [bytes, drops] = [size, place.drops];
    }
  }
  return groups;
};

/**
 * Parts that delete layers and sites. Each names everything of the document within its range, which together are all
 * layers and then all sites.
 */
const pruneParts = (document: Configuration, drops: readonly Change[], apart: boolean): Part[] => {
  const named = (prefix: string, items: readonly Named[]): Place[] =>
    items.map((item) => ({ key: `${prefix}${item.id}`, name: item, drops: 0 }));
  const groups = groupPlaces(
    [
      ...named(KINDS.data_layer, document.dataLayers.map(idAndName)),
      // A plan creates no sites, so it needs all of a new one.
      ...named(KINDS.site, apart ? document.sites : document.sites.map(idAndName)),
      ...drops.map(({ type, id }) => ({ key: `${KINDS[type]}${id}`, name: null, drops: 1 })),
      ...(apart ? [{ key: KINDS.site, name: null, drops: 0 }] : []),
    ],
    apart,
  );
  return groups.flatMap((group, at) => {
    const within = (prefix: string) =>
      group.flatMap(({ key, name }) => (name !== null && key.startsWith(prefix) ? [name] : []));
    const part: Part = {
      document: { ...headOf(document), sites: within(KINDS.site), dataLayers: within(KINDS.data_layer) },
      prune: "true",
      from: at === 0 ? "" : (group[0]?.key ?? ""),
      until: groups[at + 1]?.[0]?.key ?? "",
    };
    return apart || group.some(({ drops: count }) => count > 0) ? [part] : [];
  });
};

/** Parts that plan the deletions of a document whose frame is too long for one import. */
export const prunesToPlan = (document: Configuration): Part[] => pruneParts(document, [], true);

/**
 * The imports that make a document's planned `changes`, in order: sites, layers, deletions. Each is safe to repeat, and
 * only those with `prune` delete anything. So the series may break off after any import and be started again.
 */
export const partsOf = (document: Configuration, changes: readonly Change[], prune: boolean): Part[] => {
  const count = changes.filter(isReal).length;
  if (count === 0) return [];
  if (count <= IMPORT_CHANGES && bytesOf(document) <= IMPORT_BODY_BYTES) {
    return [{ document, prune: prune ? "true" : "false" }];
  }
  const head = headOf(document);
  const { ofSites, ofLayers, drops } = sortChanges(document, changes);
  const sites = document.sites.flatMap((item, at) =>
    ofSites[at] && isReal(ofSites[at]) ? [{ item, changes: 1 }] : [],
  );
  const layers = ofLayers.flatMap(({ layer, change, webhooks }) => piecesOf(layer, change, webhooks));
  const layersWithDrops = ofLayers.flatMap(({ layer, drops: gone }) => {
    const webhooks = layer.webhooks?.map(({ id, ref, name }) => ({ id, ref, name })) ?? [];
    return gone === 0 ? [] : [{ item: { ...idAndName(layer), webhooks }, changes: gone }];
  });
  const parts: Part[] = [
    ...groupPieces(sites, ROOM).map((some) => ({
      document: { ...head, sites: some, dataLayers: [] },
      prune: "false" as const,
    })),
    ...groupPieces(layers, ROOM).map((some) => ({
      document: { ...head, sites: [], dataLayers: some },
      prune: "false" as const,
    })),
    ...groupPieces(layersWithDrops, ROOM).map((some) => ({
      document: { ...head, sites: [], dataLayers: some },
      prune: "webhooks" as const,
    })),
  ];
  return prune ? [...parts, ...pruneParts(document, drops, false)] : parts;
};
