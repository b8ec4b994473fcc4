import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { LAYERS, SITES } from "../../store/keys.ts";
import type { Deps, Target } from "../deps.ts";
import { findLayer } from "../manage/layers.ts";
import { placesTaken, systemLimits } from "../settings/placesTaken.ts";
import { type EveryDocument, readEveryDocument, readEverySite } from "../stored/everyDocument.ts";
import { readPage } from "../stored/pages.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationPlan } from "./configurationPlan.ts";
import type { ConfigurationChange, ConfigurationFault } from "./configurationStep.ts";
import { configurationIdOf } from "./exportConfiguration.ts";

export type Imported =
  | {
      readonly kind: "imported";
      readonly changes: readonly ConfigurationChange[];
      /** The documents that owe entries now. */
      readonly touched: readonly Target[];
    }
  /** Nothing was changed. */
  | { readonly kind: "faulty"; readonly faults: readonly ConfigurationFault[] }
  /** The steps before this one are done. A second import does the rest. */
  | {
      readonly kind: "interrupted";
      readonly at: ConfigurationChange;
      readonly because: string;
      readonly touched: readonly Target[];
    };

/** The outcomes of a step that count as done. */
const DONE: readonly string[] = [
  "added",
  "configured",
  "created",
  "renamed",
  "deleted",
  "unknown-webhook",
  "unchanged",
];

/**
 * What an import deletes because its document does not have it: nothing, webhooks of the document's layers, or
 * everything.
 */
export type Prune = "none" | "webhooks" | "all";

/** What an import with `prune` may delete, so that a document that is too long for one import is pruned in parts. */
export interface PruneRange {
  /** A key (`layers/id`, `sites/id`), by ids in configuration documents. Empty: from the first one on. */
  readonly from: string;
  /** The key before which it ends. Empty: after the last one. */
  readonly until: string;
}

export interface ImportOptions extends PruneRange {
  readonly dryRun: boolean;
  readonly prune: Prune;
}

/**
 * Reads the current configuration. Without `all`, only the documents that the import names are read. If it names sites,
 * all sites are read, because its ids may come from another system.
 */
const readCurrent = async (deps: Deps, { sites, dataLayers }: Configuration, prune: Prune): Promise<EveryDocument> => {
  if (prune === "all") return readEveryDocument(deps);
  const namesSites = sites.length > 0 || dataLayers.some(({ connectedSites = [] }) => connectedSites.length > 0);
  const [found, everySite] = await Promise.all([
    readPage(dataLayers, ({ id }) => findLayer(deps, id)),
    namesSites ? readEverySite(deps) : [],
  ]);
  return { layers: found.filter((layer) => layer !== null), sites: everySite };
};

const planOf = (
  deps: Deps,
  actor: Actor,
  { sites, dataLayers }: Configuration,
  current: EveryDocument,
  { prune, from, until }: Omit<ImportOptions, "dryRun">,
) => {
  const mayDelete = (key: string): boolean => prune === "all" && key >= from && (until === "" || key < until);
  const plan = new ConfigurationPlan(deps, actor);
  // Of several sites with one id in configuration documents, the first counts.
  const sitesById = new Map(current.sites.toReversed().map((site) => [configurationIdOf(site), site]));
  const siteOf = (id: string): Site | undefined => sitesById.get(id);
  const layersById = new Map(current.layers.map((layer) => [layer.id, layer]));
  for (const [index, given] of sites.entries()) plan.planSite(given, siteOf(given.id), `sites.${index}`);
  const givenSites = new Set(sites.map(({ id }) => siteOf(id)));
  const otherSites = current.sites.filter((site) => !givenSites.has(site));
  for (const site of otherSites) {
    if (mayDelete(`${SITES}${configurationIdOf(site)}`)) plan.announceSiteDeletion(site);
    else if (siteOf(configurationIdOf(site)) === site) plan.keepSite(site);
  }
  for (const [index, given] of dataLayers.entries()) {
    plan.planLayer(given, layersById.get(given.id), prune !== "none", `dataLayers.${index}`);
  }
  const givenLayers = new Set(dataLayers.map(({ id }) => id));
  for (const layer of prune === "all" ? current.layers : []) {
    if (givenLayers.has(layer.id)) continue;
    if (mayDelete(`${LAYERS}${layer.id}`)) plan.planLayerDeletion(layer);
    else if (plan.losesSite(layer)) plan.planLayer({ id: layer.id, name: layer.name }, layer, false, "dataLayers");
  }
  for (const site of otherSites) {
    if (mayDelete(`${SITES}${configurationIdOf(site)}`)) plan.planSiteDeletion(site);
  }
  return plan;
};

/**
 * The limits that a plan would exceed. What it deletes still counts for a day. Otherwise imports that replace
 * everything would leave more and more documents to read.
 */
const limitFaults = async (deps: Deps, { steps }: ConfigurationPlan): Promise<ConfigurationFault[]> => {
  const faults: ConfigurationFault[] = [];
  const bounds = [
    ["sites", "sites", "site"],
    ["dataLayers", "layers", "data_layer"],
  ] as const;
  for (const [path, kind, type] of bounds) {
    const created = steps.filter(({ change }) => change.type === type && change.action === "create");
    if (created.length === 0) continue;
    const taken = await placesTaken(deps, kind, created.length);
    // A layer takes the place of a deleted layer of the same id. A new site gets an id of its own.
    const replaced = type === "site" ? [] : created.filter(({ change }) => taken.has(change.id ?? ""));
    const count = taken.size + created.length - replaced.length;
    const { limit } = systemLimits[kind];
    if (count <= limit) continue;
    const message = `the limit is ${limit}, and this would be ${count}; deleted ones count for a day`;
    faults.push({ path, message });
  }
  return faults;
};

/**
 * Makes the configuration that of a document. What it has is created or updated, by id; the rest stays, or is deleted
 * if `prune` says so. With `dryRun` only the plan is made. Each change is a write of its own with its own audit entry.
 * An import that is cut short is finished by importing again. Starts no sync. Throws `StoreUnavailable`.
 */
export const importConfiguration = async (
  deps: Deps,
  actor: Actor,
  configuration: Configuration,
  { dryRun, ...pruning }: ImportOptions,
): Promise<Imported> => {
  const current = await readCurrent(deps, configuration, pruning.prune);
  const plan = planOf(deps, actor, configuration, current, pruning);
  const faults = [...plan.faults, ...(await limitFaults(deps, plan))];
  if (faults.length > 0) return { kind: "faulty", faults };
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
