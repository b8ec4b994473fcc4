import type { Layer, Webhook } from "../../core/layer/layer.ts";
import { WEBHOOKS } from "../../core/limits.ts";
import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { equalSecrets } from "../../core/webhook/authenticate.ts";
import { settingsFit } from "../../core/webhook/webhookSettings.ts";
import type { Deps, Target } from "../deps.ts";
import { addLayer, configureLayer, deleteLayer } from "../manage/layers.ts";
import { addSite, deleteSite, reconfigureSite, siteSettingsAfter } from "../manage/sites.ts";
import { changeWebhook, createWebhook, removeWebhook } from "../manage/webhooks.ts";
import { changedFields, type LayerPatch, settingsAfter } from "../settings/layerSettings.ts";
import { makeSeals } from "../settings/seals.ts";
import { URL_MASKED } from "../settings/sourceSettings.ts";
import { readEveryLayer } from "../stored/everyDocument.ts";
import { openerOf, placeOf, sealedParts, sealOnce } from "../stored/sealing.ts";
import type { LayerConfiguration, SiteConfiguration, WebhookConfiguration } from "./configuration.ts";
import { configurationIdOf } from "./exportConfiguration.ts";
import {
  differingFields,
  plannedWebhook,
  SECRET_NEEDED,
  SETTINGS_TOO_LONG,
  settingsChange,
} from "./webhookConfiguration.ts";

export interface ConfigurationChange {
  readonly type: "site" | "data_layer" | "webhook";
  /** The id in the document. For a webhook its ref, or null while it has none. */
  readonly id: string | null;
  readonly name: string;
  readonly dataLayerId: string | null;
  readonly action: "create" | "update" | "delete" | "unchanged";
  /** The fields that an update changes. */
  readonly fields: readonly string[];
}

/** A fault that makes the document impossible to apply, and its place. */
export interface ConfigurationFault {
  readonly path: string;
  readonly message: string;
}

/** One change of a plan. */
export interface Step {
  readonly change: ConfigurationChange;
  /** Carries out the step. Returns the kind of outcome and what was changed. */
  run(): Promise<{ readonly kind: string; readonly touched?: Target }>;
}

const unchanged = async () => ({ kind: "unchanged" });

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
    if (webhooks !== undefined) this.#webhooks(id, webhooks, standing?.webhooks ?? [], dropsWebhooks, path);
  }

  #webhooks(
    layerId: string,
    given: readonly WebhookConfiguration[],
    standing: readonly Webhook[],
    drops: boolean,
    path: string,
  ): void {
    const touched: Target = { kind: "layer", id: layerId };
    const kept = new Set<string>();
    const change = (ref: string | null, name: string) =>
      ({ type: "webhook", id: ref, name, dataLayerId: layerId }) as const;
    const planned: Webhook[] = [];
    const { sealer, clock } = this.#deps;
    const seal = sealOnce(sealer);
    for (const [index, { id, ref, name, ...settings }] of given.entries()) {
      const found = standing.find((webhook) => {
        if (kept.has(webhook.ref)) return false;
        if (id !== undefined) return equalSecrets(webhook.id, id);
        return ref === undefined ? webhook.name === name : webhook.ref === ref;
      });
      const at = `${path}.webhooks.${index}`;
      if (found === undefined && id === undefined && ref !== undefined) {
        const message = "is not a webhook here: give its id (export with secrets), or leave ref out to make a new one";
        this.faults.push({ path: `${at}.ref`, message });
        continue;
      }
      const asked = (ofRef: string) => {
        const part = sealedParts.webhook(ofRef);
        const opener = openerOf(sealer, touched, part);
        return settingsChange(settings, found, opener, (text) => seal(text, placeOf(touched, part)));
      };
      const next = plannedWebhook(found, { ...asked(found?.ref ?? ""), name }, `new ${index}`, clock.now());
      if (found !== undefined) kept.add(found.ref);
      if (next === null) {
        this.faults.push({ path: `${at}.verification.secret`, message: SECRET_NEEDED });
        continue;
      }
      planned.push(next);
      if (found === undefined) {
        this.steps.push({
          change: { ...change(ref ?? null, name), action: "create", fields: [] },
          run: async () => {
            const made = createWebhook(this.#deps, this.#actor, layerId, name, id ?? null, asked, ref ?? null);
            return { kind: (await made).kind, touched };
          },
        });
        continue;
      }
      const fields = differingFields(found, next);
      const same = fields.length === 0;
      this.steps.push({
        change: { ...change(found.ref, name), action: same ? "unchanged" : "update", fields },
        run: same
          ? unchanged
          : async () => {
              const { kind } = await changeWebhook(
                this.#deps,
                this.#actor,
                layerId,
                found.ref,
                name,
                () => true,
                asked,
              );
              return { kind, touched };
            },
      });
    }
    const others = standing.filter(({ ref }) => !kept.has(ref));
    const most = given.length + others.length;
    if (most > WEBHOOKS) {
      const message = `a data layer may have at most ${WEBHOOKS} webhooks; with those that stand these are ${most}`;
      this.faults.push({ path: `${path}.webhooks`, message });
    }
    const [first, ...more] = [...planned, ...others];
    if (first !== undefined && !settingsFit({ webhooks: more }, first)) {
      this.faults.push({ path: `${path}.webhooks`, message: SETTINGS_TOO_LONG });
    }
    // Deletions come after the new webhooks, so that the default webhook is not accepted in between.
    if (!drops) return;
    for (const { ref, name } of others) {
      this.steps.push({
        change: { ...change(ref, name), action: "delete", fields: [] },
        run: async () => ({ kind: (await removeWebhook(this.#deps, this.#actor, layerId, ref)).kind, touched }),
      });
    }
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
