import pLimit from "p-limit";
import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import { siteError } from "../../core/slot/ending.ts";
import type { SiteAsk, Sync } from "../../core/slot/sync.ts";
import type { SlotOwner } from "../../core/slotOwner.ts";
import { buildStage, builtInstead, rememberedStage, siteStage } from "../../core/stage/buildStage.ts";
import { CANNOT_READ, type ConnectedSite, layerStage, ownStage } from "../../core/stage/layerStage.ts";
import type { Standing } from "../../core/stage/stage.ts";
import { deliveryStage, shownAfter, syncedInstead, syncStage } from "../../core/stage/syncStage.ts";
import { CorruptDocument, unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import type { LoggedDelivery } from "../stored/deliveryLog.ts";
import { readSite } from "../stored/documents.ts";
import { findState, heldStates, type SyncState, stateId, withLastEnded } from "../stored/records.ts";

/** The longest way from a superseded sync or build to the one that took over. */
const HOPS = 5;
const READ_AT_ONCE = 50;

/** What a sync requested of one site, and where that stands. */
export interface StagedSite {
  readonly request: SiteAsk;
  readonly standing: Standing;
  /** Null: the site was deleted or cannot be read. */
  readonly site: Site | null;
  /** The build's state; null if it is not kept, or was not needed to know the stage. */
  readonly build: SyncState | null;
}

export interface StagedSync {
  readonly state: SyncState;
  readonly standing: Standing;
  readonly sites: readonly StagedSite[];
}

export interface StagedDelivery {
  readonly delivery: LoggedDelivery;
  readonly standing: Standing;
  /** The sync that the stage is of: the one that covers the delivery, or the one that took over. */
  readonly sync: StagedSync | null;
}

export interface StagedLayer {
  readonly layer: Layer;
  /** Null: nothing was published yet. */
  readonly standing: Standing | null;
  /** The names of the connected sites that can be read; null: the site was deleted. */
  readonly siteNames: ReadonlyMap<string, string | null>;
  /** The syncs of the layer's slot that are shown with it, by id. */
  readonly syncs: ReadonlyMap<string, StagedSync>;
}

/** What a request has read already. */
export interface AlreadyRead {
  readonly sites?: readonly Site[];
  readonly records?: readonly { readonly owner: SlotOwner; readonly states: readonly SyncState[] }[];
}

/** What is known under a key; finds it if nobody has. */
export const once = <T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> => {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
};

/**
 * Finds out where deliveries, syncs and layers stand, for one request. Reads each site's document once, and a build's
 * record only if the site's document does not tell how the build ended. All methods throw `StoreUnavailable`.
 */
export class Stages {
  readonly #deps: Deps;
  readonly #limit = pLimit(READ_AT_ONCE);
  readonly #sites = new Map<string, Promise<Site | "deleted" | "unreadable">>();
  readonly #records = new Map<string, Promise<SyncState | null>>();

  constructor(deps: Deps, { sites = [], records = [] }: AlreadyRead = {}) {
    this.#deps = deps;
    for (const site of sites) this.#sites.set(site.id, Promise.resolve(site));
    for (const { owner, states } of records) {
      for (const state of states) {
        this.#records.set(`${owner.kind}/${owner.id}/${stateId(state)}`, Promise.resolve(state));
      }
    }
  }

  /** Where a sync stands. `withRecords`: with the state of each build, also if the stage is known without. */
  async ofSync(layer: Layer, state: SyncState, withRecords = false): Promise<StagedSync> {
    const sync = state.kind === "pending" ? null : state.sync;
    const requests = sync?.sites ?? [];
    const sites =
      sync === null ? [] : await Promise.all(requests.map((request) => this.#ofRequest(sync, request, withRecords)));
    // Only a sync that ended without a build stands where the layer's sites stand.
    const isWithoutBuild = sync !== null && sync.finishedAt !== null && requests.length === 0;
    const connected = isWithoutBuild ? await this.#connectedSites(layer) : [];
    const facts = {
      state,
      slot: layer.slot,
      builds: sites.map(({ standing }) => standing),
      sites: connected.flatMap((site) => (site.kind === "known" && site.standing !== null ? [site.standing] : [])),
    };
    return { state, standing: syncStage(facts), sites };
  }

  /** Where a delivery stands. A superseded sync is followed to the one that took over. */
  async ofDelivery(layer: Layer, delivery: LoggedDelivery, withRecords = false): Promise<StagedDelivery> {
    const sync = delivery.syncId === null ? null : await this.#coveringSync(layer, delivery.syncId);
    const staged = sync === null ? null : await this.ofSync(layer, sync, withRecords);
    return { delivery, standing: deliveryStage(delivery, staged?.standing ?? null), sync: staged };
  }

  /** Where a layer stands, with the syncs of its slot. */
  async ofLayer(stored: Layer): Promise<StagedLayer> {
    const layer = await withLastEnded(this.#deps, stored);
    const { running, build, pending } = layer.slot;
    const held = heldStates(layer);
    const shown = [running?.lead ?? build?.syncIds[0], pending?.syncId].flatMap((id) => {
      const state = id === undefined ? undefined : held.get(id);
      return state === undefined ? [] : [state];
    });
    const [sites, syncs, names] = await Promise.all([
      this.#connectedSites(layer),
      Promise.all(shown.map((state) => this.ofSync(layer, state))),
      this.#names(layer),
    ]);
    return {
      layer,
      standing: layerStage(ownStage(layer), sites),
      siteNames: names,
      syncs: new Map(syncs.map((sync) => [stateId(sync.state), sync])),
    };
  }

  async #coveringSync(layer: Layer, syncId: string): Promise<SyncState | null> {
    let found = await this.#record(layer, syncId);
    for (let hops = 0; hops < HOPS; hops += 1) {
      const next = syncedInstead(found);
      const successor = next === null ? null : await this.#record(layer, next);
      if (successor === null) break;
      found = successor;
    }
    return found;
  }

  async #ofRequest(sync: Sync, request: SiteAsk, withRecords: boolean): Promise<StagedSite> {
    const { siteId, buildId } = request;
    const after = shownAfter(sync);
    const found = await this.#site(siteId);
    const missing = siteError(request);
    if (typeof found === "string" || buildId === null) {
      const reason = missing ?? (found === "unreadable" ? CANNOT_READ : "The site was deleted.");
      const stage = missing === null ? "asked" : "failed";
      const standing = { stage, since: sync.finishedAt ?? sync.queuedAt, reason, siteId } as const;
      return { request, site: null, build: null, standing };
    }
    const held = heldStates(found).get(buildId) ?? null;
    const remembered = held === null && !withRecords ? rememberedStage(found, buildId, after) : null;
    if (remembered !== null) return { request, site: found, build: null, standing: { ...remembered, siteId } };
    let build = held ?? (await this.#record(found, buildId));
    for (let hops = 0; hops < HOPS; hops += 1) {
      const next = builtInstead(build);
      const successor = next === null ? null : await this.#record(found, next);
      if (successor === null) break;
      build = successor;
    }
    const standing = buildStage(found, build === null ? buildId : stateId(build), build, after);
    return { request, site: found, build, standing: { ...standing, siteId } };
  }

  #connectedSites({ connectedSites }: Layer): Promise<ConnectedSite[]> {
    return Promise.all(
      connectedSites.map(async ({ siteId }): Promise<ConnectedSite> => {
        const site = await this.#site(siteId);
        return typeof site === "string" ? { kind: site, siteId } : { kind: "known", siteId, standing: siteStage(site) };
      }),
    );
  }

  async #names({ connectedSites }: Layer): Promise<ReadonlyMap<string, string | null>> {
    const named = await Promise.all(
      connectedSites.map(async ({ siteId }): Promise<[string, string | null][]> => {
        const site = await this.#site(siteId);
        if (site === "unreadable") return [];
        return [[siteId, site === "deleted" ? null : site.name]];
      }),
    );
    return new Map(named.flat());
  }

  #site(siteId: string): Promise<Site | "deleted" | "unreadable"> {
    return once(this.#sites, siteId, () =>
      this.#limit(async () => {
        try {
          const document = await readSite(this.#deps, siteId);
          return document?.kind === "site" ? await withLastEnded(this.#deps, document) : "deleted";
        } catch (error) {
          if (unreadableReason(error) === null) throw error;
          return "unreadable";
        }
      }),
    );
  }

  /** A damaged record is logged and counts as no longer kept, so that it does not hide the others. */
  #record(owner: SlotOwner, id: string): Promise<SyncState | null> {
    return once(this.#records, `${owner.kind}/${owner.id}/${id}`, () =>
      this.#limit(async () => {
        try {
          return await findState(this.#deps, owner, id);
        } catch (error) {
          if (!(error instanceof CorruptDocument)) throw error;
          this.#deps.report({ kind: "trouble", where: "stages", error: error.message });
          return null;
        }
      }),
    );
  }
}
