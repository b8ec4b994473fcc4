import { utf8Bytes } from "../../core/bytes.ts";
import { defined } from "../../core/defined.ts";
import { type Layer, layerSettings } from "../../core/layer/layer.ts";
import { formatOf } from "../../core/layer/notification.ts";
import { shownOf, valuesWithDefaults } from "../../core/layer/settings.ts";
import { httpSettings, type ProbeSource, probeSettings, type Source } from "../../core/layer/source.ts";
import { EXPORT_BYTES, EXPORT_DOCUMENTS, EXPORT_PAGE_BYTES } from "../../core/limits.ts";
import { mapSealedLayer, mapSealedSite } from "../../core/sealedTexts.ts";
import { hookKindOf } from "../../core/site/hookKind.ts";
import { type PacingGiven, pacingOf } from "../../core/site/pacing.ts";
import type { Site } from "../../core/site/site.ts";
import { siteSettings } from "../../core/site/siteSettings.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { auditKey, LAYERS, SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { findSite } from "../manage/sites.ts";
import { maskedQuery } from "../settings/maskedQuery.ts";
import type { ProbeSourceInput, SourceInput } from "../settings/sourceSettings.ts";
import { readDocument, readEveryDocument } from "../stored/everyDocument.ts";
import type { PageRequest } from "../stored/pages.ts";
import type { Configuration, LayerConfiguration, SiteConfiguration } from "./configuration.ts";
import { exportedSettings, readable } from "./webhookConfiguration.ts";

const pacingGiven = (site: Site): PacingGiven => {
  const { preset, ...numbers } = pacingOf(site);
  return preset === null ? numbers : { preset };
};

/** The kind is named only where it is needed, because the release before refuses a field that it does not know. */
const exportedKind = (site: Site): SiteConfiguration["kind"] => {
  const kind = hookKindOf(site);
  return kind === "netlify" ? undefined : kind;
};

/** The id of a site in configuration documents. */
export const configurationIdOf = ({ id, configurationId }: Site): string => configurationId ?? id;

/** Appends the audit entry of an export directly, because an export changes no document that could owe the entry. */
const auditExport = async (deps: Deps, actor: Actor): Promise<void> => {
  const id = deps.ids.timeOrdered();
  const entry = {
    id,
    at: deps.clock.now(),
    actor,
    action: "configuration.exported",
    target: { type: "configuration", id: "configuration", name: "Configuration with secrets" },
    dataLayerId: null,
    ...defined({ requestId: deps.requestId }),
    detail: { secrets: true },
  };
  await deps.archive.write(auditKey(entry), JSON.stringify(entry), null);
};

/** The headers of a probe. If one cannot be opened, none is exported: an import of the others would remove it. */
const headersOf = ({ headers = {} }: ProbeSource): ProbeSourceInput["headers"] => {
  const values = Object.values(headers);
  return values.length === 0 || values.includes("") ? undefined : headers;
};

/** Makes the functions that export a site and a layer. `documentIds` has the existing sites' ids in the document. */
const exporterOf = (deps: Deps, secrets: boolean, documentIds: ReadonlyMap<string, string>) => {
  const open = (sealed: string, { place }: { readonly place: string }): string =>
    (secrets ? deps.sealer.open(sealed, place) : null) ?? "";
  const sourceOf = (source: Source): SourceInput => {
    const { slug, name } = source;
    const url = secrets ? source.url : maskedQuery(source.url);
    return source.type === "http"
      ? defined({
          ...{ slug, name, type: source.type, url },
          ...valuesWithDefaults(httpSettings, source),
          secret: readable(source.secret),
        })
      : defined({
          ...{ slug, name, type: source.type, url },
          headers: headersOf(source),
          ...valuesWithDefaults(probeSettings, source),
        });
  };
  const siteOf = (site: Site): SiteConfiguration =>
    defined({
      id: configurationIdOf(site),
      name: site.name,
      buildHook: readable(mapSealedSite(site, open).buildHook),
      kind: exportedKind(site),
      pacing: site.pacing === undefined ? undefined : pacingGiven(site),
      netlifySiteId: site.netlifySiteId ?? null,
      ...shownOf(siteSettings, site),
    });
  const layerOf = (sealed: Layer): LayerConfiguration => {
    const layer = mapSealedLayer(sealed, open);
    const { cachePurge } = layer;
    return {
      id: layer.id,
      name: layer.name,
      description: layer.description,
      dataSources: layer.sources.map(sourceOf),
      // The id of a deleted site would be refused by another system.
      connectedSites: layer.connectedSites.flatMap(({ siteId }) => {
        const id = documentIds.get(siteId);
        return id === undefined ? [] : [{ siteId: id }];
      }),
      notifications: layer.notifications.map((notification) => {
        const { id, name, url, events, secret } = notification;
        const format = formatOf(notification);
        return defined({ id, name, url: readable(url), events, format, secret: readable(secret) });
      }),
      cachePurge: cachePurge ? defined({ tags: cachePurge.tags, siteId: cachePurge.siteId }) : null,
      defaultWebhook: layer.defaultWebhook,
      ...valuesWithDefaults(layerSettings, layer),
      paused: layer.slot.paused,
      webhooks: layer.webhooks.map((webhook) => ({
        ref: webhook.ref,
        name: webhook.name,
        ...defined({ id: secrets ? webhook.id : undefined }),
        ...exportedSettings(webhook, deps.clock.now()),
      })),
    };
  };
  return { siteOf, layerOf };
};

