import type { Layer } from "../../core/layer/layer.ts";
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
  readonly #made = new Set<string>();
  /** The ids of sites to delete. */
  readonly #leaving = new Set<string>();
  #connected: Promise<ReadonlySet<string>> | undefined;

  constructor(deps: Deps, actor: Actor) {
    this.#deps = deps;
    this.#actor = actor;
  }

  site(given: SiteConfiguration, standing: Site | undefined, path: string): void {
    const { id, name, buildHook, pacing, netlifySiteId } = given;
    const patch = { name, buildHook, pacing, netlifySiteId };
    const change = { type: "site", id, name, dataLayerId: null } as const;
    if (standing === undefined) {
      // This comes before the checks, so that a layer with a faulty site gets no fault of its own.
      this.#made.add(id);
      if (buildHook === undefined) {
        this.faults.push({ path: `${path}.buildHook`, message: "is needed for a new site" });
        return;
      }
      this.steps.push({
        change: { ...change, action: "create", fields: [] },
        run: async () => {
          const site = await addSite(this.#deps, this.#actor, {
            name,
            buildHook,
            pacing,
            netlifySiteId,
            configurationId: id,
          });
          this.#siteIds.set(id, site.id);
          return { kind: "added", touched: { kind: "site", id: site.id } };
        },
      });
      return;
    }
    this.#siteIds.set(id, standing.id);
    const { changed } = siteSettingsAfter(standing, patch, makeSeals(this.#deps, standing));
    this.steps.push({
      change: { ...change, action: changed.length === 0 ? "unchanged" : "update", fields: changed },
      run:
        changed.length === 0
          ? unchanged
          : async () => {
              const { kind } = await reconfigureSite(this.#deps, this.#actor, standing.id, patch, () => true);
              return { kind, touched: { kind: "site", id: standing.id } };
            },
    });
  }

  /** Adds a site that the document does not have and that stays. */
  otherSite(site: Site): void {
    this.#siteIds.set(configurationIdOf(site), site.id);
  }

  /** Adds a site to delete, before layers are planned: layers that keep their connected sites lose it. */
  leavingSite(site: Site): void {
    this.#leaving.add(site.id);
  }

  /**
   * The connected sites of a layer, by their ids in the document, without those that are deleted; undefined: all stay.
   */
  #withoutLeaving({ connectedSites }: Layer): LayerConfiguration["connectedSites"] {
    if (!connectedSites.some(({ siteId }) => this.#leaving.has(siteId))) return undefined;
    return connectedSites.flatMap(({ siteId }) => {
      const found = [...this.#siteIds].find(([, id]) => id === siteId);
      return found === undefined ? [] : [{ siteId: found[0] }];
    });
  }

  layer(given: LayerConfiguration, standing: Layer | undefined, dropsWebhooks: boolean, path: string): void {
    const { id, webhooks, ...rest } = given;
    const connectedSites = given.connectedSites ?? (standing && this.#withoutLeaving(standing));
    for (const [index, { siteId }] of (connectedSites ?? []).entries()) {
      if (this.#siteIds.has(siteId) || this.#made.has(siteId)) continue;
      const message = "names no site of this document, and none that stands here";
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
    const made = settingsAfter(standing ?? null, patch(), sites, makeSeals(this.#deps, { kind: "layer", id }));
    if (made.kind === "notification-without-url") {
      this.faults.push({ path: `${path}.notifications.${made.index}.url`, message: "is needed for a new one" });
      return;
    }
    if (made.kind === "url-masked") {
      this.faults.push({ path: `${path}.dataSources.${made.index}.url`, message: URL_MASKED });
      return;
    }
    if (made.kind === "headers-elsewhere") {
      const message = "must be given again: the URL moves to another origin, and headers that stand do not follow it";
      this.faults.push({ path: `${path}.dataSources.${made.index}.headers`, message });
      return;
    }
    if (standing?.defaultWebhook === "off" && given.defaultWebhook === "on") {
      this.faults.push({ path: `${path}.defaultWebhook`, message: "is off for good here" });
      return;
    }
    const fields = standing === undefined ? [] : changedFields(standing, made.settings, made.paused);
    const action = standing === undefined ? "create" : fields.length === 0 ? "unchanged" : "update";
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
    const asked = { layerId: id, given: webhooks, standing: standing?.webhooks ?? [], drops: dropsWebhooks, path };
    const planned = planWebhooks(this.#deps, this.#actor, asked);
    this.steps.push(...planned.steps);
    this.faults.push(...planned.faults);
  }

  dropLayer({ id, name }: Layer): void {
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

  dropSite(site: Site): void {
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
