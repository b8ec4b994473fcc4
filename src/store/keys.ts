import { lowestIdAt, madeAt } from "../core/madeAt.ts";
import { dayName } from "../core/usage/calendar.ts";

/**
 * Every key of the store. Ids are checked before they reach this file (`[A-Za-z0-9_-]`), because the client puts keys
 * into URL paths as they are.
 */
export const LAYERS = "layers/";
export const SITES = "sites/";

/** The one document of a layer: settings, webhooks, registers. */
export const layerKey = (id: string): string => `${LAYERS}${id}`;
/** The one document of a site. */
export const siteKey = (id: string): string => `${SITES}${id}`;

/** The settings of the whole system, one document each. */
export const SETTINGS = "settings/";
/** The document of the tokens created at run time. */
export const TOKENS = `${SETTINGS}tokens`;
/** The account that had the slug of the configured Netlify team when the slug was first used. */
export const TEAM = `${SETTINGS}team`;

/**
 * Records are kept in a folder for the UTC day in their id, so that a page lists days and not a whole history. Records
 * whose id has no time are directly below the prefix, as are all records from before there were folders.
 */
const dayFolder = (id: string): string => {
  const at = madeAt(id);
  return at === null || at > LAST_DAY ? "" : `${dayName(at)}/`;
};
/** The end of the year 9999: the names of later days do not sort. */
const LAST_DAY = 253_402_300_799_999;

/** The key of a record in a log whose keys hold nothing but the id. */
export const datedKey = (log: string, id: string): string => `${log}${dayFolder(id)}${id}`;

/** The records of a layer's ended syncs. */
export const SYNCS = "syncs/";
export const syncsPrefix = (layerId: string): string => `${SYNCS}${layerId}/`;
export const syncKey = (layerId: string, syncId: string): string => datedKey(syncsPrefix(layerId), syncId);
/** The records of a site's ended builds. */
export const BUILDS = "builds/";
export const buildsPrefix = (siteId: string): string => `${BUILDS}${siteId}/`;
export const buildKey = (siteId: string, buildId: string): string => datedKey(buildsPrefix(siteId), buildId);
/** Deliveries that reached working webhooks. */
export const DELIVERIES = "deliveries/";
export const deliveriesPrefix = (layerId: string): string => `${DELIVERIES}${layerId}/`;
export const deliveryKey = (layerId: string, deliveryId: string): string =>
  datedKey(deliveriesPrefix(layerId), deliveryId);
/** The key of a record of several deliveries holds the newest id, their number and the oldest id. */
export const gatheredKey = (layerId: string, newestId: string, count: number, oldestId: string): string =>
  `${deliveryKey(layerId, newestId)}~${count}~${oldestId}`;
/** How many deliveries the record at a key holds, and the oldest of them. */
export const gatheredIn = (key: string): { readonly count: number; readonly oldestId: string } => {
  const [, count = "1", oldestId = recordId(key)] = key.slice(key.lastIndexOf("/")).split("~");
  return { count: Number(count), oldestId };
};
/** What a site's builds were for. */
export const PROOFS = "proofs/";
export const proofKey = (siteId: string, buildId: string): string => datedKey(`${PROOFS}${siteId}/`, buildId);
/** What the pages of a build's publishes showed. It counts with the proof of its build as one record. */
export const checksKey = (siteId: string, buildId: string): string => `${proofKey(siteId, buildId)}~1~checks`;
/** That the page of a publish shows it, since a build that healed it. */
export const seenKey = (siteId: string, deliveryId: string): string => `${proofKey(siteId, deliveryId)}~1~seen`;
/** The prefix of the records of a slice of 17 minutes around a time (ms). */
export const deliverySlice = (layerId: string, ms: number): string =>
  `${deliveriesPrefix(layerId)}${dayFolder(lowestIdAt(ms))}${idPrefix(ms, 7)}`;

/** The layer and the ref of a status link, at a digest of its token. */
export const statusLinkKey = (hash: string): string => `status-links/${hash}`;

/** The audit log. */
export const AUDIT = "audit/";
const NO_LAYER = "-";
const UNKNOWN = "_";
const keyPart = (text: string): string => (/^[\w.-]{2,128}$/.test(text) ? text : UNKNOWN);
/** The key of an audit entry holds its layer and its action, so that a filter by these reads no other entry. */
export const auditKey = (entry: {
  readonly id: string;
  readonly dataLayerId: string | null;
  readonly action: string;
}): string => {
  const layer = entry.dataLayerId === null ? NO_LAYER : keyPart(entry.dataLayerId);
  return `${AUDIT}${dayFolder(entry.id)}${entry.id}~${layer}~${keyPart(entry.action)}`;
};
/** The layer and the action in an audit entry's key; undefined if the key has none. */
export const auditKeyParts = (
  key: string,
): { readonly dataLayerId: string | null | undefined; readonly action: string | undefined } => {
  const [, layer = UNKNOWN, action = UNKNOWN] = key.split("~");
  const dataLayerId = layer === NO_LAYER ? null : layer;
  return {
    dataLayerId: dataLayerId === UNKNOWN ? undefined : dataLayerId,
    action: action === UNKNOWN ? undefined : action,
  };
};

/** The id of the record at a key. */
export const recordId = (key: string): string => {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const end = name.indexOf("~");
  return end < 0 ? name : name.slice(0, end);
};
/** The beginning of every id created in the time (ms) whose first hexadecimal digits, of twelve, are those of `ms`. */
export const idPrefix = (ms: number, digits: number): string =>
  lowestIdAt(ms).slice(0, digits > 8 ? digits + 1 : digits);
/** The key at which the release before appended a record: directly below the prefix. */
export const undatedKey = (prefix: string, id: string): string => `${prefix}${id}`;

/** Markers that sort layers and sites by creation time, so that a page of them needs no full read. */
export const LAYER_ORDER = "order/layers/";
export const SITE_ORDER = "order/sites/";
export const orderKey = (prefix: string, createdAt: number, id: string): string =>
  `${prefix}${String(createdAt).padStart(15, "0")}.${id}`;
/** The id in a marker's key. */
export const orderedId = (key: string): string => key.slice(key.indexOf(".") + 1);

/** The drain's memory between ticks: a hint, rebuilt when it is absent. */
export const DRAIN_HINT = "hints/drain";
/** What the drain noted of the documents of one shard. */
export const drainShardKey = (shard: number): string => `hints/seen/${String(shard).padStart(2, "0")}`;
/** What the overview and the usage remember of all documents, so that they read only what has changed. */
export const SUMMARIES = "hints/summaries/";
/** Who remembers documents. */
export const SUMMARY_NAMES = ["overview", "usage"] as const;
export type SummaryName = (typeof SUMMARY_NAMES)[number];
/** What one of them remembers of one of `shards` parts of all documents. */
export const summaryShardKey = (name: SummaryName, shards: number, shard: number): string =>
  `${SUMMARIES}${name}/${shards}/${String(shard).padStart(2, "0")}`;
/** The key on which the health check tries the store's conditions. */
export const CANARY = "hints/canary";
/** The result of the last call to ourselves. */
export const REACH = "hints/reach";