const bySite = (a: SiteConfiguration, b: SiteConfiguration): number => (a.id < b.id ? -1 : 1);

const isTooMany = (documents: number): boolean => documents > EXPORT_DOCUMENTS;

const sizeOf = (value: unknown): number => utf8Bytes(JSON.stringify(value));

/**
 * All settings as one document, sorted by id, so that equal configurations give equal texts. Null if there are too many
 * documents for one answer, or the document is too long, and must be read in pages. With `secrets` it includes
 * credentials, and is audited first. Throws as `readEveryDocument` does.
 */
export const exportConfiguration = async (
  deps: Deps,
  actor: Actor,
  secrets: boolean,
): Promise<Configuration | null> => {
  const lists = await Promise.all([SITES, LAYERS].map((prefix) => deps.store.list(prefix, isTooMany)));
  if (isTooMany(lists.flat().length)) return null;
  const { layers, sites } = await readEveryDocument(deps);
  const { siteOf, layerOf } = exporterOf(
    deps,
    secrets,
    new Map(sites.map((site) => [site.id, configurationIdOf(site)])),
  );
  const configuration = { sites: sites.map(siteOf).sort(bySite), dataLayers: layers.map(layerOf) };
  if (sizeOf(configuration) > EXPORT_BYTES) return null;
  if (secrets) await auditExport(deps, actor);
  return configuration;
};

export interface ExportedPage {
  readonly configuration: Configuration;
  /** Where the next page begins; null: this is the last page. */
  readonly nextCursor: string | null;
}

const READ_AT_ONCE = 8;

/**
 * A page of the export: sites, then layers, by id. It has at least one document, and ends after `limit` documents or
 * when its text is as long as a page may be. Every page with `secrets` is audited, because each can be requested alone.
 * A change between two pages may be missing in both; a later export has it.
 */
export const exportConfigurationPage = async (
  deps: Deps,
  actor: Actor,
  secrets: boolean,
  { limit, cursor }: PageRequest,
): Promise<ExportedPage> => {
  const lists = await Promise.all([SITES, LAYERS].map((prefix) => deps.store.list(prefix)));
  const keys = lists.flatMap((list) => list.map(({ key }) => key).sort());
  const isAfter = (key: string): boolean =>
    cursor === null || (key.startsWith(SITES) === cursor.startsWith(SITES) ? key > cursor : key.startsWith(LAYERS));
  const remaining = keys.filter(isAfter);
  const documentIds = new Map<string, string>();
  const { siteOf, layerOf } = exporterOf(deps, secrets, documentIds);
  const sites: SiteConfiguration[] = [];
  const dataLayers: LayerConfiguration[] = [];
  let [bytes, read, done] = [0, 0, 0];
  const lookedUpIds = new Set<string>();
  const nameSites = async (layer: Layer): Promise<void> => {
    const unknown = layer.connectedSites.map(({ siteId }) => siteId).filter((id) => !lookedUpIds.has(id));
    read += unknown.length;
    for (const site of await Promise.all(unknown.map((id) => findSite(deps, id)))) {
      if (site !== null) documentIds.set(site.id, configurationIdOf(site));
    }
    for (const id of unknown) lookedUpIds.add(id);
  };
  while (done < remaining.length && read < limit && bytes < EXPORT_PAGE_BYTES) {
    const batch = remaining.slice(done, done + Math.min(READ_AT_ONCE, limit - read));
    const documents = await Promise.all(batch.map((key) => readDocument(deps, key)));
    read += batch.length;
    for (const document of documents) {
      if (bytes >= EXPORT_PAGE_BYTES) break;
      done += 1;
      if (document?.kind === "site") {
        const site = siteOf(document);
        sites.push(site);
        bytes += sizeOf(site);
      } else if (document?.kind === "layer") {
        await nameSites(document);
        const layer = layerOf(document);
        dataLayers.push(layer);
        bytes += sizeOf(layer);
      }
    }
  }
  if (secrets) await auditExport(deps, actor);
  const nextCursor = done < remaining.length ? (remaining[done - 1] ?? null) : null;
  return { configuration: { sites: sites.sort(bySite), dataLayers }, nextCursor };
};
