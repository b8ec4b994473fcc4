import type { Layer } from "../core/layer.ts";
import { type PacingGiven, pacingOf, type Site } from "../core/site.ts";
import type { Actor } from "../core/slot.ts";
import type { ProbeSource, Source } from "../core/source.ts";
import { auditKey } from "../store/keys.ts";
import type { Configuration, LayerConfiguration, SiteConfiguration } from "./configuration.ts";
import type { Deps } from "./deps.ts";
import { readEveryDocument } from "./everyDocument.ts";
import type { ProbeSourceInput, SourceInput } from "./sourceSettings.ts";
import { exportedSettings } from "./webhookConfiguration.ts";

const pacingGiven = (site: Site): PacingGiven => {
  const { preset, quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds } = pacingOf(site);
  return preset === null
    ? { quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds }
    : { preset };
};

/** The id under which configuration documents know a site. */
export const configurationIdOf = ({ id, configurationId }: Site): string => configurationId ?? id;

/** Writes an entry of the audit log that no document owes. Throws `StoreUnavailable`: then it may not be there. */
const auditExport = async (deps: Deps, actor: Actor): Promise<void> => {
  const id = deps.ids.timeOrdered();
  const entry = {
    id,
    at: deps.clock.now(),
    actor,
    action: "configuration.exported",
    target: { type: "configuration", id: "configuration", name: "Configuration with secrets" },
    dataLayerId: null,
    ...(deps.requestId === undefined ? {} : { requestId: deps.requestId }),
    detail: { secrets: true },
  };
  await deps.archive.write(auditKey(entry), JSON.stringify(entry), null);
};

/**
 * Everything that people have set, as one document, by id: equal configurations give equal texts. With `secrets` it holds what gives access: then it is audited before
 * it is given. Throws as `readEveryDocument` does.
 */
export const exportConfiguration = async (deps: Deps, actor: Actor, secrets: boolean): Promise<Configuration> => {
  const { layers, sites } = await readEveryDocument(deps);
  const opened = (sealed: string): string | undefined =>
    secrets ? (deps.sealer.open(sealed) ?? undefined) : undefined;
  const named = new Map(sites.map((site) => [site.id, configurationIdOf(site)]));
  const credential = <N extends string>(name: N, sealed: string): Partial<Record<N, string>> => {
    const text = opened(sealed);
    const given: Partial<Record<N, string>> = {};
    if (text !== undefined) given[name] = text;
    return given;
  };
  const headersOf = ({ headers = {} }: ProbeSource): Pick<ProbeSourceInput, "headers"> => {
    const given = Object.entries(headers).map(([name, value]) => [name, opened(value)] as const);
    const known = given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    // One header that cannot be read would be taken away by an import of the others: left out, all of them stay.
    return known.length === 0 || known.length < given.length ? {} : { headers: Object.fromEntries(known) };
  };
  const sourceOf = (source: Source): SourceInput => {
    const { slug, name, url } = source;
    if (source.type === "http") {
      const { type, timeoutSeconds, settleSeconds = 0, secret } = source;
      return { slug, name, type, url, timeoutSeconds, settleSeconds, ...credential("secret", secret) };
    }
    const { type, pick, checkEvery } = source;
    return {
      ...{ slug, name, type, url, ...headersOf(source) },
      ...(pick === undefined ? {} : { pick }),
      ...(checkEvery === undefined ? {} : { checkEvery }),
    };
  };
  const siteOf = (site: Site): SiteConfiguration => ({
    id: configurationIdOf(site),
    name: site.name,
    ...credential("buildHook", site.buildHook),
    ...(site.pacing === undefined ? {} : { pacing: pacingGiven(site) }),
    netlifySiteId: site.netlifySiteId ?? null,
  });
  const layerOf = (layer: Layer): LayerConfiguration => ({
    id: layer.id,
    name: layer.name,
    description: layer.description,
    dataSources: layer.sources.map(sourceOf),
    // One that names a deleted site would be refused elsewhere.
    connectedSites: layer.connectedSites.flatMap(({ siteId }) => {
      const id = named.get(siteId);
      return id === undefined ? [] : [{ siteId: id }];
    }),
    notifications: layer.notifications.map(({ id, name, url, events, secret }) => ({
      id,
      name,
      ...credential("url", url),
      events,
      ...credential("secret", secret),
    })),
    cachePurge: layer.cachePurge
      ? {
          tags: layer.cachePurge.tags,
          ...(layer.cachePurge.siteId === undefined ? {} : { siteId: layer.cachePurge.siteId }),
        }
      : null,
    defaultWebhook: layer.defaultWebhook,
    buildAfterConfiguration: layer.buildAfterConfiguration,
    paused: layer.slot.paused,
    webhooks: layer.webhooks.map((webhook) => ({
      ref: webhook.ref,
      name: webhook.name,
      ...(secrets ? { id: webhook.id } : {}),
      ...exportedSettings(webhook, opened, deps.clock.now()),
    })),
  });
  if (secrets) await auditExport(deps, actor);
  const bySite = (a: SiteConfiguration, b: SiteConfiguration): number => (a.id < b.id ? -1 : 1);
  return { sites: sites.map(siteOf).sort(bySite), dataLayers: layers.map(layerOf) };
};
