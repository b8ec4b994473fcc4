import type { Layer } from "../../core/layer/layer.ts";
import { HOOK_NEEDED, isWithoutNetlifyHook } from "../../core/site/hookKind.ts";
import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps, Target } from "../deps.ts";
import { addLayer, configureLayer, deleteLayer } from "../manage/layers.ts";
import { addSite, deleteSite, reconfigureSite, siteSettingsAfter } from "../manage/sites.ts";
import { changedFields, type LayerPatch, settingsAfter } from "../settings/layerSettings.ts";
import { makeSeals } from "../settings/seals.ts";
import { URL_MASKED } from "../settings/sourceSettings.ts";
import { readEveryLayer } from "../stored/everyDocument.ts";
import type { LayerConfiguration, SiteConfiguration } from "./configuration.ts";
import { type ConfigurationFault, type Step, unchanged } from "./configurationStep.ts";
import { configurationIdOf } from "./exportConfiguration.ts";
import { planWebhooks } from "./planWebhooks.ts";

/** Plans the steps from the current configuration to that of a document. Nothing is written before a step runs. */
export class ConfigurationPlan {
  readonly steps: Step[] = [];
  readonly faults: ConfigurationFault[] = [];
  readonly #deps: Deps;
  readonly #actor: Actor;
  /** Sites by their ids in the document. New sites are added once they are created. */
  readonly #siteIds = new Map<string, string>();
  readonly #newSiteIds = new Set<string>();
  /** The ids of sites to delete. */
  readonly #deletedSiteIds = new Set<string>();
  #connected: Promise<ReadonlySet<string>> | undefined;

  constructor(deps: Deps, actor: Actor) {
    this.#deps = deps;
    this.#actor = actor;
  }

