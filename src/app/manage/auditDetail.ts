import { utf8Bytes } from "../../core/bytes.ts";
import { defined } from "../../core/defined.ts";
import type { Holder } from "../../core/holder.ts";
import type { Settings } from "../../core/layer/configureLayer.ts";
import { type Layer, layerSettings } from "../../core/layer/layer.ts";
import { shownOf } from "../../core/layer/settings.ts";
import { httpSettings, probeSettings, type Source } from "../../core/layer/source.ts";
import { AUDIT_DETAIL_BYTES } from "../../core/limits.ts";
import type { AuditEntry } from "../../core/owed.ts";
import { sealedTextsOf } from "../../core/sealedTexts.ts";
import { type Site, type SiteSettings, shownPacing, withSettings } from "../../core/site/site.ts";
import { maskedUrl } from "../settings/seals.ts";

type Detail = AuditEntry["detail"];
type Value = Detail[string];

/** The settings that the log may show. Items of lists by their own key, so that an entry names only those that differ. */
type Shown = Readonly<Record<string, Value | Map<string, Value>>>;

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
  if (source.type === "http") return { ...shown, ...shownOf(httpSettings, source) };
  const headers = Object.keys(source.headers ?? {}).sort();
  return { ...shown, headers, ...shownOf(probeSettings, source) };
};

const shownLayer = (settings: LayerSettings): Shown => ({
  name: settings.name,
  description: settings.description,
  dataSources: new Map(settings.sources.map((source) => [source.slug, shownSource(source)])),
  connectedSites: new Map(settings.connectedSites.map(({ siteId }) => [siteId, { siteId }])),
  notifications: new Map(settings.notifications.map(({ id, name, events }) => [id, { id, name, events }])),
  cachePurge: settings.cachePurge
    ? { tags: settings.cachePurge.tags, siteId: settings.cachePurge.siteId ?? null }
    : null,
  defaultWebhook: settings.defaultWebhook,
  ...shownOf(layerSettings, settings),
  paused: settings.paused,
});

const shownSite = (site: Pick<Site, "name" | "pacing" | "netlifySiteId">): Shown => ({
  name: site.name,
  pacing: shownPacing(site),
  netlifySiteId: site.netlifySiteId ?? null,
});

/** The credentials of a document, sealed, and the URLs of its sources, which may hold tokens: by their settings. */
const credentialsOf = (holder: Holder): ReadonlyMap<string, string> => {
  const sources = holder.kind === "layer" ? holder.sources : [];
  return new Map([
    ...sources.map(({ slug, url }) => [`dataSources.${slug}.url`, url] as const),
    ...sealedTextsOf(holder).map(({ setting, sealed }) => [setting, sealed] as const),
  ]);
};

/** The settings whose credential is another one after a change. */
const replacedBy = (before: Holder, after: Holder): string[] => {
  const former = credentialsOf(before);
  return [...credentialsOf(after)].flatMap(([setting, text]) =>
    former.has(setting) && former.get(setting) !== text ? [setting] : [],
  );
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
  for (const [field, value] of Object.entries(mine)) {
    const against = other[field];
    if (value instanceof Map && (against === undefined || against instanceof Map)) {
      if (!same([...value], [...(against ?? [])])) told[field] = differing(value, against ?? new Map());
    } else if (!(value instanceof Map) && !same(value, against)) told[field] = value;
  }
  return told;
};

/**
 * The detail of an audit entry about a change. `before` and `after` hold the settings that differ, `replaced` the names of
 * the credentials and URLs that changed. No credential is in the entry, not even masked. If the entry would be too long for
 * its document, the longest fields are left out, and `omitted` names them.
 */
const changeDetail = (before: Shown | null, after: Shown | null, changed: readonly string[] = []): Detail => {
  const sides = {
    ...(before && { before: side(before, after ?? {}) }),
    ...(after && { after: side(after, before ?? {}) }),
  };
  // Too many names are shortened to those of their fields.
  const long = size(changed) > REPLACED_BYTES;
  const replaced = long ? [...new Set(changed.map((name) => name.replace(/\..*/, "")))] : changed;
  const omitted: string[] = [];
  while (size(sides) > AUDIT_DETAIL_BYTES - REPLACED_BYTES) {
    const fields = Object.values(sides).flatMap((one) => Object.entries(one).map(([name, value]) => ({ name, value })));
    const [longest] = fields.sort((a, b) => size(b.value) - size(a.value));
    if (longest === undefined) break;
    for (const one of Object.values(sides)) delete one[longest.name];
    omitted.push(longest.name);
  }
  return {
    ...sides,
    ...(replaced.length > 0 ? { replaced: [...replaced] } : {}),
    ...(omitted.length > 0 ? { omitted } : {}),
  };
};

/** Of a layer that is made. */
export const layerMade = (settings: LayerSettings): Detail => changeDetail(null, shownLayer(settings));
/** Of a layer whose settings change. */
export const layerChange = (layer: Layer, settings: Settings, paused: boolean): Detail =>
  changeDetail(
    shownLayer(settingsOf(layer)),
    shownLayer({ ...settingsOf(layer), ...settings, paused }),
    replacedBy(layer, { ...layer, ...settings }),
  );
/** Of a layer that is deleted: what it was. */
export const layerGone = (layer: Layer): Detail => changeDetail(shownLayer(settingsOf(layer)), null);

/** Of a site that is made. */
export const siteMade = ({ name, pacing, netlifySiteId }: SiteSettings): Detail =>
  changeDetail(null, shownSite(defined({ name, pacing, netlifySiteId: netlifySiteId ?? undefined })));
/** Of a site whose settings change. */
export const siteChange = (site: Site, settings: SiteSettings): Detail => {
  const next = withSettings(site, settings);
  return changeDetail(shownSite(site), shownSite(next), replacedBy(site, next));
};
/** Of a site that is deleted: what it was. */
export const siteGone = (site: Site): Detail => changeDetail(shownSite(site), null);
