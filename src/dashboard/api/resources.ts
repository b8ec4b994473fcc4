import type {
  Activity,
  AuditPage,
  Build,
  BuildPage,
  DeliveryDetail,
  DeliveryPage,
  Health,
  Layer,
  Overview,
  Plan,
  Recipe,
  RecipeList,
  Session,
  Site,
  StatusLinkPage,
  Sync,
  SyncPage,
  TokenPage,
  Usage,
  WebhookList,
} from "./types.ts";

/** A path below `/api/v1` to read. `T` is the type of the answer. */
export interface Resource<T> {
  readonly path: string;
  /** The ETag covers only the settings in the answer, so it does not tell whether the rest has changed. */
  readonly moves?: true;
  /** An unchanged answer costs the server a few requests, so that it can be asked for every second. */
  readonly light?: true;
  /** Several parts of a page read it at once, and share one answer. */
  readonly shared?: true;
  /** Never set. The field binds the type to the path. */
  readonly answers?: T;
}

const query = (fields: Readonly<Record<string, string | number | null | undefined>>): string => {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === null || value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
};

export const sessionAt: Resource<Session> = { path: "/session" };
export const healthAt: Resource<Health> = { path: "/health", shared: true };
export const overviewAt: Resource<Overview> = { path: "/overview", light: true };
/** A page of the layers: enough to see what needs attention, and a whole team's in most systems. */
export const layersAt = (
  filter: { readonly q: string; readonly status: string },
  cursor?: string | null,
): Resource<Overview> => ({ path: `/overview${query({ limit: 200, ...filter, cursor })}`, light: true });
export const planAt: Resource<Plan> = { path: "/plan" };
export const usageAt = (month = ""): Resource<Usage> => ({ path: `/usage${query({ month })}` });
/** The sums of this month without its lists. */
export const creditsAt: Resource<Usage> = { path: "/usage?limit=1" };
export const activityAt = (layerId: string, hours: number): Resource<Activity> => ({
  path: `/data-layers/${layerId}/activity${query({ hours })}`,
  light: true,
});
export const layerAt = (layerId: string): Resource<Layer> => ({ path: `/data-layers/${layerId}`, moves: true });
export const syncsAt = (layerId: string, cursor?: string | null): Resource<SyncPage> => ({
  path: `/data-layers/${layerId}/syncs${query({ limit: 50, cursor })}`,
});
export const syncAt = (layerId: string, syncId: string): Resource<Sync> => ({
  path: `/data-layers/${layerId}/syncs/${syncId}`,
});
export interface DeliveryFilter {
  readonly q: string;
  readonly stage: string;
  readonly outcome: string;
  readonly webhook: string;
  readonly source: string;
  readonly from: string;
  readonly until: string;
}
export const deliveriesAt = (
  layerId: string,
  filter: Partial<DeliveryFilter> = {},
  cursor?: string | null,
): Resource<DeliveryPage> => ({
  path: `/data-layers/${layerId}/deliveries${query({ limit: 50, ...filter, cursor })}`,
  light: true,
});
export const deliveryAt = (layerId: string, deliveryId: string): Resource<DeliveryDetail> => ({
  path: `/data-layers/${layerId}/deliveries/${deliveryId}`,
});
export const webhooksAt = (layerId: string, cursor?: string | null): Resource<WebhookList> => ({
  path: `/data-layers/${layerId}/webhooks${query({ limit: 50, cursor })}`,
});
export const statusLinksAt = (layerId: string): Resource<StatusLinkPage> => ({
  path: `/data-layers/${layerId}/status-links${query({ limit: 50 })}`,
});
export const siteAt = (siteId: string): Resource<Site> => ({ path: `/sites/${siteId}`, moves: true });
export const buildsAt = (siteId: string, cursor?: string | null): Resource<BuildPage> => ({
  path: `/sites/${siteId}/builds${query({ limit: 50, cursor })}`,
});
export const buildAt = (siteId: string, buildId: string): Resource<Build> => ({
  path: `/sites/${siteId}/builds/${buildId}`,
});
export const tokensAt: Resource<TokenPage> = { path: `/tokens${query({ limit: 50 })}` };

export interface AuditFilter {
  readonly dataLayerId: string;
  readonly actor: string;
  readonly action: string;
  readonly from: string;
  readonly until: string;
}
export const auditAt = (filter: AuditFilter, cursor?: string | null): Resource<AuditPage> => ({
  path: `/audit-log${query({ limit: 50, ...filter, cursor })}`,
});
/** The URL from which the browser downloads the entries, with the path of the API. */
export const auditExportUrl = (filter: AuditFilter): string => `/api/v1/audit-log/export${query({ ...filter })}`;
export const recipesAt: Resource<RecipeList> = { path: "/recipes" };
export const recipeAt = (layerId: string, webhook: string, cms: string, source: string): Resource<Recipe> => ({
  path: `/data-layers/${layerId}/webhooks/${webhook}/recipe${query({ cms, source })}`,
});
