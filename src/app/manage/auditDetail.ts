import { utf8Bytes } from "../../core/bytes.ts";
import { defined } from "../../core/defined.ts";
import type { Settings } from "../../core/layer/configureLayer.ts";
import { type Layer, layerSettings } from "../../core/layer/layer.ts";
import { formatOf } from "../../core/layer/notification.ts";
import { shownOf, valuesOf } from "../../core/layer/settings.ts";
import { httpSettings, probeSettings, type Source } from "../../core/layer/source.ts";
import { AUDIT_DETAIL_BYTES } from "../../core/limits.ts";
import type { AuditEntry } from "../../core/owed.ts";
import { sealedTextsOf } from "../../core/sealedTexts.ts";
import { hookKindOf } from "../../core/site/hookKind.ts";
import { pacingOf } from "../../core/site/pacing.ts";
import { type Site, type SiteSettings, withSettings } from "../../core/site/site.ts";
import { siteSettings } from "../../core/site/siteSettings.ts";
import type { SlotOwner } from "../../core/slotOwner.ts";
import { maskedUrl } from "../settings/seals.ts";

type Detail = AuditEntry["detail"];
type Value = Detail[string];

/**
 * The settings that the audit log may show. Lists become objects by key, so that an entry shows only the items that
 * differ.
 */
type Shown = Readonly<Record<string, Value | Map<string, Value>>>;

type LayerSettings = Settings & { readonly paused: boolean };

const settingsOf = ({ cachePurge = null, ...layer }: Layer): LayerSettings => ({
  ...layer,
  ...valuesOf(layerSettings, layer),
  cachePurge,
  paused: layer.slot.paused,
});

/** The URL of a source may hold a token, so the log shows it masked, here as everywhere. */
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
  notifications: new Map(
    settings.notifications.map((one) => [
      one.id,
      { id: one.id, name: one.name, events: one.events, format: formatOf(one) },
    ]),
  ),
  cachePurge: settings.cachePurge
    ? { tags: settings.cachePurge.tags, siteId: settings.cachePurge.siteId ?? null }
    : null,
  defaultWebhook: settings.defaultWebhook,
  ...shownOf(layerSettings, settings),
  paused: settings.paused,
});

const shownSite = (
  site: Pick<Site, "name" | "buildHookHint" | "buildHookKind" | "pacing" | "netlifySiteId" | keyof typeof siteSettings>,
): Shown => ({
  name: site.name,
  kind: hookKindOf(site),
  pacing: pacingOf(site),
  netlifySiteId: site.netlifySiteId ?? null,
  ...shownOf(siteSettings, site),
});

/** The sealed credentials of a document, and the URLs of its sources, which may hold tokens, by setting. */
const credentialsOf = (owner: SlotOwner): ReadonlyMap<string, string> => {
  const sources = owner.kind === "layer" ? owner.sources : [];
  return new Map([
    ...sources.map(({ slug, url }) => [`dataSources.${slug}.url`, url] as const),
    ...sealedTextsOf(owner).map(({ setting, sealed }) => [setting, sealed] as const),
  ]);
};

/** The settings whose credential differs after a change. */
const replacedBy = (before: SlotOwner, after: SlotOwner): string[] => {
  const former = credentialsOf(before);
  return [...credentialsOf(after)].flatMap(([setting, text]) =>
    former.has(setting) && former.get(setting) !== text ? [setting] : [],
  );
};

/** Bytes reserved for the names in `replaced` and `omitted`. */
const REPLACED_BYTES = 1024;

const size = (value: unknown): number => utf8Bytes(JSON.stringify(value));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const differing = (mine: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): Value =>
  [...mine].flatMap(([key, value]) => (same(value, other.get(key)) ? [] : [value]));

/** The part of `mine` that differs from `other`. */
const differingFields = (mine: Shown, other: Shown): Detail => {
  const detail: Detail = {};
  for (const [field, value] of Object.entries(mine)) {
    const counterpart = other[field];
    if (value instanceof Map && (counterpart === undefined || counterpart instanceof Map)) {
      if (!same([...value], [...(counterpart ?? [])])) detail[field] = differing(value, counterpart ?? new Map());
    } else if (!(value instanceof Map) && !same(value, counterpart)) detail[field] = value;
  }
  return detail;
};

/**
 * The detail of an audit entry. `before` and `after` hold the settings that differ, and `replaced` the names of changed
 * credentials and URLs. No credential is in the entry, not even masked. If the entry would be too long for its
 * document, the longest fields are left out and named in `omitted`.
 */
const changeDetail = (before: Shown | null, after: Shown | null, changed: readonly string[] = []): Detail => {
  const sides = {
    ...(before && { before: differingFields(before, after ?? {}) }),
    ...(after && { after: differingFields(after, before ?? {}) }),
  };
  // If there are too many names, only their fields are named.
  const tooLong = size(changed) > REPLACED_BYTES;
  const replaced = tooLong ? [...new Set(changed.map((name) => name.replace(/\..*/, "")))] : changed;
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

/** The detail of a new layer. */
export const newLayerDetail = (settings: LayerSettings): Detail => changeDetail(null, shownLayer(settings));
/** The detail of a layer's change of settings. */
export const layerChangeDetail = (layer: Layer, settings: Settings, paused: boolean): Detail =>
  changeDetail(
    shownLayer(settingsOf(layer)),
    shownLayer({ ...settingsOf(layer), ...settings, paused }),
    replacedBy(layer, { ...layer, ...settings }),
  );
/** The detail of a deleted layer: its former settings. */
export const deletedLayerDetail = (layer: Layer): Detail => changeDetail(shownLayer(settingsOf(layer)), null);

/** The detail of a new site. */
export const newSiteDetail = ({ netlifySiteId, ...settings }: SiteSettings): Detail =>
  changeDetail(null, shownSite({ ...settings, ...defined({ netlifySiteId: netlifySiteId ?? undefined }) }));
/** The detail of a site's change of settings. */
export const siteChangeDetail = (site: Site, settings: SiteSettings): Detail => {
  const next = withSettings(site, settings);
  return changeDetail(shownSite(site), shownSite(next), replacedBy(site, next));
};
/** The detail of a deleted site: its former settings. */
export const deletedSiteDetail = (site: Site): Detail => changeDetail(shownSite(site), null);