  planSite(given: SiteConfiguration, current: Site | undefined, path: string): void {
    const { id, ...patch } = given;
    const { name, buildHook } = patch;
    const change = { type: "site", id, name, dataLayerId: null } as const;
    if (current === undefined) {
      // This comes before the checks, so that a layer with a faulty site gets no fault of its own.
      this.#newSiteIds.add(id);
      if (buildHook === undefined) {
        this.faults.push({ path: `${path}.buildHook`, message: "is required for a new site" });
        return;
      }
      this.steps.push({
        change: { ...change, action: "create", fields: [] },
        run: async () => {
          const site = await addSite(this.#deps, this.#actor, { ...patch, buildHook, configurationId: id });
          this.#siteIds.set(id, site.id);
          return { kind: "added", touched: { kind: "site", id: site.id } };
        },
      });
      return;
    }
    this.#siteIds.set(id, current.id);
    if (isWithoutNetlifyHook(current, patch)) this.faults.push({ path: `${path}.kind`, message: HOOK_NEEDED });
    const { changed } = siteSettingsAfter(current, patch, makeSeals(this.#deps, current));
    this.steps.push({
      change: { ...change, action: changed.length === 0 ? "unchanged" : "update", fields: changed },
      run:
        changed.length === 0
          ? unchanged
          : async () => {
              const { kind } = await reconfigureSite(this.#deps, this.#actor, current.id, patch, () => true);
              return { kind, touched: { kind: "site", id: current.id } };
            },
    });
  }

  /** Lets layers connect a site that the document does not have. */
  keepSite(site: Site): void {
    this.#siteIds.set(configurationIdOf(site), site.id);
  }

  /** Announces a deletion. It must come before layers are planned, because a layer that connects the site loses it. */
  announceSiteDeletion(site: Site): void {
    this.#deletedSiteIds.add(site.id);
  }

  /** Whether a layer connects a site that is deleted. */
  losesSite({ connectedSites }: Layer): boolean {
    return connectedSites.some(({ siteId }) => this.#deletedSiteIds.has(siteId));
  }

  /**
   * The connected sites of a layer that are not deleted, by their ids in the document; undefined: none is deleted.
   */
  #remainingSites(layer: Layer): LayerConfiguration["connectedSites"] {
    if (!this.losesSite(layer)) return undefined;
    return layer.connectedSites.flatMap(({ siteId }) => {
      const found = [...this.#siteIds].find(([, id]) => id === siteId);
      return found === undefined ? [] : [{ siteId: found[0] }];
    });
  }

  planLayer(given: LayerConfiguration, current: Layer | undefined, deletesWebhooks: boolean, path: string): void {
    const { id, webhooks, ...rest } = given;
    const connectedSites = given.connectedSites ?? (current && this.#remainingSites(current));
    for (const [index, { siteId }] of (connectedSites ?? []).entries()) {
      if (this.#siteIds.has(siteId) || this.#newSiteIds.has(siteId)) continue;
      const message = "must be the id of a site in this document or in Layerhook";
      this.faults.push({ path: `${path}.connectedSites.${index}.siteId`, message });
    }
    // The id is looked up when the step runs, because a new site has none before.
    const patch = (): LayerPatch & { readonly name: string } => ({
      ...rest,
      ...(connectedSites && {
        connectedSites: connectedSites.map(({ siteId }) => ({ siteId: this.#siteIds.get(siteId) ?? siteId })),
      }),
    });
    const sites = connectedSites?.map(({ siteId }) => this.#siteIds.get(siteId) ?? siteId) ?? null;
    const after = settingsAfter(current ?? null, patch(), sites, makeSeals(this.#deps, { kind: "layer", id }));
    if (after.kind === "notification-without-url") {
      this.faults.push({
        path: `${path}.notifications.${after.index}.url`,
        message: "is required for a new notification",
      });
      return;
    }
    if (after.kind === "url-masked") {
      this.faults.push({ path: `${path}.dataSources.${after.index}.url`, message: URL_MASKED });
      return;
    }
    if (after.kind === "headers-elsewhere") {
      const message = "must be given again, because stored headers are not sent to another origin";
      this.faults.push({ path: `${path}.dataSources.${after.index}.headers`, message });
      return;
    }
    if (current?.defaultWebhook === "off" && given.defaultWebhook === "on") {
      this.faults.push({
        path: `${path}.defaultWebhook`,
        message: "is permanently off for this data layer and cannot be switched on",
      });
      return;
    }
    const fields = current === undefined ? [] : changedFields(current, after.settings, after.paused);
    const action = current === undefined ? "create" : fields.length === 0 ? "unchanged" : "update";
    const touched: Target = { kind: "layer", id };
    const runs = {
      create: async () => ({ kind: (await addLayer(this.#deps, this.#actor, patch(), id, false)).kind, touched }),
      update: async () => ({
        kind: (await configureLayer(this.#deps, this.#actor, id, patch(), false, () => true)).kind,
        touched,
      }),
      unchanged,
    };
    this.steps.push({
      change: { type: "data_layer", id, name: given.name, dataLayerId: id, action, fields },
      run: runs[action],
    });
    if (webhooks === undefined) return;
    const input = {
      layerId: id,
      given: webhooks,
      current: current?.webhooks ?? [],
      deletesOthers: deletesWebhooks,
      path,
    };
    const planned = planWebhooks(this.#deps, this.#actor, input);
    this.steps.push(...planned.steps);
    this.faults.push(...planned.faults);
  }

  planLayerDeletion({ id, name }: Layer): void {
    this.steps.push({
      change: { type: "data_layer", id, name, dataLayerId: id, action: "delete", fields: [] },
      run: async () => {
        const { kind } = await deleteLayer(this.#deps, this.#actor, id);
        return { kind: kind === "unknown-layer" ? "deleted" : kind, touched: { kind: "layer", id } };
      },
    });
  }

  /** The sites that layers connect after all changes of layers; read once for all deletions. */
  #connectedNow(): Promise<ReadonlySet<string>> {
    this.#connected ??= readEveryLayer(this.#deps).then(
      (layers) => new Set(layers.flatMap(({ connectedSites }) => connectedSites.map(({ siteId }) => siteId))),
    );
    return this.#connected;
  }

  planSiteDeletion(site: Site): void {
    const id = configurationIdOf(site);
    this.steps.push({
      change: { type: "site", id, name: site.name, dataLayerId: null, action: "delete", fields: [] },
      run: async () => {
        // A layer has connected the site since the plan was made. A second import disconnects it there too.
        if ((await this.#connectedNow()).has(site.id)) return { kind: "in-use" };
        const { kind } = await deleteSite(this.#deps, this.#actor, site.id);
        return { kind: kind === "unknown-site" ? "deleted" : kind, touched: { kind: "site", id: site.id } };
      },
    });
  }
}
