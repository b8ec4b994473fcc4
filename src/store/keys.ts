/**
 * Every key there is. Ids reach this file checked (`[A-Za-z0-9_-]`): the client puts keys into URL paths as they are.
 */
export const LAYERS = "layers/";
export const SITES = "sites/";

/** The one document of a layer: settings, webhooks, registers. */
export const layerKey = (id: string): string => `${LAYERS}${id}`;
/** The one document of a site. */
export const siteKey = (id: string): string => `${SITES}${id}`;

/** Settings of the whole system, a document each. */
export const SETTINGS = "settings/";
/** The one document of the tokens that were made at run time. */
export const TOKENS = `${SETTINGS}tokens`;
/** The account that the slug of the configured Netlify team stood for at its first use. */
export const TEAM = `${SETTINGS}team`;

/** The records of a layer's ended syncs; sync ids begin with their time. */
export const syncsPrefix = (layerId: string): string => `syncs/${layerId}/`;
export const syncKey = (layerId: string, syncId: string): string => `${syncsPrefix(layerId)}${syncId}`;
/** The records of a site's ended builds. */
export const buildsPrefix = (siteId: string): string => `builds/${siteId}/`;
export const buildKey = (siteId: string, buildId: string): string => `${buildsPrefix(siteId)}${buildId}`;
/** What reached working webhooks; the ids begin with their time. */
export const DELIVERIES = "deliveries/";
export const deliveriesPrefix = (layerId: string): string => `${DELIVERIES}${layerId}/`;
export const deliveryKey = (layerId: string, deliveryId: string): string => `${deliveriesPrefix(layerId)}${deliveryId}`;
/** The audit log; entry ids begin with their time. */
export const AUDIT = "audit/";
export const auditKey = (entryId: string): string => `${AUDIT}${entryId}`;

/** Markers that put layers and sites in the order of their making, so that a page of them needs no full read. */
export const LAYER_ORDER = "order/layers/";
export const SITE_ORDER = "order/sites/";
export const orderKey = (prefix: string, createdAt: number, id: string): string =>
  `${prefix}${String(createdAt).padStart(15, "0")}.${id}`;
/** The id in a marker's key. */
export const orderedId = (key: string): string => key.slice(key.indexOf(".") + 1);

/** What the drain remembers between ticks; a hint, rebuilt when it is absent. */
export const DRAIN_HINT = "hints/drain";
/** Where the health check tries the store's conditions. */
export const CANARY = "hints/canary";
/** What was found when we last tried to reach ourselves. */
export const REACH = "hints/reach";
