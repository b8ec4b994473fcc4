import { utf8Bytes } from "../../core/bytes.ts";
import type { Settings } from "../../core/layer/configureLayer.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Source } from "../../core/layer/source.ts";
import { AUDIT_DETAIL_BYTES } from "../../core/limits.ts";
import type { AuditEntry } from "../../core/owed.ts";
import { pacingOf, type Site, type SiteSettings } from "../../core/site/site.ts";
import { maskedUrl } from "../settings/seals.ts";

type Detail = AuditEntry["detail"];
type Value = Detail[string];

/** What the log may show of a thing's settings, and its credentials, sealed, by their names. */
interface Shown {
  /** Items of lists by their own key, so that of a list only what differs is told. */
  readonly fields: Readonly<Record<string, Value | Map<string, Value>>>;
  readonly credentials: ReadonlyMap<string, string>;
}

const NOTHING: Shown = { fields: {}, credentials: new Map() };

type LayerSettings = Settings & { readonly paused: boolean };

const settingsOf = ({ cachePurge = null, ...layer }: Layer): LayerSettings => ({
  ...layer,
  cachePurge,
  paused: layer.slot.paused,
});

/** Where a source is may hold a token, so its URL is masked here, as everywhere in the log. */
const shownSource = (source: Source): Value => {
  const { slug, name, type, url } = source;
  const shown = { slug, name, type, url: maskedUrl(url) };
  if (source.type === "http") {
    return { ...shown, timeoutSeconds: source.timeoutSeconds, settleSeconds: source.settleSeconds ?? 0 };
  }
  const headers = Object.keys(source.headers ?? {}).sort();
  return { ...shown, headers, pick: source.pick ?? null, checkEvery: source.checkEvery ?? null };
};

const headersOf = (source: Source): (readonly [string, string])[] =>
  source.type === "http"
    ? []
    : Object.entries(source.headers ?? {}).map(([name, value]) => [
        `dataSources.${source.slug}.headers.${name}`,
        value,
      ]);

const shownLayer = (settings: LayerSettings): Shown => ({
  fields: {
    name: settings.name,
    description: settings.description,
    dataSources: new Map(settings.sources.map((source) => [source.slug, shownSource(source)])),
    connectedSites: new Map(settings.connectedSites.map(({ siteId }) => [siteId, { siteId }])),
    notifications: new Map(settings.notifications.map(({ id, name, events }) => [id, { id, name, events }])),
    cachePurge: settings.cachePurge
      ? { tags: settings.cachePurge.tags, siteId: settings.cachePurge.siteId ?? null }
      : null,
    defaultWebhook: settings.defaultWebhook,
    buildAfterConfiguration: settings.buildAfterConfiguration,
    paused: settings.paused,
  },
  credentials: new Map([
    ...settings.sources.map(({ slug, url }) => [`dataSources.${slug}.url`, url] as const),
    ...settings.sources.flatMap(headersOf),
    ...settings.notifications.map(({ id, url }) => [`notifications.${id}.url`, url] as const),
  ]),
});

const shownSite = (site: Pick<Site, "name" | "buildHook" | "pacing" | "netlifySiteId">): Shown => {
  const { preset, quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds } = pacingOf(site);
  return {
    fields: {
      name: site.name,
      pacing: { preset, quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds },
      netlifySiteId: site.netlifySiteId ?? null,
    },
    credentials: new Map([["buildHook", site.buildHook]]),
  };
};

/** The part of an entry that names are given, with those of omitted fields. */
const REPLACED_BYTES = 1024;

const size = (value: unknown): number => utf8Bytes(JSON.stringify(value));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const differing = (mine: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): Value =>
  [...mine].flatMap(([key, value]) => (same(value, other.get(key)) ? [] : [value]));

/** Of `mine`, what differs from `other`. */
const side = (mine: Shown, other: Shown): Detail => {
  const told: Detail = {};
  for (const [field, value] of Object.entries(mine.fields)) {
    const against = other.fields[field];
    if (value instanceof Map && (against === undefined || against instanceof Map)) {
      if (!same([...value], [...(against ?? [])])) told[field] = differing(value, against ?? new Map());
    } else if (!(value instanceof Map) && !same(value, against)) told[field] = value;
  }
  return told;
};

/**
 * What an audit entry says of a change: `before` and `after` of what differs, and in `replaced` the names of credentials
 * and URLs that are others now. No credential is in it, not even masked. What would make the entry too long for its
 * document is left out, the longest field first, and named in `omitted`.
 */
const changeDetail = (before: Shown | null, after: Shown | null): Detail => {
  const [was, is] = [before ?? NOTHING, after ?? NOTHING];
  const sides = {
    ...(before === null ? {} : { before: side(was, is) }),
    ...(after === null ? {} : { after: side(is, was) }),
  };
  const each = [...is.credentials].flatMap(([name, sealed]) => {
    const former = was.credentials.get(name);
    return former === undefined || former === sealed ? [] : [name];
  });
  // Very many at once are told by their field.
  const replaced = size(each) > REPLACED_BYTES ? [...new Set(each.map((name) => name.replace(/\..*/, "")))] : each;
  const omitted: string[] = [];
  while (size(sides) > AUDIT_DETAIL_BYTES - REPLACED_BYTES) {
    const fields = Object.values(sides).flatMap((one) => Object.entries(one).map(([name, value]) => ({ name, value })));
    const [longest] = fields.sort((a, b) => size(b.value) - size(a.value));
    if (longest === undefined) break;
    for (const one of Object.values(sides)) delete one[longest.name];
    omitted.push(longest.name);
  }
  return { ...sides, ...(replaced.length > 0 ? { replaced } : {}), ...(omitted.length > 0 ? { omitted } : {}) };
};

/** Of a layer that is made. */
export const layerMade = (settings: LayerSettings): Detail => changeDetail(null, shownLayer(settings));
/** Of a layer whose settings change. */
export const layerChange = (layer: Layer, settings: Settings, paused: boolean): Detail =>
  changeDetail(shownLayer(settingsOf(layer)), shownLayer({ ...settingsOf(layer), ...settings, paused }));
/** Of a layer that is deleted: what it was. */
export const layerGone = (layer: Layer): Detail => changeDetail(shownLayer(settingsOf(layer)), null);

const siteAfter = (site: Partial<Site>, settings: SiteSettings) => {
  const { netlifySiteId, ...given } = settings;
  const { netlifySiteId: former, ...kept } = site;
  const id = netlifySiteId === undefined ? former : netlifySiteId;
  return { ...kept, ...given, ...(id == null ? {} : { netlifySiteId: id }) };
};

/** Of a site that is made. */
export const siteMade = (settings: SiteSettings): Detail => changeDetail(null, shownSite(siteAfter({}, settings)));
/** Of a site whose settings change. */
export const siteChange = (site: Site, settings: SiteSettings): Detail =>
  changeDetail(shownSite(site), shownSite(siteAfter(site, settings)));
/** Of a site that is deleted: what it was. */
export const siteGone = (site: Site): Detail => changeDetail(shownSite(site), null);
