import pLimit from "p-limit";
import { LAYERS_IN_ALL, SITES_IN_ALL } from "../core/limits.ts";
import type { Site } from "../core/site.ts";
import type { Actor } from "../core/slot.ts";
import { LAYER_ORDER, orderedId } from "../store/keys.ts";
import type { Configuration } from "./configuration.ts";
import { type ConfigurationChange, type ConfigurationFault, ConfigurationPlan } from "./configurationPlan.ts";
import type { Deps, Target } from "./deps.ts";
import { type EveryDocument, readEveryDocument, readEverySite } from "./everyDocument.ts";
import { configurationIdOf } from "./exportConfiguration.ts";
import { findLayer } from "./layers.ts";

export type Imported =
  | {
      readonly kind: "imported";
      readonly changes: readonly ConfigurationChange[];
      /** What owes entries now. */
      readonly touched: readonly Target[];
    }
  /** Nothing was changed. */
  | { readonly kind: "faulty"; readonly faults: readonly ConfigurationFault[] }
  /** What is before it in the plan is done; importing again does the rest. */
  | {
      readonly kind: "interrupted";
      readonly at: ConfigurationChange;
      readonly because: string;
      readonly touched: readonly Target[];
    };

/** What a step may end with when it is done. */
const DONE: readonly string[] = [
  "added",
  "configured",
  "created",
  "renamed",
  "deleted",
  "unknown-webhook",
  "unchanged",
];

/** What an import deletes of what its document does not have: nothing, webhooks of the document's layers, or everything. */
export type Prune = "none" | "webhooks" | "all";

interface Standing extends EveryDocument {
  /** How many layers stand in all. */
  readonly layerCount: number;
}

const AT_ONCE = 8;

/**
 * What a document is compared with. Without `all` that is only what the document names, so that a part of a large
 * configuration costs no look at the whole; sites are then read where some are named, for their ids may be of elsewhere.
 */
const standingOf = async (deps: Deps, { sites, dataLayers }: Configuration, prune: Prune): Promise<Standing> => {
  if (prune === "all") {
    const every = await readEveryDocument(deps);
    return { ...every, layerCount: every.layers.length };
  }
  const limit = pLimit(AT_ONCE);
  const namesSites = sites.length > 0 || dataLayers.some(({ connectedSites = [] }) => connectedSites.length > 0);
  const [found, everySite] = await Promise.all([
    Promise.all(dataLayers.map(({ id }) => limit(() => findLayer(deps, id)))),
    namesSites ? readEverySite(deps) : [],
  ]);
  const layers = found.filter((layer) => layer !== null);
  const named = new Set(dataLayers.map(({ id }) => id));
  // Counted by their places in the lists, as whoever makes one layer is.
  const places = layers.length === named.size ? [] : await deps.archive.list(LAYER_ORDER);
  const others = new Set(places.map(({ key }) => orderedId(key)).filter((id) => !named.has(id)));
  return { layers, sites: everySite, layerCount: layers.length + others.size };
};

const planOf = (deps: Deps, actor: Actor, { sites, dataLayers }: Configuration, standing: Standing, prune: Prune) => {
  const plan = new ConfigurationPlan(deps, actor);
  const siteOf = (id: string): Site | undefined => standing.sites.find((site) => configurationIdOf(site) === id);
  for (const [index, given] of sites.entries()) plan.site(given, siteOf(given.id), `sites.${index}`);
  const otherSites = standing.sites.filter((site) => !sites.some((given) => siteOf(given.id) === site));
  for (const site of otherSites) {
    if (prune === "all") plan.leavingSite(site);
    else if (siteOf(configurationIdOf(site)) === site) plan.otherSite(site);
  }
  for (const [index, given] of dataLayers.entries()) {
    const layer = standing.layers.find(({ id }) => id === given.id);
    plan.layer(given, layer, prune !== "none", `dataLayers.${index}`);
  }
  if (prune === "all") {
    for (const layer of standing.layers) if (!dataLayers.some(({ id }) => id === layer.id)) plan.dropLayer(layer);
    for (const site of otherSites) plan.dropSite(site);
  }
  const more = (type: ConfigurationChange["type"], action: ConfigurationChange["action"]): number =>
    plan.steps.filter(({ change }) => change.type === type && change.action === action).length;
  const bounds = [
    ["sites", "site", standing.sites.length, SITES_IN_ALL],
    ["dataLayers", "data_layer", standing.layerCount, LAYERS_IN_ALL],
  ] as const;
  for (const [path, type, now, limit] of bounds) {
    const created = more(type, "create");
    const count = now + created - more(type, "delete");
    if (created === 0 || count <= limit) continue;
    plan.faults.push({ path, message: `there may be at most ${limit}; these would be ${count}` });
  }
  return plan;
};

/**
 * Makes the configuration that of a document: what it has is created or updated, by id; what it does not have stays, or is
 * deleted if `prune` says so. With `dryRun` the same plan is made and nothing is done. Each change is one of its own, with
 * its own audit entry; one that is cut short is finished by importing again. Starts no sync. Throws `StoreUnavailable`.
 */
export const importConfiguration = async (
  deps: Deps,
  actor: Actor,
  configuration: Configuration,
  { dryRun, prune }: { readonly dryRun: boolean; readonly prune: Prune },
): Promise<Imported> => {
  const standing = await standingOf(deps, configuration, prune);
  const plan = planOf(deps, actor, configuration, standing, prune);
  if (plan.faults.length > 0) return { kind: "faulty", faults: plan.faults };
  const touched = new Map<string, Target>();
  for (const { change, run } of dryRun ? [] : plan.steps) {
    const outcome = await run();
    if (outcome.touched !== undefined) touched.set(`${outcome.touched.kind} ${outcome.touched.id}`, outcome.touched);
    if (!DONE.includes(outcome.kind)) {
      return { kind: "interrupted", at: change, because: outcome.kind, touched: [...touched.values()] };
    }
  }
  return { kind: "imported", changes: plan.steps.map(({ change }) => change), touched: [...touched.values()] };
};
